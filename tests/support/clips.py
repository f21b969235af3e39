"""Tiny videos that the tests write themselves."""

from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np

LOSSLESS = {"codec": "png", "pixels": "rgb24"}
"""For an .avi or .mov whose frames come back bit for bit."""


def picture(number: int, *, height: int = 48, width: int = 64) -> np.ndarray:
    """A picture that is told from any other: a grey step and a bright bar that moves."""
    rgb = np.full((height, width, 3), 4 * number % 200, np.uint8)
    column = 2 * number % (width - 1)
    rgb[height // 4 : height // 2, column : column + 2] = (250, 120, number % 256)
    return rgb


def pictures(count: int, **size: int) -> list[np.ndarray]:
    return [picture(number, **size) for number in range(count)]


def write_clip(
    path: Path,
    frames: Iterable[np.ndarray],
    *,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    fps: int = 10,
    spoilt: tuple[int, ...] = (),
) -> Path:
    """Write a video; packets whose numbers are ``spoilt`` hold nothing that can be decoded."""
    with av.open(str(path), "w") as container:
        stream = None
        count = 0
        for number, rgb in enumerate(frames):
            if stream is None:
                stream = container.add_stream(codec, rate=fps)
                stream.height, stream.width, stream.pix_fmt = *rgb.shape[:2], pixels
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            frame.pts = number
            for packet in stream.encode(frame):
                count = _mux(container, packet, count, spoilt)
        assert stream is not None
        for packet in stream.encode(None):
            count = _mux(container, packet, count, spoilt)
    return path


def _mux(container, packet, count: int, spoilt: tuple[int, ...]) -> int:  # type: ignore[no-untyped-def]
    if count in spoilt:
        data = bytes(packet)
        garbage = av.Packet(data[:60] + bytes(len(data) - 80) + data[-20:])  # looks well outside
        garbage.stream, garbage.time_base = packet.stream, packet.time_base
        garbage.pts, garbage.dts, garbage.duration = packet.pts, packet.dts, packet.duration
        packet = garbage
    container.mux(packet)
    return count + 1
