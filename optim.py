"""The original's name for the optimizers; see ``stream_ae.optim.obgd``."""

from stream_ae.optim.obgd import AdaptiveObGD, ObGD

__all__ = ["AdaptiveObGD", "ObGD"]
