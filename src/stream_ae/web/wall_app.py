"""The addresses of a fleet's page: the wall, and in ``/camera/NAME/`` the page of each camera."""

from urllib.parse import unquote
from weakref import WeakKeyDictionary

from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from stream_ae.web.app import Page
from stream_ae.web.door import Door
from stream_ae.web.hub import Hub
from stream_ae.web.security import Guard
from stream_ae.web.talk import converse
from stream_ae.web.wall import Wall

_CAMERA = "/camera/"


class WallPage:
    """Answers a browser that looks at a fleet.

    Args:
        wall: what there is to see.
        guard: who may see it.
        root: path that a reverse proxy serves the page under, such as ``/cam``; empty for none.
    """

    def __init__(self, wall: Wall, guard: Guard, *, root: str = "") -> None:
        self._wall, self._guard = wall, guard
        self._door = Door("wall.html", guard, root=root)
        self._routed = Starlette(routes=[*self._door.routes(), WebSocketRoute("/ws", self._socket)])
        self._nothing = Starlette()
        self._pages: WeakKeyDictionary[Hub, ASGIApp] = WeakKeyDictionary()

    def application(self) -> ASGIApp:
        """The whole of it, with what stands before it."""
        return self._door.application(self._dispatched)

    async def _dispatched(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask the wall, or the page of a camera."""
        if scope["type"] == "lifespan" or not scope["path"].startswith(_CAMERA):
            await self._routed(scope, receive, send)
            return
        name, slash, rest = scope["path"].removeprefix(_CAMERA).partition("/")
        answer = self._camera(scope, unquote(name), is_whole=bool(slash))
        below = {**scope, "path": f"/{rest}", "root_path": ""}
        await answer(below, receive, send)

    def _camera(self, scope: Scope, name: str, *, is_whole: bool) -> ASGIApp:
        """What answers for a camera; who has not shown the token is asked for it at any name."""
        is_known = self._guard.is_known(HTTPConnection(scope).cookies)
        hub = self._wall.camera(name) if is_known else None
        if is_known and hub is None:
            return self._nothing
        if not is_whole:
            return RedirectResponse(f"{self._door.root}{_CAMERA}{name}/", 308)
        if hub is None:
            return self._routed
        if hub not in self._pages:
            self._pages[hub] = Page(hub, self._guard, root=self._door.root).routed()
        return self._pages[hub]

    async def _socket(self, socket: WebSocket) -> None:
        await converse(socket, self._wall, guard=self._guard)
