"""What changed in a frame, and how rare it is: :class:`ChangeDetector`, :class:`NoveltyDetector`.

May import ``kernels``, ``storage`` and what lies below.
"""

from stream_ae.detection.change import ChangeDetector
from stream_ae.detection.novelty import NoveltyDetector

__all__ = ["ChangeDetector", "NoveltyDetector"]
