from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.clips import JPEG, pictures, write_clip
from tests.support.findings import BOX, make_findings
from tests.support.full_disk import full_disk
from tests.support.http_server import HttpServer
from tests.support.packets import encoded, shown

from stream_ae.detection.findings import Findings, Kind, WatchEvent
from stream_ae.errors import ConfigError
from stream_ae.frame import Frame
from stream_ae.observers.clips import clips as clips_module
from stream_ae.observers.clips.clips import Clips
from stream_ae.sources.base import Source
from stream_ae.sources.live import LiveStream
from stream_ae.sources.scene import SceneSource
from stream_ae.sources.video_file import VideoFile


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A video of 150 frames, 10 a second, that begins anew every 10th."""
    encoded(tmp_path / "clip.mp4", count=150)
    return tmp_path / "clip.mp4"


def findings_of(frame: Frame, events: dict[int, float], *, kind: Kind = "appeared") -> Findings:
    """An event with each of these frames, and how many seconds before it began."""
    number = frame.index + 1
    told: tuple[WatchEvent, ...] = ()
    if number in events:
        start = frame.time - events[number]
        told = (WatchEvent(kind, number, number, number, start, start, start, 0.5, BOX, 1),)
    found = make_findings(number)
    return Findings(number, frame.time, 0.0, found.foreground, found.novelty, told)


def watch(
    source: Source, directory: Path, events: dict[int, float], *, frames: int | None = None
) -> dict[str, list[NDArray[np.uint8]]]:
    """What is shown of each clip that is written."""
    with source:
        clips = Clips(directory, source=source)
        with closing(source.frames()) as stream:
            for frame in islice(stream, frames):
                clips.on_findings(findings_of(frame, events), frame)
        clips.close()
    return {path.name: shown(path) for path in sorted((directory / "clips").iterdir())}


def found_at(part: list[NDArray[np.uint8]], whole: list[NDArray[np.uint8]]) -> int:
    """Number of the frame, from 1, that the part of a video begins with."""
    fitting = (
        at
        for at in range(len(whole) - len(part) + 1)
        if all(np.array_equal(*pair) for pair in zip(part, whole[at:], strict=False))
    )
    return next(fitting) + 1


def test_a_clip_shows_what_was_before_and_after(clip: Path, tmp_path: Path) -> None:
    written = watch(VideoFile(clip), tmp_path / "run", {80: 0.5})
    assert list(written) == ["000080-appeared.mp4"]
    (frames,) = written.values()
    first = found_at(frames, shown(clip))
    assert 39 <= first <= 45, "3.5 s before, and at most what the reader was ahead"
    assert 110 <= first + len(frames) - 1 <= 115


def test_events_that_overlap_share_a_clip(clip: Path, tmp_path: Path) -> None:
    written = watch(VideoFile(clip), tmp_path / "run", {40: 0.0, 55: 0.0, 60: 0.0, 110: 0.0})
    assert list(written) == ["000040-appeared.mp4", "000110-appeared.mp4"]
    first = written["000040-appeared.mp4"]
    assert 90 <= found_at(first, shown(clip)) + len(first) - 1 <= 95


def test_what_goes_on_for_long_gets_another_clip(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clips_module, "LONGEST", 6.0)
    events = dict.fromkeys(range(40, 130, 10), 0.0)
    written = watch(VideoFile(clip), tmp_path / "run", events)
    assert list(written) == ["000040-appeared.mp4", "000080-appeared.mp4", "000120-appeared.mp4"]
    for frames in written.values():
        assert len(frames) <= 10 * (3.5 + 6 + 1)


def test_of_a_long_event_the_clip_shows_the_end(clip: Path, tmp_path: Path) -> None:
    (frames,) = watch(VideoFile(clip), tmp_path / "run", {140: 13.0}).values()
    first = found_at(frames, shown(clip))
    assert 54 <= first <= 60, "5 s before it was told, and 3 s more"
    assert first + len(frames) - 1 == 150


def test_one_at_the_very_beginning_is_as_long_as_it_can_be(clip: Path, tmp_path: Path) -> None:
    (frames,) = watch(VideoFile(clip), tmp_path / "run", {1: 0.0}).values()
    assert found_at(frames, shown(clip)) == 1
    assert 31 <= len(frames) <= 36


def test_a_clip_ends_where_a_file_starts_again(tmp_path: Path) -> None:
    encoded(tmp_path / "a.mp4", count=40)
    source = VideoFile(tmp_path / "a.mp4", loop=True)
    written = watch(source, tmp_path / "run", {35: 0.0, 50: 0.0}, frames=100)
    whole = shown(tmp_path / "a.mp4")
    first, second = written.values()
    assert found_at(first, whole) + len(first) - 1 == 40
    assert found_at(second, whole) == 1
    assert len(second) == 40


def test_a_resumed_run_has_the_time_before(clip: Path, tmp_path: Path) -> None:
    with VideoFile(clip) as source:
        clips = Clips(tmp_path / "run", source=source)
        for frame in source.frames(start=80):
            clips.on_findings(findings_of(frame, {82: 0.0}), frame)
        clips.close()
    frames = shown(tmp_path / "run" / "clips" / "000082-appeared.mp4")
    first = found_at(frames, shown(clip))
    assert 46 <= first <= 53
    assert 112 <= first + len(frames) - 1 <= 117


def test_a_camera_has_clips_too(tmp_path: Path) -> None:
    with HttpServer(pictures(30), fps=50) as server:
        source = LiveStream(f"{server.url}/live")
        written = watch(source, tmp_path / "run", {5: 0.0}, frames=10)
    (frames,) = written.values()
    assert len(frames) >= 10


@pytest.fixture
def broken(clip: Path, tmp_path: Path) -> Iterator[tuple[Clips, Path]]:
    """Clips that have seen 80 frames, the last with an event, and the folder."""
    with VideoFile(clip) as source:
        clips = Clips(tmp_path / "run", source=source)
        with closing(source.frames()) as stream:
            for frame in islice(stream, 80):
                clips.on_findings(findings_of(frame, {80: 0.0}), frame)
            yield clips, tmp_path / "run" / "clips"
            with suppress(FileNotFoundError):
                clips.close()


def test_on_a_full_disk_nothing_is_left(broken: tuple[Clips, Path]) -> None:
    clips, folder = broken
    with full_disk(at=100), pytest.raises(OSError, match="File too large"):
        clips.close()
    clips.close()
    assert list(folder.iterdir()) == []


def test_what_a_killed_run_left_is_removed(broken: tuple[Clips, Path], clip: Path) -> None:
    _, folder = broken
    assert [path.name for path in folder.iterdir()] == [".000080-appeared.mp4.partial"]
    with VideoFile(clip) as source:
        Clips(folder.parent, source=source)
    assert list(folder.iterdir()) == []


def test_a_codec_that_no_file_holds_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_clip(tmp_path / "a.avi", pictures(30), codec=JPEG)
    with VideoFile(path) as source:
        assert source.packets is not None
        clips = Clips(tmp_path / "run", source=source)
        for frame in source:
            for packet in source.packets._packets:
                packet.form.template = None
            clips.on_findings(findings_of(frame, {20: 0.0, 25: 0.0}), frame)
        clips.close()
    assert caplog.messages == ["no clip was written of an event: no file holds mjpeg"]


def test_a_source_without_packets_is_refused(tmp_path: Path) -> None:
    with (
        SceneSource("street") as source,
        pytest.raises(ConfigError, match=r"got 'scene:street', which has none; leave out --clips"),
    ):
        Clips(tmp_path, source=source)
