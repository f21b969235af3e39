import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from starlette.websockets import WebSocket

from stream_ae.web.painting import PANELS
from stream_ae.web.viewers import MOST_WAITING, Shown, Viewer

FRAME = Shown(
    {"type": "frame", "number": 4},
    {"frame": (b"abc", 3, 2), "features encoder": (b"de", 8, 8), "error": (b"f", 3, 2)},
)


class Browser:
    """Takes down what it is sent."""

    def __init__(self) -> None:
        self.got: list[str | bytes] = []
        self.socket = WebSocket({"type": "websocket"}, self._receive, self._send)
        self.socket.application_state = self.socket.client_state.CONNECTED

    async def _receive(self) -> dict[str, object]:
        await asyncio.Event().wait()
        return {}

    async def _send(self, message: object) -> None:
        assert isinstance(message, dict)
        self.got.append(message.get("text") or message["bytes"])


def _played(browser: Browser, play: Callable[[Viewer], Awaitable[None]]) -> None:
    """Let a viewer be sent what it is told meanwhile."""

    async def run() -> None:
        viewer = Viewer(browser.socket, PANELS)
        task = asyncio.create_task(viewer.send_all())
        await play(viewer)
        task.cancel()

    asyncio.run(run())


async def _a_moment() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_a_viewer_gets_the_panels_that_it_asked_for() -> None:
    data = FRAME.message(("error", "features", "foreground"), "encoder")
    length = int.from_bytes(data[:4], "big")
    header = json.loads(data[4 : 4 + length])
    assert header["panels"] == [["error", 1, 3, 2], ["features", 2, 8, 8]]
    assert data[4 + length :] == b"fde"


def test_texts_come_in_order_and_a_frame_only_after_the_last_was_drawn() -> None:
    browser = Browser()

    async def play(viewer: Viewer) -> None:
        viewer.want({"panels": ["frame"], "features": None})
        viewer.say({"type": "hello"})
        viewer.say({"type": "window"})
        viewer.show(FRAME)
        await _a_moment()
        viewer.show(Shown({"type": "frame", "number": 5}, {}))
        viewer.show(Shown({"type": "frame", "number": 6}, {}))
        await _a_moment()
        assert len(browser.got) == 3
        assert viewer.acknowledge()
        await _a_moment()

    _played(browser, play)
    assert [json.loads(text)["type"] for text in browser.got[:2]] == ["hello", "window"]
    assert b'"number":4' in browser.got[2]
    assert b'"number":6' in browser.got[3]
    assert len(browser.got) == 4


@pytest.mark.parametrize("asked", [None, "frame", ["other"], [1, None]])
def test_what_cannot_be_shown_is_not_wanted(asked: object) -> None:
    viewer = Viewer(Browser().socket, PANELS)
    viewer.want({"panels": asked, "features": 5})
    assert (viewer.panels, viewer.features, viewer.looks) == ((), None, True)


def test_a_page_that_is_hidden_gets_no_frames() -> None:
    browser = Browser()

    async def play(viewer: Viewer) -> None:
        viewer.want({"panels": ["frame"], "paused": True})
        viewer.show(FRAME)
        await _a_moment()

    _played(browser, play)
    assert browser.got == []


def test_one_that_takes_nothing_is_given_up() -> None:
    async def run() -> None:
        viewer = Viewer(Browser().socket, PANELS)
        for number in range(MOST_WAITING + 1):
            viewer.say({"number": number})
        await asyncio.wait_for(viewer.send_all(), 5)  # returns instead of waiting for more

    asyncio.run(run())
