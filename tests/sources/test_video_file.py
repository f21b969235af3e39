import contextlib
import io
import os
import struct
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from tests.conformance.sources import check_source
from tests.support.clips import H264, JPEG, LOSSLESS, MPEG4, Codec, picture, pictures, write_clip

from stream_ae.errors import MissingExtraError, SourceError, SourceLostError
from stream_ae.frame import Event, Rgb
from stream_ae.sources.decoder import Decoded
from stream_ae.sources.recorded import Picture
from stream_ae.sources.video_file import VideoFile


def jpeg(height: int, width: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture(0, height=height, width=width)).save(file, "JPEG")
    return file.getvalue()


def raw_y4m(*frames: bytes) -> bytes:
    return b"YUV4MPEG2 W16 H16 F10:1 Ip A1:1 C420jpeg\n" + b"".join(frames)


Y4M_FRAME = b"FRAME\n" + bytes([100]) * (16 * 16 * 3 // 2)


def test_every_frame_comes_in_order_and_exact(tmp_path: Path) -> None:
    shown = pictures(30)
    path = write_clip(tmp_path / "clip.avi", shown, codec=LOSSLESS, fps=10)
    with VideoFile(path) as source:
        assert source.length == 30
        frames = list(source)
    assert len(frames) == 30
    for number, (frame, rgb) in enumerate(zip(frames, shown, strict=True)):
        assert np.array_equal(frame.rgb, rgb)
        assert frame.time == pytest.approx(number / 10)
    assert [frame.is_first for frame in frames] == [True] + [False] * 29
    assert all(not frame.events for frame in frames)


def test_reordered_frames_come_as_they_are_shown(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", pictures(40))
    with av.open(str(path)) as container:
        order = [packet.pts for packet in container.demux(video=0) if packet.pts is not None]
    assert order != sorted(order), "the clip must hold frames that are stored out of order"
    with VideoFile(path) as source:
        frames = list(source)
    assert len(frames) == source.length == 40
    for number, frame in enumerate(frames):
        assert np.abs(frame.rgb.astype(int) - picture(number)).mean() < 4


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts"])
@pytest.mark.parametrize("loop", [False, True])
def test_conformance(tmp_path: Path, name: str, loop: bool) -> None:
    path = write_clip(tmp_path / name, pictures(20))
    check_source(lambda: VideoFile(path, loop=loop), frames=20)


def test_a_loop_starts_again_and_its_clock_goes_on(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.avi", pictures(5), codec=LOSSLESS, fps=10)
    with VideoFile(path, loop=True) as source:
        assert source.length is None
        frames = list(islice(source, 12))
    assert [frame.index for frame in frames if frame.is_first] == [0, 5, 10]
    assert [event.kind for frame in frames for event in frame.events] == ["loop", "loop"]
    assert np.array_equal(frames[11].rgb, picture(1))
    assert [frame.time for frame in frames] == pytest.approx([n / 10 for n in range(12)])


@pytest.mark.parametrize("start", [5, 7, 10, 503])
def test_resuming_a_loop_decodes_two_passes_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: int
) -> None:
    path = write_clip(tmp_path / "clip.avi", pictures(5), codec=LOSSLESS, spoilt=(1, 4), fps=10)
    with VideoFile(path, loop=True) as source:
        undisturbed = list(islice(source, start + 2))[start:]
    passes = 0
    one_pass = VideoFile.pictures

    def counted(self: VideoFile) -> Iterator[Picture | Event]:
        nonlocal passes
        passes += 1
        return one_pass(self)

    monkeypatch.setattr(VideoFile, "pictures", counted)
    with VideoFile(path, loop=True) as source:
        frame = next(source.frames(start=start))
    assert passes <= 4, "two, and what the reader reads ahead"
    assert frame.index == start
    assert frame.time == pytest.approx(undisturbed[0].time)
    assert frame.events == undisturbed[0].events
    assert np.array_equal(frame.rgb, undisturbed[0].rgb)


def test_frames_passed_over_are_not_converted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_clip(tmp_path / "clip.mp4", pictures(30))
    converted: list[float | None] = []
    to_rgb = Decoded.rgb

    def counted(self: Decoded) -> Rgb:
        converted.append(self.time)
        return to_rgb(self)

    monkeypatch.setattr(Decoded, "rgb", counted)
    with VideoFile(path) as source:
        frames = list(source.frames(start=27))
    assert converted == [frame.time for frame in frames] == pytest.approx([2.7, 2.8, 2.9])


def test_starting_behind_the_end_gives_nothing(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", pictures(5))
    with VideoFile(path) as source:
        assert list(source.frames(start=5)) == []
        with pytest.raises(SourceError, match="at least 500 frames"):
            list(source.frames(start=500))


@pytest.mark.parametrize("width", [2, 18, 34, 66])
def test_rows_are_contiguous_whatever_the_width(tmp_path: Path, width: int) -> None:
    shown = pictures(2, height=10, width=width)
    path = write_clip(tmp_path / "clip.avi", shown, codec=LOSSLESS)
    with VideoFile(path) as source:
        frames = list(source)
    for frame, rgb in zip(frames, shown, strict=True):
        assert frame.rgb.flags.c_contiguous
        assert np.array_equal(frame.rgb, rgb)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_clip_recorded_with_the_camera_turned_comes_upright(
    tmp_path: Path, quarters: int
) -> None:
    path = write_clip(tmp_path / "clip.mov", pictures(2), codec=LOSSLESS)
    data = path.read_bytes()
    upright = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    cos, sin = ((0, -1), (-1, 0), (0, 1))[quarters - 1]  # counterclockwise
    turned = struct.pack(">9i", cos << 16, -sin << 16, 0, sin << 16, cos << 16, 0, 0, 0, 1 << 30)
    header = data.index(b"tkhd")
    assert upright in data[header:]
    path.write_bytes(data[:header] + data[header:].replace(upright, turned, 1))
    with VideoFile(path) as source:
        frame = next(iter(source))
    assert frame.size == ((48, 64) if quarters == 2 else (64, 48))
    assert np.array_equal(frame.rgb, np.rot90(picture(0), -quarters))


def test_a_stream_without_times_counts_by_the_rate(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.h264", pictures(10))
    with VideoFile(path) as source:
        times = [frame.time for frame in source]
    assert times == pytest.approx([number / 25 for number in range(10)])


def test_the_clock_begins_at_zero_whatever_the_container_says(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.ts", pictures(10), fps=10)
    with av.open(str(path)) as container:
        assert (container.streams.video[0].start_time or 0) > 0
    with VideoFile(path) as source:
        assert [frame.time for frame in source] == pytest.approx([n / 10 for n in range(10)])


def test_damage_in_the_middle_is_told_of_and_passed_over(tmp_path: Path) -> None:
    shown = pictures(10)
    path = write_clip(tmp_path / "clip.avi", shown, codec=LOSSLESS, spoilt=(3, 4, 7))
    with VideoFile(path) as source:
        frames = list(source)
    kept = [n for n in range(10) if n not in (3, 4, 7)]
    assert [frame.index for frame in frames] == list(range(7))
    for number, frame in zip(kept, frames, strict=True):
        assert np.array_equal(frame.rgb, shown[number])
        assert frame.time == pytest.approx(number / 10)
    lost = {frame.index: [event.kind for event in frame.events] for frame in frames if frame.events}
    assert lost == {3: ["decode_error"] * 2, 5: ["decode_error"]}


def test_a_picture_that_is_damaged_itself_is_told_of(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (10, 48, 64, 3), np.uint8)
    path = write_clip(tmp_path / "clip.avi", noise, codec=MPEG4)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 100] = bytes(range(100))
    path.write_bytes(data)
    told: list[Event] = []
    with VideoFile(path) as source:
        frames = list(source.frames(on_event=told.append))
    told += [event for frame in frames for event in frame.events]
    assert {event.kind for event in told} == {"decode_error"}
    assert len(frames) + len(told) == 10, "one that is damaged is no frame"


def test_damage_at_the_end_is_told_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_clip(tmp_path / "clip.avi", pictures(6), codec=LOSSLESS, spoilt=(4, 5))
    told: list[Event] = []
    with VideoFile(path) as source:
        assert len(list(source.frames(on_event=told.append))) == 4
    reason = "it is no video, or a damaged one"
    assert told == [
        Event("decode_error", f"a packet was not decoded at 0.{number}00 s: {reason}")
        for number in (4, 5)
    ]
    with VideoFile(path) as source:
        assert len(list(source)) == 4
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2


def told_by(path: Path) -> tuple[int, list[str]]:
    """How many frames a file gives, and the kinds of all that is told of it."""
    told: list[Event] = []
    with VideoFile(path) as source:
        frames = list(source.frames(on_event=told.append))
    told += [event for frame in frames for event in frame.events]
    return len(frames), [event.kind for event in told]


def decoded_by_ffmpeg(path: Path) -> int:
    """As ``ffprobe -count_frames`` counts them."""
    count = 0
    with av.open(str(path)) as container:
        for packet in container.demux(video=0):
            with contextlib.suppress(av.FFmpegError):
                count += len(packet.decode())
    return count


def b_frames(stream: av.VideoStream) -> None:
    stream.codec_context.max_b_frames = 3
    stream.codec_context.gop_size = 12


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".flv", ".nut", ".avi", ".h264"])
@pytest.mark.parametrize("count", [1, 2, 41])
def test_every_picture_is_a_frame_in_every_container(
    tmp_path: Path, suffix: str, count: int
) -> None:
    path = write_clip(tmp_path / f"clip{suffix}", pictures(count), setup=b_frames)
    assert told_by(path) == (count, [])
    assert decoded_by_ffmpeg(path) == count


def test_pictures_that_an_edit_list_hides_are_no_frames(tmp_path: Path) -> None:
    shown = pictures(30)
    path = write_clip(tmp_path / "clip.mp4", shown, setup=b_frames)
    cut = tmp_path / "cut.mp4"
    with av.open(str(path)) as read, av.open(str(cut), "w") as written:
        stream = written.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.size and packet.pts is not None and packet.dts is not None:
                tenth = int(1 / (10 * packet.time_base))
                packet.pts, packet.dts = packet.pts - 5 * tenth, packet.dts - 5 * tenth
                packet.stream = stream
                written.mux(packet)
    assert b"elst" in cut.read_bytes()
    count, kinds = told_by(cut)
    assert (count, kinds) == (25, [])
    assert decoded_by_ffmpeg(cut) == 25


def test_a_film_whose_rate_varies_keeps_its_pictures_and_their_times(tmp_path: Path) -> None:
    times = np.cumsum(np.random.default_rng(0).integers(1, 9, 20)) - 1
    path = tmp_path / "clip.mkv"
    with av.open(str(path), "w") as container:
        added = container.add_stream("libx264", rate=10)
        assert isinstance(added, av.VideoStream)
        added.height, added.width, added.pix_fmt = 48, 64, "yuv420p"
        for number, pts in enumerate(times):
            frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24")
            frame.pts = int(pts)
            container.mux(added.encode(frame))
        container.mux(added.encode(None))
    with VideoFile(path) as source:
        seen = [frame.time for frame in source]
    assert seen == pytest.approx(((times - times[0]) / 10).tolist(), abs=2e-3)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("clip.mp4", H264), ("clip.mkv", H264), ("clip.ts", H264), ("clip.avi", MPEG4)],
)
@pytest.mark.parametrize("seed", range(4))
def test_frames_and_errors_of_a_damaged_file_are_as_many_as_its_pictures(
    tmp_path: Path, name: str, codec: Codec, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 256, (30, 6, 8, 3), np.uint8).repeat(8, axis=1).repeat(8, axis=2)
    path = write_clip(tmp_path / name, noise, codec=codec)
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    for number in rng.choice(len(packets), 8, replace=False):
        at = data.find(
            bytes(packets[number])[-24:]
        )  # in the middle of it lie other headers in an .ts
        assert at > 0
        for place in rng.integers(at, at + 20, 8):
            data[place] ^= 1 << rng.integers(8)
    path.write_bytes(data)
    count, kinds = told_by(path)
    assert set(kinds) == {"decode_error"}
    assert count + len(kinds) == 30
    assert count + len(kinds) >= decoded_by_ffmpeg(path)


