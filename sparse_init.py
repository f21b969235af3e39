"""The original's name for the sparse initialisation; see ``stream_ae.nn.init``."""

from stream_ae.nn.init import sparse_init

__all__ = ["sparse_init"]
