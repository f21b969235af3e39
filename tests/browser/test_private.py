"""A private run: everything is there but what the camera saw."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.support.live_run import LiveRun
from tests.support.tabs import Visits, needs_chromium

pytestmark = [pytest.mark.slow, needs_chromium]


def test_no_pixel_of_a_private_run_reaches_the_browser(tmp_path: Path, look: Visits) -> None:
    with LiveRun(tmp_path / "run", "scene:street", ["--private"]) as run:
        tab = look(run.url)
        tab.says("#private-notice", "no picture leaves the learner")
        tab["#events li:has-text('appeared') button"].first.click()
        tab.says("#moment", "there is no picture of this moment")
        tab.page.keyboard.press("Escape")
        tab.wait_until("() => document.querySelector('#charts b').textContent.length > 1")
        for picture in ("#panels canvas", "#picture-tools", "main img", "dialog img"):
            assert [found for found in tab[picture].all() if found.is_visible()] == [], picture
        expect(tab["#events img"]).to_have_count(0)
        assert tab.pictures == 0
