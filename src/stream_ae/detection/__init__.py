"""What changed in a frame, what does not belong to the scene, and how rare what happens is.

:class:`ChangeDetector`, :class:`SceneDetector`, :class:`ForegroundDetector`,
:class:`NoveltyDetector`. May import ``kernels``, ``storage`` and what lies below.
"""

from stream_ae.detection.change import ChangeDetector
from stream_ae.detection.foreground import ForegroundDetector
from stream_ae.detection.novelty import NoveltyDetector
from stream_ae.detection.scenes import SceneDetector

__all__ = ["ChangeDetector", "ForegroundDetector", "NoveltyDetector", "SceneDetector"]
