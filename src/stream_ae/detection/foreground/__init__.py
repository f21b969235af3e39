"""What does not belong to the scene: :class:`ForegroundDetector`."""

from stream_ae.detection.foreground.detector import ForegroundDetector

__all__ = ["ForegroundDetector"]
