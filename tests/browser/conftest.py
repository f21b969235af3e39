"""A real browser, where there is one; a tab in which anything went wrong fails its test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.support.tabs import ARGUMENTS, CHROMIUM, Visits


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def look(browser: Browser) -> Iterator[Visits]:
    """Opens pages."""
    with Visits(browser) as visits:
        yield visits
        assert visits.complaints == []
