"""How rare is what happens in a frame: :class:`NoveltyDetector`.

May import ``kernels``, ``storage`` and what lies below.
"""

from stream_ae.detection.novelty.detector import NoveltyDetector

__all__ = ["NoveltyDetector"]
