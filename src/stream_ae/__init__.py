"""stream-ae learns a video stream while it watches it: one frame at a time, once each.

    from stream_ae import StreamLearner, open_source

    learner = StreamLearner()
    with open_source("street.mp4") as frames:
        for frame in frames:
            step = learner.learn_one(frame)  # predict, score, then learn from it once
            print(step.losses.mse, step.change.ratio)
    learner.save("street.pt")

``run`` is the same loop with observers; ``BoundedGD`` is the optimizer that learns here by default,
and a plain ``torch.optim.Optimizer`` for networks of your own. The names listed below stay as they
are from one version to the next. Everything else may change.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stream_ae.detection.change import ChangeDetector
    from stream_ae.errors import (
        CheckpointError,
        ConfigError,
        DivergedError,
        MissingExtraError,
        SourceError,
        SourceLostError,
        StreamAEError,
    )
    from stream_ae.frame import Event, Frame
    from stream_ae.learning.learner import StreamLearner
    from stream_ae.learning.loop import run
    from stream_ae.learning.observer import Observer
    from stream_ae.learning.step import Step
    from stream_ae.learning.watcher import Watcher
    from stream_ae.nn.autoencoder import Reconstruction, StreamingVideoAutoencoder
    from stream_ae.nn.init import sparse_init
    from stream_ae.optim.bounded_gd import BoundedGD
    from stream_ae.optim.obgd import AdaptiveObGD, ObGD
    from stream_ae.optim.registry import build_optimizer
    from stream_ae.sources.address import open_source
    from stream_ae.sources.base import Source

__all__ = [
    "AdaptiveObGD",
    "BoundedGD",
    "ChangeDetector",
    "CheckpointError",
    "ConfigError",
    "DivergedError",
    "Event",
    "Frame",
    "MissingExtraError",
    "ObGD",
    "Observer",
    "Reconstruction",
    "Source",
    "SourceError",
    "SourceLostError",
    "Step",
    "StreamAEError",
    "StreamLearner",
    "StreamingVideoAutoencoder",
    "Watcher",
    "build_optimizer",
    "open_source",
    "run",
    "sparse_init",
]

_PACKAGES = ("detection", "nn", "observers", "optim", "sources")
"""What is promised beside the names above."""

_MODULES = {
    "AdaptiveObGD": "optim.obgd",
    "BoundedGD": "optim.bounded_gd",
    "ChangeDetector": "detection.change",
    "CheckpointError": "errors",
    "ConfigError": "errors",
    "DivergedError": "errors",
    "Event": "frame",
    "Frame": "frame",
    "MissingExtraError": "errors",
    "ObGD": "optim.obgd",
    "Observer": "learning.observer",
    "Reconstruction": "nn.autoencoder",
    "Source": "sources.base",
    "SourceError": "errors",
    "SourceLostError": "errors",
    "Step": "learning.step",
    "StreamAEError": "errors",
    "StreamLearner": "learning.learner",
    "StreamingVideoAutoencoder": "nn.autoencoder",
    "Watcher": "learning.watcher",
    "build_optimizer": "optim.registry",
    "open_source": "sources.address",
    "run": "learning.loop",
    "sparse_init": "nn.init",
}
"""Where each name is defined."""


# PyTorch takes a second or more to load. A module is loaded when its first name is asked for
# (PEP 562), so that ``stream-ae --help`` does not wait for it.
def __getattr__(name: str) -> object:
    if name in _PACKAGES:
        return importlib.import_module(f"stream_ae.{name}")
    if name not in _MODULES:
        raise AttributeError(f"module 'stream_ae' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"stream_ae.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_PACKAGES})
