"""A real run with its page, in a process of its own, and a real browser before it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
"""A browser that is installed already; None where there is none."""

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE_S = 120.0  # until a run has compiled its loops, on a busy machine


class LiveRun:
    """``stream-ae live`` as a user starts it, ended with the ``with`` block.

    Args:
        directory: the run folder.
        options: further words of the command line, the source among them.
        port: where the page is served; 0 for any free one.
        defaults: with the default network and optimizer, else with what starts quickest.
    """

    def __init__(
        self, directory: Path, *options: str, port: int = 0, defaults: bool = False
    ) -> None:
        self.directory = directory
        command = [sys.executable, "-m", "stream_ae", "live", *options, "--port", str(port)]
        command += ["--run-dir", str(directory), "--no-tensorboard", "--no-progress"]
        command += [] if defaults else ["--size", "small", "--optimizer", "sgd"]
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert self._process.stdout is not None
        self.said = line = ""
        while "watch it at " not in line:
            line = self._process.stdout.readline()
            self.said += line
            if not line:
                self.stop()
                raise AssertionError(f"it has ended: {self.said}")
        self.entry = self.said.partition("watch it at ")[2].split()[0]
        parts = urlsplit(self.entry)
        self.url, self.port = f"{parts.scheme}://{parts.netloc}/", parts.port or 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it as Ctrl-C does, and wait until it and its page are gone."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        rest, _ = self._process.communicate(timeout=PATIENCE_S)
        self.said += rest


class Visitor:
    """A browser's window on a page, which remembers what went wrong in it.

    Args:
        browser: whose window it is.
        url: of the page.
        locale: the language that the browser asks for.
        without_policy: lets a test put a script of its own into the page.
    """

    def __init__(
        self, browser: Browser, url: str, *, locale: str = "en-GB", without_policy: bool = False
    ) -> None:
        self.context: BrowserContext = browser.new_context(
            locale=locale, viewport={"width": 1280, "height": 900}, bypass_csp=without_policy
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(1000 * PATIENCE_S)
        self.errors: list[str] = []
        self.asked: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: self._note(said.type, said.text))
        self.page.on("request", self._ask)
        self.page.goto(url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.context.close()

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.errors.append(text)

    def _ask(self, request: Request) -> None:
        self.asked.append(request.url)

    def text(self, selector: str) -> str:
        """What an element says."""
        return self.page.inner_text(selector)

    def wait(self, condition: Callable[[], bool], *, seconds: float = PATIENCE_S) -> None:
        """Wait until something holds, but not for ever."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not come"
            self.page.wait_for_timeout(50)

    def wait_for_frame(self, number: int = 1) -> int:
        """Wait until a frame of at least that number is shown; returns its number."""
        self.wait(lambda: self.frame() >= number)
        return self.frame()

    def frame(self) -> int:
        """The number of the frame that is shown; 0 while there is none."""
        found = re.search(r"\d[\d,]*", self.text(".panel.frame .facts"))
        return int(found.group().replace(",", "")) if found else 0
