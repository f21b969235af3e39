"""What may be asked of a run from its page, done there; what changes it is in the run folder."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Dialog, expect
from tests.support.live_run import LiveRun, wait_until
from tests.support.tabs import Tab, Visits, needs_chromium

pytestmark = [pytest.mark.slow, needs_chromium]

LEARNING = "#health .facts-list div:has(dt:text-is('Learning')) dd"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveRun]:
    folder = tmp_path_factory.mktemp("controls") / "run"
    with LiveRun(folder, "scene:street", ["--controls"]) as run:
        yield run


@pytest.fixture
def tab(run: LiveRun, look: Visits) -> Tab:
    """The page of a run that goes on."""
    tab = look(run.url)
    tab.says("#state", "live")
    return tab


def press(tab: Tab, name: str) -> None:
    tab[f"#controls button:text-is('{name}')"].click()


def written(run: LiveRun, kind: str) -> dict[str, Any]:
    """The newest event of a kind, once there is one."""
    rows: list[dict[str, Any]] = []

    def is_there() -> bool:
        rows[:] = [row for row in run.lines("events.jsonl") if row["kind"] == kind]
        return bool(rows)

    wait_until(is_there)
    return rows[-1]


def test_further_pictures_come_when_they_are_asked_for(tab: Tab) -> None:
    tab["#background"].click()
    tab[".panel.background:not(.empty)"].wait_for()
    stages = tab["#features option"]
    expect(stages).not_to_have_count(1)
    tab["#features"].select_option(index=1)
    tab[".panel.features:not(.empty)"].wait_for()
    tab.says(".panel.features h3", stages.nth(1).inner_text())
    tab["#background"].click()
    tab["#features"].select_option("")
    expect(tab[".panel:visible"]).to_have_count(4)


def test_learning_is_paused_and_goes_on(tab: Tab, run: LiveRun) -> None:
    tab.shows(LEARNING, "awake")
    press(tab, "Pause learning")
    tab.shows(LEARNING, "paused")
    tab.says("#state", "paused")
    written(run, "paused")
    press(tab, "Resume learning")
    tab.shows(LEARNING, "awake")
    written(run, "unpaused")


def test_a_held_stream_goes_on_frame_by_frame(tab: Tab) -> None:
    press(tab, "Hold the stream")
    tab.shows("#state", "held")
    press(tab, "One frame")
    tab.page.wait_for_timeout(500)
    first = tab.frame
    for number in (first + 1, first + 2, first + 3):
        press(tab, "One frame")
        tab.wait_for_frame(number)
        tab.page.wait_for_timeout(200)
        assert tab.frame == number
    press(tab, "Let it run")
    tab.wait_for_frame(first + 10)
    tab.says("#state", "live")


def test_space_and_an_arrow_hold_and_step_it_too(tab: Tab) -> None:
    tab.wait_for_frame(1)
    tab.page.keyboard.press("Space")
    tab.shows("#state", "held")
    number = tab.frame_held()
    for step in (1, 2):
        tab.page.keyboard.press("ArrowRight")
        tab.wait_for_frame(number + step)
        assert tab.frame_held() == number + step
    tab.page.keyboard.press("Space")
    tab.says("#state", "live")


def test_a_checkpoint_is_written_now(tab: Tab, run: LiveRun) -> None:
    press(tab, "Checkpoint now")
    tab.says("#toast", re.compile(r"saved after frame \d+"))
    found = re.search(r"frame (\d+)", tab.text("#toast"))
    assert found is not None
    assert (run.folder / "checkpoints" / f"step-{int(found[1]):09d}.pt").is_file()


def test_the_scene_is_forgotten_once_it_is_sure(tab: Tab, run: LiveRun) -> None:
    asked: list[str] = []

    def agree(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    tab.page.on("dialog", agree)
    press(tab, "Forget the scene")
    tab.shows("#toast", "the scene is forgotten")
    assert "The network's weights stay." in asked[0]
    written(run, "forgotten")
    tab.says("#events", "scene forgotten")


def test_a_threshold_is_moved(tab: Tab, run: LiveRun) -> None:
    slider = tab["#controls input[type=range]"]
    slider.focus()
    slider.press("Home")
    tab.shows("#toast", "novel from 0.5 on")
    assert written(run, "threshold")["text"] == "novel from 0.5 on"
    slider.press("End")
    tab.shows("#toast", "novel from 0.9999 on")
    tab.says("#controls output", re.compile("1 in 10,?000"))


def test_the_pace_is_the_streams_own(tab: Tab) -> None:
    tab["#controls select"].select_option("source")
    tab.shows("#toast", "pace: source")
    tab["#controls select"].select_option("free")
    tab.shows("#toast", "pace: free")


def test_an_event_is_looked_at_and_marked_as_false(tab: Tab, run: LiveRun) -> None:
    item = tab["#events li:has-text('appeared')"].first
    item.wait_for()
    tab["#controls button:text-is('Hold the stream')"].click()
    tab.shows("#state", "held")
    item.locator("button").click()
    pictures = tab["#moment .moment-panels img"]
    expect(pictures).to_have_count(4)
    tab.wait_until(
        "() => [...document.querySelectorAll('#moment img')].every((image) => image.naturalWidth)"
    )
    tab["#moment [data-name=false-alarm]"].click()
    tab.says("#moment", "marked as a false alarm")
    tab.says("#toast", "marked as false")
    line = written(run, "false_alarm")
    assert re.fullmatch(r"\d+-appeared-\d+", line["event"])
    tab.page.keyboard.press("Escape")
    expect(tab["#moment"]).to_be_hidden()
    tab.says("#events", "marked as a false alarm")
    press(tab, "Let it run")
    tab.says("#state", "live")
