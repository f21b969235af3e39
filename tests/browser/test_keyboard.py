"""Everything by the keyboard alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from tests.support.staged_page import StagedPage
from tests.support.tabs import Tab, Visits, needs_chromium

pytestmark = [pytest.mark.slow, needs_chromium]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StagedPage]:
    with StagedPage(tmp_path_factory.mktemp("stage")) as stage:
        stage.window(50)
        stage.event(30)
        stage.beat(50)
        yield stage


@pytest.fixture
def tab(stage: StagedPage, look: Visits) -> Tab:
    tab = look(stage.url)
    tab.says("#events", "appeared")
    stage.frame(50)
    tab.wait_for_frame(50)
    return tab


def focused(tab: Tab) -> str:
    found: str = tab.page.evaluate("document.activeElement.id || document.activeElement.className")
    return found


def test_tab_goes_over_everything_in_order(tab: Tab) -> None:
    tab.page.keyboard.press("Tab")
    assert focused(tab) == "skip"
    tab.page.keyboard.press("Enter")
    assert focused(tab) == "main"
    order = []
    for _ in range(60):
        tab.page.keyboard.press("Tab")
        order.append(focused(tab))
    wanted = ["pause", "next", "boxes", "heat", "wipe", "background", "features"]
    wanted += ["zoom-out", "zoom-in", "zoom-recent", "zoom-all", "events"]
    assert [name for name in order if name in wanted][: len(wanted)] == wanted
    assert "event" in order


@pytest.mark.parametrize(
    ("key", "button"), [("b", "boxes"), ("n", "heat"), ("w", "wipe"), ("g", "background")]
)
def test_a_key_shows_and_hides(tab: Tab, key: str, button: str) -> None:
    before = tab[f"#{button}"].get_attribute("aria-pressed")
    after = {"true": "false", "false": "true"}[before or ""]
    picture = tab.picture("frame")
    tab.page.keyboard.press(key)
    expect(tab[f"#{button}"]).to_have_attribute("aria-pressed", after)
    if button == "background":
        expect(tab[".panel.background"]).to_be_visible()
    else:
        assert tab.picture("frame") != picture
    tab.page.keyboard.press(key)
    expect(tab[f"#{button}"]).to_have_attribute("aria-pressed", before or "")


def test_space_stops_the_pictures_and_an_arrow_shows_a_newer_one(
    tab: Tab, stage: StagedPage
) -> None:
    tab.page.keyboard.press("Space")
    expect(tab["#pause"]).to_have_attribute("aria-pressed", "true")
    tab.page.wait_for_timeout(300)
    stage.frame(60)
    tab.page.wait_for_timeout(300)
    assert tab.frame == 50
    tab.page.keyboard.press("ArrowRight")
    tab.wait_for_frame(60)
    tab.page.keyboard.press("Space")
    stage.frame(70)
    tab.wait_for_frame(70)


def test_a_digit_makes_a_panel_large(tab: Tab) -> None:
    width = tab[".panel.reconstruction"].evaluate("panel => panel.clientWidth")
    tab.page.keyboard.press("2")
    tab.wait_until(
        "width => document.querySelector('.panel.reconstruction').clientWidth > 1.3 * width", width
    )
    tab.page.keyboard.press("2")
    tab.wait_until(
        "width => document.querySelector('.panel.reconstruction').clientWidth === width", width
    )


def test_help_opens_and_closes(tab: Tab) -> None:
    tab.page.keyboard.press("?")
    tab.says("#help", "pause the pictures")
    tab.page.keyboard.press("Escape")
    expect(tab["#help"]).to_be_hidden()


def test_a_letter_explains_and_another_one_darkens(tab: Tab) -> None:
    tab.page.keyboard.press("e")
    tab.says("#lesson", "Each frame comes once.")
    tab.page.keyboard.press("t")
    expect(tab["html"]).to_have_attribute("data-theme", "dark")


def test_an_event_is_opened_and_its_neighbour_after_it(tab: Tab, stage: StagedPage) -> None:
    stage.event(45, "left")
    expect(tab["#events .event"]).to_have_count(2)
    tab["#events .event"].last.focus()
    tab.page.keyboard.press("Enter")
    tab.says("#moment-title", "appeared")
    tab.page.keyboard.press("ArrowRight")
    tab.says("#moment-title", "left")
    tab.page.keyboard.press("Escape")
    expect(tab["#moment"]).to_be_hidden()