@pytest.mark.parametrize("name", ["clip.mkv", "clip.mp4"])
def test_the_end_that_a_file_should_hold_is_missed(tmp_path: Path, name: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 48, 64, 3), np.uint8)
    path = write_clip(tmp_path / name, noise, faststart=True)
    assert told_by(path) == (40, [])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    count, kinds = told_by(path)
    assert 10 < count < 30
    assert kinds.count("source_lost") == 1
    assert count == decoded_by_ffmpeg(path)


def test_a_truncated_file_gives_what_is_left(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.avi", pictures(20), codec=LOSSLESS)
    path.write_bytes(path.read_bytes()[:-2000])
    with VideoFile(path) as source:
        frames = list(source)
    assert 3 < len(frames) < 17
    assert all(np.array_equal(frame.rgb, picture(frame.index)) for frame in frames[:-1])


def test_a_container_broken_in_the_middle_is_lost_there(tmp_path: Path) -> None:
    path = tmp_path / "clip.y4m"
    path.write_bytes(raw_y4m(*[Y4M_FRAME] * 3, bytes(500), *[Y4M_FRAME] * 3))
    with VideoFile(path) as source:
        frames = source.frames()
        assert [next(frames).index for _ in range(3)] == [0, 1, 2]
        with pytest.raises(SourceLostError, match=r"clip\.y4m.*is the file complete\?"):
            next(frames)


def test_a_change_of_size_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "clip.mjpeg"
    path.write_bytes(jpeg(48, 64) * 2 + jpeg(32, 40) * 2)
    with VideoFile(path) as source:
        frames = list(source)
    assert [frame.size for frame in frames] == [(48, 64)] * 2 + [(32, 40)] * 2
    events = [(frame.index, event.kind, event.text) for frame in frames for event in frame.events]
    assert events == [(2, "size_changed", "from 64x48 to 40x32 at 0.08 s")]


def test_one_pixel_and_8k(tmp_path: Path) -> None:
    for height, width, kind in ((1, 1, LOSSLESS), (4320, 7680, JPEG)):
        grey = np.full((height, width, 3), 77, np.uint8)
        path = write_clip(tmp_path / f"{width}.avi", [grey], codec=kind)
        with VideoFile(path) as source:
            (frame,) = source
        assert frame.size == (height, width)
        assert frame.rgb[0, 0] == pytest.approx([77, 77, 77], abs=2)


def make_bad(folder: Path, kind: str) -> Path:
    path = folder / "bad.mp4"
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("This is no video.\n" * 50)
    elif kind == "noise":
        path.write_bytes(np.random.default_rng(0).bytes(5000))
    elif kind == "without its index":
        write_clip(path, pictures(20))
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif kind == "sound":
        with av.open(str(path), "w") as container:
            stream = container.add_stream("aac", rate=8000)
            sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            sound.sample_rate = 8000
            container.mux(stream.encode(sound))
            container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("missing", "no such file"),
        ("folder", "is a directory"),
        ("empty", r"empty \(0 bytes\)"),
        ("text", "no video"),
        ("noise", "no video"),
        ("without its index", "no video, or a damaged one"),
        ("sound", "only audio"),
    ],
)
def test_what_is_no_video_is_one_clear_line(tmp_path: Path, kind: str, reason: str) -> None:
    path = make_bad(tmp_path, kind)
    with pytest.raises(SourceError, match=reason) as caught:
        VideoFile(path)
    assert str(path) in str(caught.value)
    assert "expected a video file" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_video_without_frames(tmp_path: Path) -> None:
    path = tmp_path / "clip.y4m"
    path.write_bytes(raw_y4m())
    with VideoFile(path) as source, pytest.raises(SourceError, match=r"clip\.y4m.*got none"):
        list(source)


