"""The rest of it is told by the tests of the page that stands behind it."""

import asyncio
from collections.abc import MutableMapping

import pytest
from starlette.applications import Starlette

from stream_ae.web.door import Door
from stream_ae.web.security import Guard


def _status(door: Door, path: str, *, host: bytes = b"localhost") -> int:
    """What a page says to a request, without a server."""
    sent: list[MutableMapping[str, object]] = []

    async def receive() -> MutableMapping[str, object]:
        return {"type": "http.request", "body": b""}

    async def send(message: MutableMapping[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "query_string": b""}
    app = door.application(Starlette(routes=door.routes()))

    async def ask() -> None:
        await app({**scope, "headers": [(b"host", host)]}, receive, send)

    asyncio.run(ask())
    status = sent[0]["status"]
    assert isinstance(status, int)
    return status


@pytest.mark.parametrize("index", ["index.html", "wall.html"])
def test_each_page_is_behind_the_same_door(index: str) -> None:
    opened, closed = (Door(index, Guard(token, secure=False)) for token in (None, "a long token"))
    assert _status(opened, "/") == 200
    assert _status(closed, "/") == 401
    assert _status(opened, "/static/wall.js") == 200
    assert _status(opened, "/static/none.js") == 404
    assert _status(opened, "/", host=b"evil.example") == 403


def test_the_path_of_a_proxy_is_taken_off() -> None:
    door = Door("wall.html", Guard(None, secure=False), root="/shop")
    assert _status(door, "/shop/healthz") == 200
    assert _status(door, "/shop") == 308
