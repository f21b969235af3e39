"""The original's name for the sparse initialisation; see ``stream_ae.init``."""

from stream_ae.init import sparse_init

__all__ = ["sparse_init"]