@pytest.mark.parametrize("loop", [False, True])
def test_a_video_of_which_nothing_can_be_decoded(tmp_path: Path, loop: bool) -> None:
    path = write_clip(tmp_path / "clip.avi", pictures(4), codec=LOSSLESS, spoilt=(0, 1, 2, 3))
    with (
        VideoFile(path, loop=loop) as source,
        pytest.raises(SourceError, match=r"clip\.avi.*none of 4"),
    ):
        list(source)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", pictures(2))
    path.chmod(0)
    with pytest.raises(SourceError, match=r"clip\.mp4.*permission denied"):
        VideoFile(path)


def test_a_name_that_ffmpeg_would_take_for_something_else(tmp_path: Path) -> None:
    path = tmp_path / "http:%03d, a film.mp4"
    write_clip(tmp_path / "clip.mp4", pictures(3)).rename(path)
    with VideoFile(path) as source:
        assert len(list(source)) == 3


def test_a_title_in_an_old_encoding_is_no_reason_to_fail(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mkv", pictures(3))
    data = path.read_bytes()
    assert data.count(b"Lavf") >= 1
    path.write_bytes(data.replace(b"Lavf", b"\xc4\xd6\xdc\xdf"))
    with VideoFile(path) as source:
        assert len(list(source)) == 3


def test_without_pyav_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingExtraError, match=r"stream-ae\[video\]"):
        VideoFile("clip.mp4")
