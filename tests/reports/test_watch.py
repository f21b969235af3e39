import re
from pathlib import Path

import pytest
from tests.support.findings import make_event
from tests.support.page import Page
from tests.support.watched import write_watched_run

from stream_ae.errors import CheckpointError
from stream_ae.reports import sightings
from stream_ae.reports.watch import STREAM_EVENTS, STRIP, write_watch_report

VISIT = [make_event("appeared", start=11, end=15), make_event("left", start=11, end=61)]
BAG = make_event("left_behind", start=51, end=90, track=2)


def _report(directory: Path, source: str = "clip.mp4", **options: bool) -> Page:
    path, headline = write_watch_report(directory, source=source, **options)
    assert path == directory / "report.html"
    page = Page(path)
    assert f"stream-ae watch {headline} " in page.text
    return page


def test_says_in_plain_words_what_happened(tmp_path: Path) -> None:
    page = _report(write_watched_run(tmp_path, [*VISIT, BAG]))
    assert "stream-ae watch 1 thing appeared and 1 was left behind, in 19.9 s clip.mp4" in page.text
    assert "200 frames" in page.text
    assert "appeared and left 0:01.0 – 0:06.0 · 5.0 s at the left · score 0.75" in page.text
    assert page.tags.count("article") == 2
    assert page.tags.count("img") == 4  # one for each, and one along the time


def test_what_happened_to_the_scene_is_said_after_what_was_in_it(tmp_path: Path) -> None:
    cut = make_event("cut", start=101, box=None, track=None)
    page = _report(write_watched_run(tmp_path, [*VISIT, cut]))
    assert "1 thing appeared, in 19.9 s" in page.text
    assert "The scene was cut. No moment was rarer than 1 in 100" in page.text


def test_every_bar_leads_to_an_event_of_the_page(tmp_path: Path) -> None:
    page = _report(write_watched_run(tmp_path, [*VISIT, BAG]))
    links = [address[1:] for address in page.addresses if address.startswith("#")]
    assert links[-2:] == ["appeared-11", "left_behind-51"]
    assert set(links) <= set(page.anchors)


def test_pictures_stand_along_the_time(tmp_path: Path) -> None:
    weak, strong, late = (
        make_event("appeared", start=start, end=start + 4, track=start, score=score)
        for start, score in ((1, 0.5), (21, 0.9), (191, 0.6))
    )
    page = _report(write_watched_run(tmp_path, [weak, strong, late]))
    strip = re.findall(r"<li>(?:<a href=\"#(.*?)\">.*?</a>)?</li>", page.source, flags=re.DOTALL)
    assert strip == ["appeared-21", *[""] * (STRIP - 2), "appeared-191"]


def test_no_place_is_kept_where_there_is_no_picture(tmp_path: Path) -> None:
    page = _report(write_watched_run(tmp_path, VISIT), private=True)
    assert "strip" not in page.source.partition("</style>")[2]


def test_a_kind_can_be_hidden_without_a_script(tmp_path: Path) -> None:
    page = _report(write_watched_run(tmp_path, [*VISIT, BAG]))
    assert "#show-left_behind:not(:checked) ~ * .left_behind { display: none; }" in page.source
    assert page.tags.count("input") == 2
    assert {"show-appeared", "show-left_behind"} <= set(page.anchors)
    assert "input" not in _report(write_watched_run(tmp_path / "one", VISIT)).tags


def test_fetches_nothing(tmp_path: Path) -> None:
    page = _report(write_watched_run(tmp_path, [*VISIT, BAG]))
    assert "script" not in page.tags
    sources = [address for address in page.addresses if not address.startswith("#")]
    assert all(address.startswith("data:image/webp;base64,") for address in sources)
    assert "default-src 'none'" in page.source
    assert not re.search(r"https?://|@import|url\((?!#)", page.source)


def test_a_recording_is_linked_at_the_moment(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"")
    page = _report(write_watched_run(tmp_path / "run", VISIT), source=str(clip))
    assert f"{clip.as_uri()}#t=1.0" in page.addresses


def test_a_private_run_has_no_picture_and_says_so(tmp_path: Path) -> None:
    page = _report(write_watched_run(tmp_path, [*VISIT, BAG]), private=True)
    assert "img" not in page.tags
    assert "data:" not in "".join(page.addresses)
    assert "This run is private" in page.text
    assert "appeared and left 0:01.0 – 0:06.0 5.0 s at the left score 0.75" in page.text
    assert "appeared-11" in page.anchors


def test_nothing_is_an_answer_too(tmp_path: Path) -> None:
    page = _report(write_watched_run(tmp_path))
    assert "Nothing appeared, in 19.9 s" in page.text
    assert "Nothing came into view" in page.text


def test_without_pictures_in_the_folder_it_says_so(tmp_path: Path) -> None:
    page = _report(write_watched_run(tmp_path, VISIT, pictures=False))
    assert "There is no picture of them in the run folder" in page.text


def test_a_camera_is_told_by_the_clock_the_newest_first(tmp_path: Path) -> None:
    page = _report(write_watched_run(tmp_path, [*VISIT, BAG]), live=True)
    assert re.search(r"appeared and left \d\d:\d\d:\d\d – \d\d:\d\d:\d\d · 5\.0 s", page.text)
    cards = [anchor for anchor in page.anchors if not anchor.startswith("show-")]
    assert cards == ["left_behind-51", "appeared-11"]


def test_what_happened_to_the_stream_is_listed_but_not_counted(tmp_path: Path) -> None:
    lost = b'{"step": 7, "time": 1.0, "kind": "source_lost", "text": "<the cable>"}'
    begun = b'{"step": 0, "time": 1.0, "kind": "started", "text": "at frame 1"}'
    page = _report(write_watched_run(tmp_path, others=[begun, *[lost] * 40]))
    assert page.text.count("frame 7 source lost <the cable>") == STREAM_EVENTS
    assert "started" not in page.text


def test_of_a_run_of_weeks_the_page_stays_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sightings, "NEWEST", 50)
    events = [make_event("novel", start=n, end=n, track=n, score=0.99) for n in range(1, 401)]
    page = _report(write_watched_run(tmp_path, events, frames=400, pictures=False))
    assert "The newest 50 of 400; events.jsonl holds them all" in page.text
    assert "400 moments were unlike any before" in page.text
    assert page.tags.count("tr") == 1 + 50
    assert page.tags.count("rect") <= sightings.SLOTS


def test_the_rarest_moment_is_told(tmp_path: Path) -> None:
    assert "No moment was rarer than 1 in 100" in _report(write_watched_run(tmp_path)).text


@pytest.mark.parametrize("name", ["findings.json", "events.jsonl"])
def test_a_folder_without_its_files_is_refused(tmp_path: Path, name: str) -> None:
    (write_watched_run(tmp_path) / name).unlink()
    with pytest.raises(CheckpointError, match=name.replace(".", r"\.")):
        write_watch_report(tmp_path, source="clip.mp4")


def test_a_run_of_no_frame_is_refused(tmp_path: Path) -> None:
    (tmp_path / "findings.json").write_text('{"every": 1, "points": []}')
    with pytest.raises(CheckpointError, match="should hold the curves"):
        write_watch_report(tmp_path, source="clip.mp4")
