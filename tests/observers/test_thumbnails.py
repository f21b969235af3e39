import io
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.support.findings import make_event, make_findings

from stream_ae.detection.findings import Box, Findings, Track, WatchEvent
from stream_ae.errors import MissingExtraError
from stream_ae.frame import Frame
from stream_ae.observers import thumbnails
from stream_ae.observers.thumbnails import Thumbnails

LEFT, RIGHT = Box(0.1, 0.25, 0.2, 0.5), Box(0.7, 0.25, 0.2, 0.5)


def _frame(number: int) -> Frame:
    return Frame(np.full((48, 64, 3), number % 250, np.uint8), number - 1, number / 10)


def _tell(observer: Thumbnails, findings: Findings) -> None:
    observer.on_findings(findings, _frame(findings.number))


def _picture(path: Path) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(path.read_bytes())).convert("RGB"))


def _level(path: Path) -> int:
    """The grey of the frame that a picture shows, away from its box."""
    return round(float(_picture(path)[:4].mean()))


def _marked(path: Path) -> float:
    """Where the box is, as a share of the width."""
    picture = _picture(path).astype(int)
    columns = np.nonzero(picture[:, :, 0] - picture[:, :, 2] > 100)[1]
    return float(np.mean(columns)) / len(picture[0])


def test_an_event_told_late_is_shown_at_its_peak(tmp_path: Path) -> None:
    observer = Thumbnails(tmp_path)
    for number in range(100, 131):
        events = (make_event(start=105, end=115, box=LEFT),) if number == 130 else ()
        _tell(observer, make_findings(number, covered=5, events=events))
    (path,) = (tmp_path / "events").iterdir()
    assert path.name == "000105-appeared-1.webp"
    assert _level(path) == pytest.approx(110, abs=2)
    assert _marked(path) == pytest.approx(0.2, abs=0.03)


def test_what_was_in_view_for_long_is_shown_where_it_was_largest(tmp_path: Path) -> None:
    observer = Thumbnails(tmp_path)
    for number in range(1, 3001):
        box = Box(0.6, 0.1, 0.3, 0.8) if number == 20 else LEFT
        _tell(observer, make_findings(number, tracks=(Track(1, box, 1),)))
    left = WatchEvent("left", 1, 3000, 25, 0.1, 300.0, 2.5, 0.9, LEFT, track=1)
    _tell(observer, make_findings(3001, events=(left,)))
    (path,) = (tmp_path / "events").iterdir()
    assert _level(path) == pytest.approx(20, abs=2)
    assert _marked(path) == pytest.approx(0.75, abs=0.03), "the box is where it was in that frame"


def test_the_whole_scene_has_no_box(tmp_path: Path) -> None:
    observer = Thumbnails(tmp_path)
    event = make_event("cut", start=7, box=None, track=None)
    _tell(observer, make_findings(7, events=(event,)))
    (path,) = (tmp_path / "events").iterdir()
    assert path.name == "000007-cut.webp"
    assert np.ptp(_picture(path)) <= 2


def test_a_place_is_not_marked_in_a_picture_of_another_moment(tmp_path: Path) -> None:
    observer = Thumbnails(tmp_path)
    _tell(observer, make_findings(1, covered=5))
    event = WatchEvent("novel", 10, 90, 50, 1.0, 9.0, 5.0, 0.99, LEFT, track=None)
    _tell(observer, make_findings(200, events=(event,)))
    (path,) = (tmp_path / "events").iterdir()
    assert np.ptp(_picture(path)) <= 2


def test_what_was_left_behind_is_not_who_left_it(tmp_path: Path) -> None:
    observer = Thumbnails(tmp_path)
    for number in (10, 49, 70):  # the owner, with the bag, and the bag alone
        tracks = () if number == 70 else (Track(1, RIGHT, 1),)
        _tell(observer, make_findings(number, tracks=tracks, covered=5))
    event = WatchEvent("left_behind", 50, 64, 50, 5.0, 6.4, 5.0, 0.8, LEFT, track=1)
    _tell(observer, make_findings(71, events=(event,)))
    (path,) = (tmp_path / "events").iterdir()
    assert _level(path) == pytest.approx(49, abs=2)
    assert _marked(path) == pytest.approx(0.2, abs=0.03)


def test_what_is_still_is_marked_in_any_picture_of_it(tmp_path: Path) -> None:
    observer = Thumbnails(tmp_path)
    for number in (1, 60, 61):
        _tell(observer, make_findings(number, covered=5))
    event = WatchEvent("left_behind", 50, 99, 50, 5.0, 9.9, 5.0, 0.8, LEFT, track=None)
    _tell(observer, make_findings(99, events=(event,)))
    (path,) = (tmp_path / "events").iterdir()
    assert _level(path) == pytest.approx(60, abs=2)
    assert _marked(path) == pytest.approx(0.2, abs=0.03)


def test_a_frame_in_which_nothing_is_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "small_picture", lambda *_, **__: pytest.fail("a picture"))
    _tell(Thumbnails(tmp_path), make_findings(1))
    assert not (tmp_path / "events").exists()


def test_of_a_fast_stream_every_second_or_third_frame_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrunk: list[int] = []

    def small_picture(rgb: NDArray[np.uint8], **_: float) -> NDArray[np.uint8]:
        shrunk.append(int(rgb[0, 0, 0]))
        return rgb

    monkeypatch.setattr(thumbnails, "small_picture", small_picture)
    observer = Thumbnails(tmp_path)
    for number in range(1, 8):
        findings = replace(make_findings(number, covered=5), time=number / 30)
        _tell(observer, findings)
    _tell(observer, replace(make_findings(8, covered=5), time=0.0))  # the clock was set back
    assert shrunk == [1, 4, 7, 8]


def test_the_oldest_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "MOST_FILES", 3)
    for begin in (1, 4):  # the run is resumed once
        observer = Thumbnails(tmp_path)
        for number in range(begin, begin + 3):
            _tell(observer, make_findings(number, events=(make_event(start=number),)))
    names = sorted(path.name for path in (tmp_path / "events").iterdir())
    assert names == [f"00000{number}-appeared-1.webp" for number in (4, 5, 6)]


def test_an_event_told_again_replaces_its_picture(tmp_path: Path) -> None:
    observer = Thumbnails(tmp_path)
    for number in (1, 2):
        _tell(observer, make_findings(number, events=(make_event(start=1),)))
    assert len(list((tmp_path / "events").iterdir())) == 1


def test_what_cannot_be_written_is_raised_and_the_next_event_has_a_picture(tmp_path: Path) -> None:
    (tmp_path / "events").write_text("in the way")
    observer = Thumbnails(tmp_path)
    with pytest.raises(OSError, match="events"):
        _tell(observer, make_findings(1, events=(make_event(start=1),)))
    (tmp_path / "events").unlink()
    _tell(observer, make_findings(2, events=(make_event(start=2),)))
    assert len(list((tmp_path / "events").iterdir())) == 1


def test_without_pillow_the_extra_is_named_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtraError, match=r"Pillow.*stream-ae\[images\]"):
        Thumbnails(tmp_path)


def test_many_tracks_are_forgotten_the_oldest_first(tmp_path: Path) -> None:
    observer = Thumbnails(tmp_path)
    for number in range(1, 400):
        _tell(observer, make_findings(number, tracks=(Track(number, RIGHT, number),)))
    assert len(observer._best) == thumbnails._MOST_TRACKS
    assert min(observer._best) == 400 - thumbnails._MOST_TRACKS
