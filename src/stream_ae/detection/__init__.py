"""What changed in a frame: :class:`ChangeDetector`.

May import ``kernels``, ``storage`` and what lies below.
"""

from stream_ae.detection.change import ChangeDetector

__all__ = ["ChangeDetector"]
