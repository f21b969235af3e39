"""Where frames come from: files, folders, cameras, games, synthetic scenes.

:func:`open_source` makes a source from one string. A new kind of stream is a subclass of
:class:`Source` in a file of its own, and a line in ``address.py``.

May import ``kernels``, ``scenes``, ``storage`` and what lies below.
"""

from stream_ae.sources.address import open_source, source_name
from stream_ae.sources.base import Source
from stream_ae.sources.concat import Concat, Piece
from stream_ae.sources.gym_env import GymEnv
from stream_ae.sources.image_folder import ImageFolder
from stream_ae.sources.live import LiveStream
from stream_ae.sources.scene import SceneSource
from stream_ae.sources.video_file import VideoFile

__all__ = [
    "Concat",
    "GymEnv",
    "ImageFolder",
    "LiveStream",
    "Piece",
    "SceneSource",
    "Source",
    "VideoFile",
    "open_source",
    "source_name",
]
