"""Tiny videos that the tests write themselves."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream
from numpy.typing import NDArray

Pictures = Sequence[NDArray[np.uint8]]


class Codec(NamedTuple):
    """An encoder of FFmpeg, and the pixel format that it is given."""

    name: str
    pixels: str


H264 = Codec("libx264", "yuv420p")
JPEG = Codec("mjpeg", "yuvj420p")
MPEG4 = Codec("mpeg4", "yuv420p")

LOSSLESS = Codec("png", "rgb24")
"""For an .avi or .mov whose frames come back bit for bit."""


def picture(number: int, *, height: int = 48, width: int = 64) -> NDArray[np.uint8]:
    """A picture that is told from any other: a grey step and a bright bar that moves."""
    rgb = np.full((height, width, 3), 4 * number % 200, np.uint8)
    column = 2 * number % (width - 1)
    rgb[height // 4 : height // 2, column : column + 2] = (250, 120, number % 256)
    return rgb


def pictures(count: int, **size: int) -> list[NDArray[np.uint8]]:
    return [picture(number, **size) for number in range(count)]


def write_clip(
    path: Path,
    frames: Iterable[NDArray[np.uint8]],
    *,
    codec: Codec = H264,
    fps: int = 10,
    spoilt: tuple[int, ...] = (),
) -> Path:
    """Write a video; packets whose numbers are ``spoilt`` hold nothing that can be decoded."""
    with av.open(str(path), "w") as container:
        stream: VideoStream | None = None
        count = 0
        for number, rgb in enumerate(frames):
            if stream is None:
                added = container.add_stream(codec.name, rate=fps)
                assert isinstance(added, VideoStream)
                stream = added
                stream.height, stream.width, stream.pix_fmt = *rgb.shape[:2], codec.pixels
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            frame.pts = number
            for packet in stream.encode(frame):
                count = _mux(container, packet, count, spoilt)
        assert stream is not None
        for packet in stream.encode(None):
            count = _mux(container, packet, count, spoilt)
    return path


def _mux(
    container: OutputContainer, packet: "Packet[Stream]", count: int, spoilt: tuple[int, ...]
) -> int:
    """Write a packet, or one of its size that cannot be decoded; the number of the next one."""
    if count in spoilt:
        data = bytes(packet)
        garbage = av.Packet(data[:60] + bytes(len(data) - 80) + data[-20:])  # looks well outside
        garbage.stream, garbage.time_base = packet.stream, packet.time_base
        garbage.pts, garbage.dts, garbage.duration = packet.pts, packet.dts, packet.duration
        packet = garbage
    container.mux(packet)
    return count + 1
