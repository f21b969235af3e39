"""The original's name for the sparse initialisation; see ``stream_ae.nn.init``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "src"))  # it need not be installed

from stream_ae.nn.init import sparse_init

__all__ = ["sparse_init"]
