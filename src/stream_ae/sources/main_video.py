"""Which of a container's streams is meant, what decodes it, and how long it is said to be."""

import re
from typing import Any

from stream_ae.errors import SourceError

_TEXT = frozenset(("ansi", "bintext", "idf", "xbin"))
"""FFmpeg's decoders that paint text: of a list of files, notes, or drawings made of letters."""

_LISTS = frozenset(("concat", "lavfi"))
"""FFmpeg's container formats that only name other files, or a picture to be computed."""

_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that give the transparency which FFmpeg's own leave out."""

Container = Any
"""PyAV's ``InputContainer``, whose class is there only once PyAV is loaded."""

VideoStream = Any
"""PyAV's ``VideoStream``, likewise."""

Decoder = Any
"""PyAV's ``VideoCodecContext``, likewise."""


def main_video(container: Container) -> int:
    """Which of the videos FFmpeg itself picks, but never a cover picture or a thumbnail.

    Returns:
        Its position in ``container.streams.video``.

    Raises:
        SourceError: there is none that can be decoded, or what there is is no video: text that
            FFmpeg would paint, a list of files, one picture in tiles.
    """
    from av.stream import Disposition as Flag

    if container.format.name in _LISTS:
        raise SourceError("it is a list of other files, no video")
    streams = container.streams
    videos = [
        stream
        for stream in streams.video
        if not stream.disposition & (Flag.attached_pic | Flag.timed_thumbnails)
        and stream.codec_context is not None
    ]
    if not videos:
        kinds = sorted({stream.type for stream in streams} - {"video"})
        raise SourceError(
            f"it holds no video that can be decoded, only {', '.join(kinds) or 'nothing'}"
        )
    films = [stream for stream in videos if stream.frames != 1] or videos
    best = streams.best("video")
    video = best if best in films else films[0]
    if video.codec_context.name in _TEXT:
        raise SourceError("it is text, no video")
    if video.frames == 1 and any(stream.disposition & Flag.dependent for stream in videos):
        raise SourceError("it is one picture in tiles (HEIC, AVIF), which FFmpeg does not join")
    position: int = streams.video.index(video)
    return position


def decoder_of(stream: VideoStream) -> Decoder:
    """What decodes a stream: its own decoder, or one that gives its transparency, too."""
    import av

    own = stream.codec_context
    name = _WITH_ALPHA.get(own.name, "")
    if stream.metadata.get("alpha_mode") != "1" or name not in av.codecs_available:
        return own
    decoder = av.CodecContext.create(name, "r")
    decoder.extradata = own.extradata
    return decoder


def stated_duration(stream: VideoStream) -> float | None:
    """Seconds that a container states for a stream, or for itself where it holds nothing else."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    tag = re.fullmatch(r"(\d+):(\d\d):(\d\d(\.\d*)?)", stream.metadata.get("DURATION", ""))
    if tag:  # Matroska's statistics
        return 3600 * int(tag[1]) + 60 * int(tag[2]) + float(tag[3])
    if len(stream.container.streams) > 1 or stream.container.duration is None:
        return None
    return float(stream.container.duration / 1_000_000)
