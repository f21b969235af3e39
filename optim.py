"""The original's name for the optimizers; see ``stream_ae.obgd``."""

from stream_ae.obgd import AdaptiveObGD, ObGD

__all__ = ["AdaptiveObGD", "ObGD"]
