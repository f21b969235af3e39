"""A run in the browser: before its first frame, while it goes on, and after its last."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser
from tests.support.live_run import LiveRun, wait_until
from tests.support.tabs import Tab, Visits, needs_chromium

pytestmark = [pytest.mark.slow, needs_chromium]

PANELS = ("frame", "reconstruction", "error", "foreground")
WINDOW = 50  # frames in a line of the journal


class Seen(NamedTuple):
    """What was to be seen."""

    first: Tab  # opened before the first frame, and never touched again
    before: str  # what it said of the stream then
    pictures: dict[int, list[str]]  # the panels at two frames
    late: Tab  # opened in the middle
    after: Tab  # opened after the end
    rows: list[dict[str, Any]]  # of the journal


@pytest.fixture(scope="module")
def seen(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("live") / "run"
    with LiveRun(folder, "-") as run, Visits(browser) as look:
        first = look(run.url)
        first.says("#state", "connecting")
        before = first.text("#state")
        pictures: dict[int, list[str]] = {}
        for given in (WINDOW - 10, WINDOW + 10):
            run.give(given)
            number = 40 if not pictures else 100
            first.wait_for_frame(number - 5)
            pictures[first.frame] = [first.picture(name) for name in PANELS]
        wait_until(lambda: len(run.lines("metrics.jsonl")) == 2)
        late = look(run.url)
        late.says("#state", re.compile("live|stalled"))
        run.end()
        for tab in (first, late):
            tab.says("#state", "ended")
        yield Seen(first, before, pictures, late, look(run.url), run.lines("metrics.jsonl"))
        assert look.complaints == []


def test_a_page_that_was_there_first_follows_the_whole_run(seen: Seen) -> None:
    assert seen.before == "connecting"
    states = [state for state in seen.first.states if state != "stalled"]
    assert states[0] == "connecting"
    assert states[-1] == "ended"
    assert "live" in states
    seen.first.says("#link-notice", "This run has ended. Everything stays here to look at.")


def test_every_panel_changes(seen: Seen) -> None:
    assert len(seen.pictures) == 2
    earlier, later = seen.pictures.values()
    for name, one, other in zip(PANELS, earlier, later, strict=True):
        assert one != other, name


@pytest.mark.parametrize("opened", ["first", "late", "after"])
def test_the_tiles_show_the_last_line_of_the_journal(seen: Seen, opened: str) -> None:
    tab, row = getattr(seen, opened), seen.rows[-1]
    assert row["step"] == 2 * WINDOW
    mse, copy = row["loss/mse"], row["loss/copy_last_frame"]
    shown = {
        "mse": tab.number(mse),
        "copy": f"{tab.number(mse / copy, digits=2)} ×",
        "foreground": f"{100 * row['change/foreground']:.1f} %",
        "step": tab.number(row["optim/effective_step"], digits=2),
        "frames": "100",
    }
    for name, text in shown.items():
        tab.shows(f"#tiles .{name} dd:not(.note)", text)
    tab.says("#tiles .mse .note", tab.number(copy))
    tab.says("#tiles .foreground .note", f"{100 * row['change/ratio']:.1f} %")


CURVES = {
    "reconstruction": "loss/mse",
    "copy baseline": "loss/copy_last_frame",
    "global": "loss/global",
    "detail": "loss/detail",
    "novelty": "change/novelty",
    "effective step": "optim/effective_step",
    "frames/s": "speed/fps",
}


@pytest.mark.parametrize("opened", ["first", "late", "after"])
def test_the_newest_point_of_each_curve_is_the_last_line(seen: Seen, opened: str) -> None:
    tab, row = getattr(seen, opened), seen.rows[-1]
    for name, tag in CURVES.items():
        value = "0" if row[tag] == 0 else tab.number(row[tag])
        tab.shows(f"#charts li:has(span:text-is('{name}')) b", value)


def test_who_comes_late_reads_the_curve_from_its_beginning(seen: Seen) -> None:
    for tab in (seen.late, seen.after):
        canvas = tab["#charts canvas"].first
        canvas.focus()
        canvas.press("Home")
        tab.says("#view-text", "frame ")
        for row in seen.rows:
            value = tab.number(row["loss/mse"])
            tab.shows("#charts li:has(span:text-is('reconstruction')) b", value)
            canvas.press("End")


def test_the_end_is_listed_with_what_happened_before(seen: Seen) -> None:
    for tab in (seen.first, seen.after):
        tab.says("#events", "started")
        tab.says("#events", "finished")
