"""Encoded packets made by hand, and the frames of a clip."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from tests.support.clips import H264, Codec, picture, write_clip

from stream_ae.sources.packets import EncodedPacket, StreamForm
from stream_ae.sources.video_file import VideoFile


def make_packet(
    number: int, *, form: StreamForm, is_key: bool = False, size: int = 10
) -> EncodedPacket:
    data = bytes([number % 256]) * size
    return EncodedPacket(data, number, number, 1, Fraction(1, 10), is_key, number, form)


def encoded(
    path: Path, *, count: int = 60, gop: int = 10, codec: Codec = H264
) -> list[EncodedPacket]:
    """Write a clip of 10 frames a second, and read its packets; none is shown before its turn."""

    def setup(stream: "av.video.stream.VideoStream") -> None:
        stream.codec_context.gop_size = gop
        stream.codec_context.max_b_frames = 0

    frames = (picture(number) for number in range(count))
    source = VideoFile(write_clip(path, frames, codec=codec, setup=setup))
    assert source.packets is not None
    source.packets.is_open = True
    with source:
        assert len(list(source)) == count
    return source.packets.take()


def shown(path: Path) -> list[NDArray[np.uint8]]:
    """What a player shows of a video."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return [frame.astype(np.uint8, copy=False) for frame in frames]
