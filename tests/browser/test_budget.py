"""What the page costs before its first picture, and that the tests would see what is wrong."""

from pathlib import Path

import pytest
from tests.support.staged_page import StagedPage
from tests.support.tabs import Visits, needs_chromium

pytestmark = [pytest.mark.slow, needs_chromium]

MOST_BYTES = 300_000
WRONG = {
    "document.body.setAttribute('style', 'color: red')": "style-src",
    "setTimeout(() => { throw new Error('oh') })": "oh",
    "console.warn('look')": "warning: look",
    "new Image().src = 'http://127.0.0.1:9/a.png'": "img-src|a.png",
    "fetch('http://127.0.0.1:9/b').catch(() => null)": "connect-src|9/b",
    "fetch('static/c.js')": "404",
}
"""What a page could do wrong, and a part of what is taken down then."""

LOADED = """() => [
  ...performance.getEntriesByType("navigation"),
  ...performance.getEntriesByType("resource"),
].reduce((sum, entry) => sum + entry.transferSize, 0)"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def test_the_page_is_light(tmp_path: Path, look: Visits) -> None:
    with StagedPage(tmp_path) as stage:
        tab = look(stage.url)
        tab.says("#source", "a stage")
        loaded = tab.page.evaluate(LOADED)
        print(f"{loaded} bytes, first paint after {tab.page.evaluate(PAINTED):.0f} ms")
        assert 50_000 < loaded < MOST_BYTES


def test_what_goes_wrong_in_a_tab_is_taken_down(tmp_path: Path, look: Visits) -> None:
    with StagedPage(tmp_path) as stage:
        tab = look(stage.url)
        tab.says("#source", "a stage")
        assert tab.complaints == []
        for wrong, pattern in WRONG.items():
            tab.page.evaluate(f"() => {{ {wrong} }}")
            tab.page.wait_for_timeout(200)
            tab.forgive(pattern)
            assert tab.complaints == [], wrong
