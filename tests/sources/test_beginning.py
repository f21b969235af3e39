from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.clips import H264, Codec, pictures, write_clip

from stream_ae.frame import Event
from stream_ae.sources.beginning import Beginning
from stream_ae.sources.video_file import VideoFile

MPEG2 = Codec("mpeg2video", "yuv420p")
VP9 = Codec("libvpx-vp9", "yuv420p")
ERROR = Event("decode_error", "not decoded")


@dataclass
class Packet:
    pts: int | None
    is_keyframe: bool = False
    is_discard: bool = False
    size: int = 1


def lost(beginning: Beginning, shown: list[int | None]) -> int:
    told = [event for pts in shown for event in beginning.shown(pts)]
    return len(told + beginning.never_shown() + beginning.never_shown())


@given(st.permutations(range(12)), st.integers(0, 11), st.integers(1, 12))
def test_what_comes_before_the_first_picture_and_never_itself_is_lost(
    times: list[int], first: int, sent: int
) -> None:
    beginning = Beginning()
    for pts in times[:sent]:
        beginning.sent(Packet(pts), ERROR)
    assert lost(beginning, [*range(first, 12)]) == sum(pts < first for pts in times[:sent])


@given(st.permutations(range(40)))
def test_what_comes_out_of_order_is_not_lost(times: list[int]) -> None:
    beginning = Beginning()
    for pts in range(40):
        beginning.sent(Packet(pts), ERROR)
    early = [pts for pts in times if pts < 30]
    assert lost(beginning, [*early[:30], *(pts for pts in times if pts >= 30)]) == 0


def test_without_times_the_first_key_frame_is_the_beginning() -> None:
    beginning = Beginning()
    for is_key in (False, False, True, False):
        beginning.sent(Packet(None, is_keyframe=is_key), ERROR)
    assert lost(beginning, [None, None]) == 2


def test_what_is_not_meant_to_be_shown_is_not_lost() -> None:
    beginning = Beginning()
    beginning.sent(Packet(0, is_discard=True), ERROR)
    beginning.sent(Packet(1, size=0), ERROR)
    assert lost(beginning, [2, 3]) == 0


def test_where_no_picture_comes_all_are_lost() -> None:
    beginning = Beginning()
    for pts in (3, None, 5):
        beginning.sent(Packet(pts), ERROR)
    assert lost(beginning, []) == 3


@pytest.mark.parametrize("first", [0, 5, 12])
@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("clip.ts", H264),
        ("clip.mp4", H264),
        ("clip.mkv", H264),
        ("clip.h264", H264),
        ("clip.ts", MPEG2),
        ("clip.webm", VP9),
    ],
)
def test_a_clip_that_was_cut_anywhere_is_all_frames_and_errors(
    tmp_path: Path, name: str, codec: Codec, first: int
) -> None:
    def setup(stream: av.VideoStream) -> None:
        stream.codec_context.gop_size = 12

    whole = write_clip(tmp_path / name, pictures(36), codec=codec, setup=setup)
    path = tmp_path / f"cut {name}"
    with av.open(str(whole)) as read, av.open(str(path), "w") as written:
        stream = written.add_stream_from_template(read.streams.video[0])
        for number, packet in enumerate(read.demux(video=0)):
            if number >= first and packet.size:
                if packet.pts is None:  # raw H.264 has no times
                    packet.pts = packet.dts = number
                packet.stream = stream
                written.mux(packet)
    with av.open(str(path)) as cut:  # of an MP4 the first is before its edit list begins
        count = sum(bool(packet.size) and not packet.is_discard for packet in cut.demux(video=0))
    told: list[Event] = []
    with VideoFile(path) as source:
        frames = list(source.frames(on_event=told.append))
    told += [event for frame in frames for event in frame.events]
    assert {event.kind for event in told} <= {"decode_error"}
    assert len(frames) + len(told) == count >= 35 - first
    assert told or first != 5
    times = np.array([frame.time for frame in frames])
    assert np.diff(times).min() > 0
