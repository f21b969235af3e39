"""Tiny videos that the tests write themselves."""

from collections.abc import Callable, Iterable, Sequence
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
FFV1 = Codec("ffv1", "bgr0")
"""For a Matroska file or an .mp4 whose frames come back bit for bit."""

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
    setup: Callable[[VideoStream], None] | None = None,
    faststart: bool = False,
) -> Path:
    """Write a video of RGB or RGBA pictures.

    Packets whose numbers are ``spoilt`` hold nothing that can be decoded; ``setup`` says more of
    the stream before the first picture; ``faststart`` puts the index of an .mp4 to its front.
    """
    options = {"movflags": "faststart"} if faststart else {}
    with av.open(str(path), "w", options=options) as container:
        stream: VideoStream | None = None
        count = 0
        for number, rgb in enumerate(frames):
            if stream is None:
                added = container.add_stream(codec.name, rate=fps)
                assert isinstance(added, VideoStream)
                stream = added
                stream.height, stream.width, stream.pix_fmt = *rgb.shape[:2], codec.pixels
                if setup is not None:
                    setup(stream)
            frame = av.VideoFrame.from_ndarray(rgb, format="rgba" if rgb.shape[2] == 4 else "rgb24")
            frame.pts = number
            for packet in stream.encode(frame):
                count = _mux(container, packet, count, spoilt)
        assert stream is not None
        for packet in stream.encode(None):
            count = _mux(container, packet, count, spoilt)
    return path


def remux(source: Path, target: Path) -> Path:
    """Write the video of one file, as it is coded, into another container."""
    with av.open(str(source)) as read, av.open(str(target), "w") as written:
        stream = written.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.size:  # the last one is empty
                packet.stream = stream
                written.mux(packet)
    return target


def crop(clip: Path, *, top: int = 0, bottom: int = 0, left: int = 0, right: int = 0) -> Path:
    """Write the cropping of its first video track into a Matroska file."""
    edges = {b"\x54\xbb": top, b"\x54\xaa": bottom, b"\x54\xcc": left, b"\x54\xdd": right}
    elements = b"".join(name + b"\x82" + edge.to_bytes(2) for name, edge in edges.items() if edge)
    path = (b"\x18\x53\x80\x67", b"\x16\x54\xae\x6b", b"\xae", b"\xe0")  # Segment … Video
    clip.write_bytes(_insert(clip.read_bytes(), path, elements))
    return clip


def _insert(data: bytes, path: tuple[bytes, ...], elements: bytes) -> bytes:
    """Put elements at the beginning of the one that a path of names leads to (RFC 8794)."""
    if not path:
        return elements + data
    begin, name = 0, b""
    while True:
        name = data[begin : begin + 9 - data[begin].bit_length()]
        at = begin + len(name)
        width = 9 - data[at].bit_length()
        size = int.from_bytes(data[at : at + width]) & ((1 << 7 * width) - 1)
        content = data[at + width : at + width + size]
        if name == path[0]:
            break
        begin = at + width + size
    inside = _insert(content, path[1:], elements)
    end = at + width + len(content)
    return data[:at] + (1 << 56 | len(inside)).to_bytes(8) + inside + data[end:]


def write_playlist(folder: Path, *, kind: str = "mpegts") -> Path:
    """Write 40 pictures as an HLS recording of ten segments, ``mpegts`` or ``fmp4``."""
    path = folder / "list.m3u8"
    options = {"hls_time": "0.1", "hls_list_size": "0", "hls_segment_type": kind}
    with av.open(str(path), "w", format="hls", options=options) as container:
        stream = container.add_stream("libx264", rate=25)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 64, 48, "yuv420p", 4
        for rgb in pictures(40):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
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
