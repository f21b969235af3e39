"""The original's name for the optimizers; see ``stream_ae.optim.obgd``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "src"))  # it need not be installed

from stream_ae.optim.obgd import AdaptiveObGD, ObGD

__all__ = ["AdaptiveObGD", "ObGD"]
