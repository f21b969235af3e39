from pathlib import Path

import av
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext
from hypothesis import given
from hypothesis import strategies as st
from tests.support.clips import FFV1, H264, Codec, crop, pictures, remux, write_clip

from stream_ae.sources.cropping import Cropping, cropping_of, read_cropping
from stream_ae.sources.video_file import VideoFile


def cropping_in(path: Path) -> Cropping:
    with av.open(str(path)) as container:
        return cropping_of(container.streams.video[0])


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
@pytest.mark.parametrize(
    "cropping",
    [
        Cropping(top=6, bottom=10, left=3, right=8),
        Cropping(top=1, bottom=5),  # so that the middle of an MP4 lies on whole pixels
        Cropping(left=46, right=16),
    ],
)
def test_a_clip_is_cropped_as_its_container_says(
    tmp_path: Path, suffix: str, cropping: Cropping
) -> None:
    shown = pictures(4)
    path = write_clip(tmp_path / "clip.mkv", shown, codec=FFV1)
    crop(path, **cropping._asdict())
    if suffix != ".mkv":
        path = remux(path, tmp_path / f"clip{suffix}")
    assert cropping_in(path) == cropping
    top, bottom, left, right = cropping
    with VideoFile(path) as source:
        frames = list(source)
    assert len(frames) == 4
    for frame, rgb in zip(frames, shown, strict=True):
        assert frame.rgb.flags.c_contiguous
        assert np.array_equal(frame.rgb, rgb[top : 48 - bottom, left : 64 - right])


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        (".mkv", FFV1),
        (".mp4", H264),
        (".gif", Codec("gif", "rgb8")),  # these two cannot be described in Matroska
        (".y4m", Codec("wrapped_avframe", "yuv420p")),
    ],
)
def test_most_clips_are_not_cropped(tmp_path: Path, suffix: str, codec: Codec) -> None:
    path = write_clip(tmp_path / f"clip{suffix}", pictures(2), codec=codec)
    assert cropping_in(path) == Cropping()


@pytest.mark.parametrize(
    "cropping", [Cropping(4, 2, 6, 10), Cropping(left=2), Cropping(top=6, left=34)]
)
def test_what_the_codec_crops_is_exact(tmp_path: Path, cropping: Cropping) -> None:
    whole = write_clip(tmp_path / "whole.ts", pictures(2))
    top, bottom, left, right = cropping
    words = f"crop_top={top}:crop_bottom={bottom}:crop_left={left}:crop_right={right}"
    with av.open(str(whole)) as read, av.open(str(tmp_path / "clip.ts"), "w") as written:
        stream = written.add_stream_from_template(read.streams.video[0])
        cropped = BitStreamFilterContext(f"h264_metadata={words}", read.streams.video[0])
        for packet in read.demux(video=0):
            for changed in cropped.filter(packet) if packet.size else ():
                changed.stream = stream
                written.mux(changed)
    with VideoFile(whole) as source:
        stored, _ = source
    with VideoFile(tmp_path / "clip.ts") as source:
        shown, _ = source
    assert np.array_equal(shown.rgb, stored.rgb[top : 48 - bottom, left : 64 - right])


def test_one_column_may_be_left(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mkv", pictures(1), codec=FFV1)
    with VideoFile(crop(path, left=30, right=33)) as source:
        assert [frame.size for frame in source] == [(48, 1)]


@given(st.binary(max_size=200))
def test_damaged_descriptions_are_read_as_far_as_they_go(data: bytes) -> None:
    beginning = b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + b"\x16\x54\xae\x6b\xff\xae\xff\xe0\xff"
    for description in (data, beginning + data):
        assert all(edge >= 0 for edge in read_cropping(description))


@given(top=st.integers(0, 2**32 - 1), left=st.integers(0, 2**32 - 1), noise=st.binary(max_size=9))
def test_any_number_is_read_and_other_elements_are_passed_over(
    top: int, left: int, noise: bytes
) -> None:
    other = b"\xec" + bytes([128 + len(noise)]) + noise
    video = other + b"\x54\xbb\x84" + top.to_bytes(4) + other + b"\x54\xcc\x84" + left.to_bytes(4)
    track = b"\xe0" + bytes([128 + len(video)]) + video
    tracks = other + b"\xae\xff" + track
    segment = b"\x16\x54\xae\x6b\x40" + bytes([len(tracks)]) + tracks
    description = b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\xff" + segment
    assert read_cropping(description) == Cropping(top=top, left=left)
