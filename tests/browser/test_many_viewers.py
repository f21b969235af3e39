"""Ten who look at a run; one of them takes nothing of what it is sent, and harms nobody."""

import base64
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.support.live_run import LiveRun, wait_until
from tests.support.tabs import Visits, needs_chromium

pytestmark = [pytest.mark.slow, needs_chromium]

OTHERS = """
window.counts = Array(8).fill(0);
window.viewers = counts.map((_, index) => {
  const viewer = new WebSocket(new URL("ws", document.baseURI));
  const panels = ["frame", "reconstruction", "error", "foreground"];
  viewer.binaryType = "arraybuffer";
  viewer.onopen = () => viewer.send(JSON.stringify({ type: "want", panels, features: null }));
  viewer.onmessage = ({ data }) => {
    if (typeof data === "string") return;
    counts[index] += 1;
    viewer.send(JSON.stringify({ type: "ack" }));
  };
  return viewer;
});
"""
"""Eight viewers, without what they would draw."""


class Stalled:
    """A viewer that says it has seen everything, and has read nothing of it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def say(self, **message: object) -> None:
        """Send a text as a browser does: masked, here by zeros (RFC 6455, section 5.2)."""
        text = json.dumps(message).encode()
        assert len(text) < 126
        self._connection.sendall(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)


@contextmanager
def stalled_viewer(url: str) -> Iterator[Stalled]:
    parts = urlsplit(url)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((parts.hostname, parts.port))
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ["GET /ws HTTP/1.1", f"Host: {parts.netloc}", "Upgrade: websocket"]
        lines += ["Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        yield Stalled(connection)


def test_a_stalled_viewer_stops_neither_the_others_nor_the_learning(
    tmp_path: Path, look: Visits
) -> None:
    with LiveRun(tmp_path / "run", "scene:street") as run:
        tab = look(run.url)
        tab.says("#state", "live")
        tab.page.evaluate(OTHERS)
        with stalled_viewer(run.url) as stalled:
            stalled.say(type="want", panels=["frame", "reconstruction", "error", "foreground"])
            tab.shows("#health .facts-list div:has(dt:text-is('Viewers')) dd", "10")
            windows = len(run.lines("metrics.jsonl"))
            shown, counts = tab.frame, tab.page.evaluate("counts")

            def has_learned() -> bool:
                stalled.say(type="ack")
                tab.page.wait_for_timeout(100)
                return len(run.lines("metrics.jsonl")) > windows

            wait_until(has_learned)
            tab.wait_for_frame(shown + 20)
            for index, count in enumerate(counts):
                tab.wait_until(f"least => counts[{index}] > least", count + 5)
