"""The page of a fleet in a real browser: its wall, its keys, and the page of one camera."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.support.staged_wall import FLEET, StagedWall, learning, seen
from tests.support.tabs import Tab, Visits, needs_chromium

pytestmark = [pytest.mark.slow, needs_chromium]

IN_ORDER = ["roof", "gate", "lift", "hall", "door", "yard", "safe", "film"]
SHOWN = "#cameras li:not([hidden])"


@pytest.fixture(scope="module")
def wall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StagedWall]:
    with StagedWall(tmp_path_factory.mktemp("runs")) as wall:
        wall.show(FLEET)
        yield wall


def _are(tab: Tab, *names: str) -> None:
    expect(tab[f"{SHOWN} h2"]).to_have_text(names)


def test_those_that_need_somebody_stand_first_and_can_be_filtered(
    wall: StagedWall, look: Visits
) -> None:
    tab = look(wall.url)
    _are(tab, *IN_ORDER)
    tab.says('[data-name="gate"]', "connection refused")
    tab.says('[data-name="safe"]', "Private")
    wall.show(FLEET)  # with the pictures that it has asked for meanwhile
    expect(tab['[data-name="door"] img']).to_be_visible()
    expect(tab['[data-name="safe"] img']).to_be_hidden()
    tab.page.keyboard.press("2")
    _are(tab, "roof", "gate")
    tab.page.keyboard.press("1")
    tab.page.keyboard.press("/")
    tab.page.keyboard.type("AR")
    _are(tab, "yard")
    tab.page.keyboard.press("Escape")
    _are(tab, *IN_ORDER)
    tab.page.keyboard.press("l")
    tab.says('[data-name="gate"] .state', "失联")
    tab.page.keyboard.press("l")


def test_what_changes_is_shown_and_the_keyboard_stays(wall: StagedWall, look: Visits) -> None:
    tab = look(wall.url)
    expect(tab[SHOWN]).to_have_count(len(FLEET))
    tab['[data-name="yard"] a'].focus()
    lost = replace(learning("yard"), state="failed", text="a full disk", sight=None)
    wall.show([FLEET[0], replace(lost, last_event=seen("cut"))])
    tab.says('[data-name="yard"]', "a full disk")
    _are(tab, "yard", "door")
    expect(tab['[data-name="yard"] a']).to_be_focused()
    tab.page.keyboard.press("ArrowRight")
    expect(tab['[data-name="door"] a']).to_be_focused()
    tab.page.keyboard.press("Enter")
    tab.says("#source", "door")
    assert tab.page.url.endswith("/camera/door/")
    expect(tab["#wall"]).to_be_visible()
    wall.show(FLEET)
    expect(tab["#panels figure:not([hidden])"]).to_have_count(4)
    expect(tab['#panels figure:not([hidden]) canvas[role="img"]']).to_have_count(4)
    tab["#wall"].click()
    tab.says("#source", "shop")
    expect(tab[SHOWN]).to_have_count(len(FLEET))


def test_a_bookmark_of_a_camera_leads_to_it_once_the_token_is_given(
    tmp_path: Path, look: Visits
) -> None:
    with StagedWall(tmp_path, token="open sesame") as closed:
        closed.show(FLEET)
        tab = look(f"{closed.url}camera/door/")
        for guess in ("a guess", "open sesame"):
            tab["#token"].fill(guess)
            tab["#token"].press("Enter")
        tab.says("#source", "door")
        assert tab.page.url == f"{closed.url}camera/door/"
        tab.forgive("401")
