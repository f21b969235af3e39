"""A conversation with one browser over its WebSocket, as far as one may be had."""

import asyncio
import json
import time
from collections.abc import Collection
from typing import Protocol

from starlette.websockets import WebSocket

from stream_ae.web.door import NOT_ALLOWED
from stream_ae.web.security import Guard
from stream_ae.web.viewers import Viewer
from stream_ae.web.wire import Header

MOST_VIEWERS = 50
"""Those who look at a time; one more is asked to come again later."""

MOST_A_SECOND = 20
"""Messages that a browser may send, but for the acknowledgements of what it was sent."""

_TOO_MANY = 1013


class Shows(Protocol):
    """What there is to see."""

    viewers: set[Viewer]

    @property
    def panels(self) -> Collection[str]:
        """The pictures that may be asked for."""

    def join(self, viewer: Viewer) -> None:
        """Somebody begins to look."""

    def leave(self, viewer: Viewer) -> None:
        """Somebody has gone."""

    async def hear(self, viewer: Viewer, message: Header) -> None:
        """Take in what somebody says."""


async def converse(socket: WebSocket, shown: Shows, *, guard: Guard) -> None:
    """Talk with a browser until it goes, or has to.

    Args:
        socket: to it.
        shown: what it sees.
        guard: whether it may.
    """
    await socket.accept()
    if not guard.is_known(socket.cookies):
        await socket.close(NOT_ALLOWED, "the token is needed")
        return
    if len(shown.viewers) >= MOST_VIEWERS:
        await socket.close(_TOO_MANY, "too many look at it now")
        return
    viewer = Viewer(socket, shown.panels)
    shown.join(viewer)
    sending = asyncio.create_task(viewer.send_all())
    hearing = asyncio.create_task(_hear(socket, viewer, shown=shown))
    try:
        await asyncio.wait({sending, hearing}, return_when=asyncio.FIRST_COMPLETED)
        is_slow = sending.done()
    finally:
        shown.leave(viewer)
        for task in (sending, hearing):
            task.cancel()
        await asyncio.gather(sending, hearing, return_exceptions=True)
    if is_slow:  # it may come again
        await viewer.close(_TOO_MANY, "it took in nothing for too long")
    else:
        await viewer.close(NOT_ALLOWED, "it said too much, or what nobody understands")


async def _hear(socket: WebSocket, viewer: Viewer, *, shown: Shows) -> None:
    """Take in what a browser says; return where it says too much."""
    allowed, before = float(MOST_A_SECOND), time.monotonic()
    while True:
        message = json.loads(await socket.receive_text())
        now = time.monotonic()
        allowed = min(MOST_A_SECOND, allowed + (now - before) * MOST_A_SECOND)
        before = now
        if not isinstance(message, dict):
            return
        if message.get("type") == "ack" and viewer.acknowledge():
            continue
        allowed -= 1
        if allowed < 0:
            return
        await shown.hear(viewer, message)
