"""A short video of each event, copied from the stream as it is encoded.

May import ``observers`` and what lies below.
"""

from stream_ae.observers.clips.clips import Clips

__all__ = ["Clips"]
