import pytest
from tests.support.findings import make_event

from stream_ae.detection.findings import WatchEvent
from stream_ae.observers.event_record import event_record
from stream_ae.reports import sightings as module
from stream_ae.reports.sightings import NEWEST, SLOTS, Sightings
from stream_ae.runs.folder import Row

BEGAN = 1_700_000_000.0


def _rows(*events: WatchEvent) -> list[Row]:
    return [
        dict(event_record(event, step=event.end, now=BEGAN + event.end_time)) for event in events
    ]


def test_what_appeared_and_left_is_one_sighting() -> None:
    rows = _rows(
        make_event("appeared", start=11, end=15, track=1, zone="door", score=0.5),
        make_event("appeared", start=21, end=25, track=2),
        make_event("left", start=11, end=61, track=1),
    )
    found = Sightings(rows, begin=0.0, end=100.0)
    assert found.counts == {"appeared": 2}
    first, second = found.newest
    assert (first.start, first.peak, first.begin, first.end) == (11, 36, 1.0, 6.0)
    assert (first.zone, first.score, first.has_left) == ("door", 0.75, True)
    assert first.names == ("000011-left-1", "000011-appeared-1")
    assert first.told == (15, 61)
    assert (second.start, second.has_left, second.is_there) == (21, False, True)
    assert second.end == 100.0, "until the end of the run"


def test_what_left_without_having_appeared_stands_for_itself() -> None:
    found = Sightings(_rows(make_event("left", start=5, end=9)), begin=0.0, end=10.0)
    assert found.counts == {"left": 1}
    assert not found.newest[0].has_left


def test_what_was_left_behind_is_its_own_sighting() -> None:
    rows = _rows(
        make_event("appeared", start=1, end=5, track=1),
        make_event("left_behind", start=3, end=60, track=1),
        make_event("left", start=1, end=50, track=1),
        make_event("cut", start=70, box=None, track=None),
    )
    assert Sightings(rows, begin=0.0, end=10.0).counts == {
        "appeared": 1,
        "left_behind": 1,
        "cut": 1,
    }


def test_a_camera_is_told_by_the_clock() -> None:
    (seen,) = Sightings(
        _rows(make_event("novel", start=11, end=21)), begin=BEGAN, end=BEGAN + 9, by_clock=True
    ).newest
    assert (seen.begin, seen.end, seen.clip_time) == (BEGAN + 1.0, BEGAN + 2.0, 1.0)


def test_rows_about_the_run_itself_are_passed_over() -> None:
    rows: list[Row] = [{"step": 0, "time": 1.0, "kind": "started", "text": "at frame 1"}]
    assert Sightings(rows, begin=0.0, end=1.0).total == 0


def test_all_are_counted_and_the_newest_kept() -> None:
    events = [make_event("cut", start=n, box=None, track=None) for n in range(1, 2001)]
    found = Sightings(_rows(*events), begin=0.0, end=199.9)
    assert found.total == 2000
    assert [seen.start for seen in found.newest] == list(range(2001 - NEWEST, 2001))
    slots = found.slots["cut"]
    assert len(slots) == SLOTS
    assert sum(slot.events for slot in slots.values()) == 2000
    assert slots[0].start == slots[0].events, "the last one"
    assert slots[0].begin == 0.0
    assert slots[SLOTS - 1].end == pytest.approx(199.9)


def test_a_track_whose_end_is_never_told_is_not_kept_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_MOST_IN_VIEW", 2)
    events = [make_event("appeared", start=n, track=n) for n in range(1, 6)]
    found = Sightings(_rows(*events), begin=0.0, end=1.0)
    assert found.counts == {"appeared": 5}
    assert [seen.is_there for seen in found.newest] == [False, False, False, True, True]
