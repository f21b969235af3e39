"""Who is let in: the token, and what another page, or another name, may not do."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect
from tests.support.http_server import HttpServer
from tests.support.staged_page import StagedPage
from tests.support.tabs import Visits, needs_chromium

pytestmark = [pytest.mark.slow, needs_chromium]

TOKEN = "what only a friend knows"
STRANGER = "stranger.example"
"""A name that the browser of the tests takes for this machine, as a rebound one is taken."""

OPEN = """url => new Promise((resolve) => {
  const socket = new WebSocket(url);
  socket.onmessage = () => resolve("it spoke");
  socket.onclose = ({ code }) => resolve(code);
})"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StagedPage]:
    with StagedPage(tmp_path_factory.mktemp("stage"), token=TOKEN) as stage:
        yield stage


def test_a_wrong_token_is_asked_for_again_and_a_right_one_enters(
    stage: StagedPage, look: Visits
) -> None:
    tab = look(stage.url)
    expect(tab["#wrong"]).to_be_hidden()
    tab["#token"].fill("a guess")
    tab["#token"].press("Enter")
    expect(tab["#wrong"]).to_be_visible()
    tab["#token"].fill(TOKEN)
    tab["button"].click()
    tab.says("#source", "a stage")
    assert tab.page.url == stage.url
    (cookie,) = tab.page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert TOKEN not in cookie["value"]
    tab.page.reload()
    tab.says("#source", "a stage")
    tab.forgive("401")


def test_the_token_of_a_link_is_taken_out_of_the_address(stage: StagedPage, look: Visits) -> None:
    tab = look(f"{stage.url}?token={TOKEN}")
    tab.says("#source", "a stage")
    assert tab.page.url == stage.url
    tab.page.go_back()
    assert "token" not in tab.page.url


def test_the_form_speaks_the_readers_language(stage: StagedPage, look: Visits) -> None:
    tab = look(stage.url, locale="zh-CN")
    tab.says("h1", "令牌")
    expect(tab["html"]).to_have_attribute("lang", "zh-Hans")
    tab.forgive("401")


@pytest.mark.parametrize("name", ["127.0.0.1", STRANGER])
def test_a_page_of_somebody_else_learns_nothing(
    tmp_path: Path, stage: StagedPage, browser: Browser, name: str
) -> None:
    (tmp_path / "page.html").write_text("<!doctype html><title>somebody else's</title>")
    socket_url = f"{stage.url.replace('http', 'ws', 1)}ws"
    with HttpServer(folder=tmp_path) as other, browser.new_context() as context:
        errors: list[str] = []
        page = context.new_page()
        page.on(
            "websocket", lambda socket: socket.on("socketerror", lambda text: errors.append(text))
        )
        page.goto(f"{stage.url}?token={TOKEN}")
        assert page.evaluate(OPEN, socket_url) == "it spoke"
        port = urlsplit(other.url).port
        page.goto(f"http://{name}:{port}/page.html")
        assert page.title() == "somebody else's"
        assert page.evaluate(OPEN, socket_url) == 1006
        assert "403" in errors[-1]
        for path in ("", "login", "healthz"):
            with pytest.raises(Exception, match="Failed to fetch"):
                page.evaluate("url => fetch(url, { credentials: 'include' })", stage.url + path)


def test_the_page_answers_to_no_foreign_name(stage: StagedPage, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        foreign = stage.url.replace("127.0.0.1", STRANGER)
        for path in ("", "static/app.js", "healthz"):
            answer = page.goto(foreign + path)
            assert answer is not None
            assert answer.status == 403
            assert re.search("does not answer to that name", page.content())
