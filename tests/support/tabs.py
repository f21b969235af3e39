"""Tabs of a browser; whatever goes wrong in one is taken down."""

import os
import re
import shutil
from collections.abc import Sequence
from typing import Literal, Self
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Request,
    WebSocket,
    expect,
)

PATIENCE = 120_000.0
"""Milliseconds after which what was waited for does not come: a busy machine compiles slowly."""

_WATCH = """
window.states = [];
addEventListener("DOMContentLoaded", () => {
  const look = () => {
    const { link, stream } = document.body.dataset;
    if (stream && states.at(-1) !== stream) states.push(stream);
  };
  new MutationObserver(look).observe(document.body, { attributes: true });
  look();
});
addEventListener("securitypolicyviolation", (event) => console.error(event.violatedDirective));
"""
_JPEG = b"\xff\xd8\xff"
_ENDED = re.compile(
    r"^(failed: .*[.]webp|error: Failed to load resource): net::ERR_CONNECTION_REFUSED"
)


class Tab:
    """A page in a browser.

    Args:
        context: of its own.
        url: that it opens; to ask any other server is wrong.
    """

    def __init__(self, context: BrowserContext, url: str) -> None:
        expect.set_options(timeout=PATIENCE)
        self.complaints: list[str] = []
        self.pictures = 0
        """Messages with a JPEG in them, and requests for pictures."""
        self._host = urlsplit(url).netloc
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.add_init_script(_WATCH)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("request", self._on_request)
        self.page.on("websocket", self._on_socket)
        self.page.goto(url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("blob", "data") and parts.netloc != self._host:
            self.complaints.append(f"asks another host: {request.url}")
        self.pictures += parts.path.endswith((".jpg", ".webp"))

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # left behind where the page went elsewhere
            self.complaints.append(f"failed: {request.url}: {request.failure}")

    def _on_socket(self, socket: WebSocket) -> None:
        if urlsplit(socket.url).netloc != self._host:
            self.complaints.append(f"asks another host: {socket.url}")
        socket.on("framereceived", self._on_message)

    def _on_message(self, message: str | bytes) -> None:
        self.pictures += isinstance(message, bytes) and _JPEG in message

    def forgive(self, pattern: str, *, comes_always: bool = True) -> None:
        """Take out what is to be expected."""
        left = [text for text in self.complaints if not re.search(pattern, text)]
        assert len(left) < len(self.complaints) or not comes_always
        self.complaints = left

    def __getitem__(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def text(self, selector: str) -> str:
        """The words that an element shows."""
        return self[selector].inner_text()

    def says(self, selector: str, text: str | re.Pattern[str]) -> None:
        """Wait until an element's words contain a text, or one that matches."""
        expect(self[selector]).to_contain_text(text)

    def shows(self, selector: str, text: str) -> None:
        """Wait until an element's words are just these."""
        expect(self[selector]).to_have_text(text)

    def wait_until(self, expression: str, argument: object = None) -> None:
        """Wait until something holds in the page."""
        self.page.wait_for_function(expression, arg=argument, timeout=PATIENCE)

    @property
    def states(self) -> list[str]:
        """What the page has said of the stream, one after the other."""
        states: list[str] = self.page.evaluate("states")
        return states

    @property
    def frame(self) -> int:
        """Number of the frame that is shown; 0 before the first one."""
        found = re.search(r"[\d,]+", self.text(".panel.frame .facts"))
        return int(found[0].replace(",", "")) if found else 0

    def wait_for_frame(self, number: int) -> None:
        """Wait until that frame or a later one is shown."""
        self.wait_until(
            "least => Number(document.querySelector('.panel.frame .facts').textContent"
            ".split(' · ')[0].replace(/\\D/g, '')) >= least",
            number,
        )

    def frame_held(self) -> int:
        """The frame that is shown once no other one comes for a second."""
        held, shown = -1, self.frame
        while held != shown:
            self.page.wait_for_timeout(1000)
            held, shown = shown, self.frame
        return held

    def picture(self, name: str) -> str:
        """What a panel shows, to tell it from another picture."""
        drawn: str = self[f".panel.{name} canvas"].evaluate("canvas => canvas.toDataURL()")
        return drawn

    def number(self, value: float, *, digits: int = 3) -> str:
        """A number with that many significant digits, as English writes it."""
        text: str = self.page.evaluate(
            "([value, digits]) => new Intl.NumberFormat('en', {"
            "minimumSignificantDigits: digits, maximumSignificantDigits: digits}).format(value)",
            [value, min(2, digits) if abs(value) < 1e-3 else digits],
        )
        return text


class Visits:
    """Opens tabs, each in a browser session of its own, and closes them.

    Args:
        browser: in which.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._open: list[tuple[BrowserContext, Tab]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for context, _tab in self._open:
            context.close()

    @property
    def complaints(self) -> list[str]:
        """Of every tab, less the pictures asked of a server that the test has ended by then."""
        texts = [text for _, tab in self._open for text in tab.complaints]
        return [text for text in texts if not _ENDED.search(text)]

    def __call__(
        self,
        url: str,
        *,
        locale: str = "en-GB",
        scheme: Literal["light", "dark"] = "light",
        size: tuple[int, int] = (1280, 800),
        phone: bool = False,
    ) -> Tab:
        """Open a page.

        Args:
            url: of it.
            locale: of the browser.
            scheme: of the system.
            size: of the window, width and height.
            phone: whether it is one, with a finger for a mouse.
        """
        context = self._browser.new_context(
            locale=locale,
            color_scheme=scheme,
            viewport={"width": size[0], "height": size[1]},
            is_mobile=phone,
            has_touch=phone,
        )
        tab = Tab(context, url)
        self._open.append((context, tab))
        return tab


CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
"""The browser's program; None where there is none."""

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None,
    reason="needs a browser: apt-get install chromium, or a Chromium's path in $CHROMIUM",
)

ARGUMENTS: Sequence[str] = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name but this machine's is known; a name of a stranger's means this machine.
    "--host-resolver-rules=MAP stranger.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
"""What a browser of the tests is started with."""
