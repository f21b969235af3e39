"""What happens in a stream, told once: :class:`EventDetector`, and :class:`Zone` for where.

May import ``kernels``, ``storage``, ``settings``, ``detection.findings`` and what lies below.
"""

from stream_ae.detection.events.detector import EventDetector
from stream_ae.settings.zones import Zone, parse_zone

__all__ = ["EventDetector", "Zone", "parse_zone"]
