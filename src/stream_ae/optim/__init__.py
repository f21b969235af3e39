"""Optimizers: :class:`BoundedGD`, the default, and what it is compared with.

May import ``kernels``, ``storage`` and what lies below. An optimizer of your own joins in as a
plain ``torch.optim.Optimizer``; :class:`StreamOptimizer` is for one that wants to see the loss.
"""

from stream_ae.optim.bounded_gd import BoundedGD
from stream_ae.optim.effect import Effect, Sample, StreamOptimizer
from stream_ae.optim.loss_ema import LossEMA
from stream_ae.optim.muon import Muon
from stream_ae.optim.obgd import AdaptiveObGD, ObGD
from stream_ae.optim.registry import NAMES, build_optimizer
from stream_ae.optim.update import merge_effects, optimizer_step

__all__ = [
    "NAMES",
    "AdaptiveObGD",
    "BoundedGD",
    "Effect",
    "LossEMA",
    "Muon",
    "ObGD",
    "Sample",
    "StreamOptimizer",
    "build_optimizer",
    "merge_effects",
    "optimizer_step",
]
