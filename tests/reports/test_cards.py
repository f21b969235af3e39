import base64
from pathlib import Path

import pytest
from tests.support.findings import make_event
from tests.support.watched import write_watched_run

from stream_ae.reports import cards as module
from stream_ae.reports.cards import Card, cards
from stream_ae.reports.links import Links
from stream_ae.reports.moments import Moments
from stream_ae.reports.sightings import Sightings
from stream_ae.runs.folder import read_events


def _cards(directory: Path, *, private: bool = False) -> list[Card]:
    sightings = Sightings(read_events(directory), begin=0.0, end=20.0)
    return cards(
        sightings.newest,
        pictures=None if private else directory / "events",
        links=Links(directory, source="scene:street", pace=0.1),
        moments=Moments(0.0, 20.0),
    )


def test_a_card_says_what_when_where_and_how_sure(tmp_path: Path) -> None:
    write_watched_run(
        tmp_path,
        [
            make_event("appeared", start=11, end=15, zone="door"),
            make_event("left", start=11, end=61),
            make_event("cut", start=101, box=None, track=None),
            make_event("novel", start=121, end=123, track=2, score=0.998),
        ],
    )
    visit, cut, novel = _cards(tmp_path)
    assert (visit.label, visit.kind) == ("appeared and left", "appeared")
    assert (visit.when, visit.length) == ("0:01.0 – 0:06.0", "5.0 s")
    assert visit.where == "in door, at the left"
    assert visit.score == "score 0.75"
    assert visit.anchor == "appeared-11"
    assert (cut.label, cut.when, cut.length, cut.where) == ("cut", "0:10.0", "", "")
    assert novel.score == "rarer than 1 in 500 frames"
    pictures = sorted((tmp_path / "events").glob("*-left-*"))
    assert base64.b64decode(visit.picture) == pictures[0].read_bytes()


def test_what_is_still_in_view_lasts_until_the_end(tmp_path: Path) -> None:
    write_watched_run(tmp_path, [make_event("appeared", start=101, end=105)])
    (card,) = _cards(tmp_path)
    assert card.label == "appeared, still there at the end"
    assert (card.when, card.length) == ("0:10.0 – 0:20.0", "10.0 s")


def test_without_the_picture_of_the_end_there_is_that_of_the_beginning(tmp_path: Path) -> None:
    events = [make_event("appeared", start=11, end=15), make_event("left", start=11, end=61)]
    write_watched_run(tmp_path, events)
    (tmp_path / "events" / "000011-left-1.webp").unlink()
    (card,) = _cards(tmp_path)
    whole = (tmp_path / "events" / "000011-appeared-1.webp").read_bytes()
    assert base64.b64decode(card.picture) == whole


def test_a_private_run_has_no_picture(tmp_path: Path) -> None:
    write_watched_run(tmp_path, [make_event(start=3)])
    assert _cards(tmp_path)[0].picture
    assert [card.picture for card in _cards(tmp_path, private=True)] == [""]


def test_of_many_the_newest_and_those_of_the_highest_score_have_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PICTURES", 4)
    monkeypatch.setattr(module, "_HIGHEST", 1)
    events = [
        make_event("cut", start=n, box=None, track=None, score=0.9 if n == 30 else 0.5)
        for n in range(10, 110, 10)
    ]
    write_watched_run(tmp_path, events)
    shown = [card.anchor for card in _cards(tmp_path) if card.picture]
    assert shown == ["cut-30", "cut-80", "cut-90", "cut-100"]
