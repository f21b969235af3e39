"""The rest of it is told by the tests of the pages that talk."""

import asyncio
import json
from collections.abc import MutableMapping

from starlette.websockets import WebSocket

from stream_ae.web.security import Guard
from stream_ae.web.talk import MOST_A_SECOND, converse
from stream_ae.web.viewers import Viewer
from stream_ae.web.wire import Header


class Shown:
    """Takes down what it hears."""

    def __init__(self) -> None:
        self.viewers: set[Viewer] = set()
        self.panels = ("door",)
        self.heard: list[object] = []

    def join(self, viewer: Viewer) -> None:
        self.viewers.add(viewer)

    def leave(self, viewer: Viewer) -> None:
        self.viewers.discard(viewer)

    async def hear(self, viewer: Viewer, message: Header) -> None:
        viewer.want(message)
        self.heard.append(viewer.panels)


def _closed_with(shown: Shown, texts: list[str], *, token: str | None = None) -> object:
    """The code with which a conversation ends."""
    sent: list[MutableMapping[str, object]] = []
    said = [{"type": "websocket.receive", "text": text} for text in texts]
    waiting = iter([{"type": "websocket.connect"}, *said])

    async def receive() -> MutableMapping[str, object]:
        return dict(next(waiting))

    async def send(message: MutableMapping[str, object]) -> None:
        sent.append(message)

    socket = WebSocket({"type": "websocket", "headers": []}, receive, send)
    asyncio.run(converse(socket, shown, guard=Guard(token, secure=False)))
    return sent[-1]["code"]


def test_who_may_not_look_is_not_heard() -> None:
    shown = Shown()
    assert _closed_with(shown, [json.dumps({"type": "want"})], token="a long token") == 1008
    assert shown.heard == []


def test_only_known_pictures_are_asked_for_and_who_says_too_much_goes() -> None:
    shown = Shown()
    want = json.dumps({"type": "want", "panels": ["door", "../x"]})
    assert _closed_with(shown, [want] * (2 * MOST_A_SECOND)) == 1008
    assert set(shown.heard) == {("door",)}
    assert MOST_A_SECOND <= len(shown.heard) < 2 * MOST_A_SECOND
    assert shown.viewers == set()
