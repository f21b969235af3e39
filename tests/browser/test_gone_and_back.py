"""A server that goes away and comes back: the page says so, and goes on by itself."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from tests.support.live_run import LiveRun
from tests.support.staged_page import StagedPage
from tests.support.tabs import Visits, needs_chromium

pytestmark = [pytest.mark.slow, needs_chromium]

REFUSED = "WebSocket connection to"  # Chromium says so, whatever the page does


def test_the_page_says_that_the_connection_is_lost_and_gets_everything_again(
    tmp_path: Path, look: Visits
) -> None:
    with StagedPage(tmp_path / "one", title="before") as stage:
        port = urlsplit(stage.url).port or 0
        stage.window(50)
        stage.event(30)
        tab = look(stage.url)
        tab.says("#source", "before")
        tab.says("#events", "appeared")
        stage.beat(50)
        tab.says("#state", "live")
    tab.says("#link-notice", "The connection is lost.")
    tab.says("#link-notice", "Trying again in")
    tab.shows("#state", "lost")
    with tab.page.expect_console_message(lambda message: REFUSED in message.text):
        pass  # it has tried once more
    with StagedPage(tmp_path / "two", title="after", port=port) as stage:
        stage.window(50)
        stage.window(100, **{"loss/mse": 0.0125})
        stage.beat(100)
        tab.says("#source", "after")
        expect(tab["#link-notice"]).to_be_hidden()
        tab.shows("#tiles dd >> nth=0", "0.0125")
        expect(tab["#no-events"]).to_be_visible()
        tab.says("#state", "live")
        assert "lost" in tab.states
    tab.forgive(REFUSED)


def test_a_run_that_was_killed_is_shown_again_when_it_is_resumed(
    tmp_path: Path, look: Visits
) -> None:
    options = ["--checkpoint-every", "0.1"]
    with LiveRun(tmp_path / "run", "scene:street", options) as run:
        port = urlsplit(run.url).port or 0
        tab = look(run.url)
        tab.wait_for_frame(55)
        seen = tab.frame
    tab.says("#link-notice", "The connection is lost.")
    with LiveRun(tmp_path / "run", "scene:street", ["--resume", *options], port=port) as run:
        tab.says("#state", "live")
        tab.wait_for_frame(seen + 5)
        tab.says("#facts", "resumed at frame")
        tab.says("#events", "resumed")
        steps = [row["step"] for row in run.lines("metrics.jsonl")]
        assert steps == [50 * number for number in range(1, len(steps) + 1)]
    tab.forgive(REFUSED)


def test_a_page_that_is_no_longer_let_in_says_so_and_asks_no_more(
    tmp_path: Path, look: Visits
) -> None:
    with StagedPage(tmp_path / "one") as stage:
        port = urlsplit(stage.url).port or 0
        tab = look(stage.url)
        tab.says("#source", "a stage")
    with StagedPage(tmp_path / "two", port=port, token="another"):
        tab.says("#link-notice", "This page is not allowed to connect: the token is needed.")
        tab.shows("#state", "not allowed")
        tab["#link-notice button"].click()
        tab["#token"].fill("another")
        tab["button"].click()
        tab.says("#source", "a stage")
        tab.forgive("401")
    tab.forgive(REFUSED, comes_always=False)


def test_what_has_not_come_for_long_is_said(tmp_path: Path, look: Visits) -> None:
    with StagedPage(tmp_path) as stage:
        tab = look(stage.url)
        stage.beat(1)
        tab.says("#state", "live")
        tab.says("#link-notice", "No frame has come for")
        tab.shows("#state", "stalled")
        stage.server.send({"type": "stream", "state": "lost"})
        tab.says("#link-notice", "The stream is lost.")
        stage.beat(2)
        tab.says("#state", "live")
        expect(tab["#link-notice"]).to_be_hidden()
