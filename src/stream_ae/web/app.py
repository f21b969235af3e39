"""The addresses of the page of one run: what answers to each."""

import asyncio

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from stream_ae.web.door import Door, missing
from stream_ae.web.hub import Hub
from stream_ae.web.security import Guard
from stream_ae.web.talk import converse


class Page:
    """Answers a browser that looks at a run.

    Args:
        hub: what there is to see.
        guard: who may see it.
        root: path that a reverse proxy serves the page under, such as ``/cam``; empty for none.
    """

    def __init__(self, hub: Hub, guard: Guard, *, root: str = "") -> None:
        self._hub, self._guard = hub, guard
        self._door = Door("index.html", guard, root=root)

    def application(self) -> ASGIApp:
        """The whole of it, with what stands before it."""
        return self._door.application(self.routed())

    def routed(self) -> ASGIApp:
        """The page by itself, as one of several behind another's door."""
        routes = [
            *self._door.routes(),
            Route("/events/{name}", self._event),
            Route("/moments/{number:int}/{name}.jpg", self._moment),
            WebSocketRoute("/ws", self._socket),
        ]
        return Starlette(routes=routes)

    async def _event(self, request: Request) -> Response:
        path = self._hub.view.picture(request.path_params["name"])
        if path is None or self._hub.run["private"] or not self._guard.is_known(request.cookies):
            return missing()
        return Response(await asyncio.to_thread(path.read_bytes), media_type="image/webp")

    async def _moment(self, request: Request) -> Response:
        parts = request.path_params
        data = self._hub.moment(parts["number"], parts["name"])
        if data is None or not self._guard.is_known(request.cookies):
            return missing()
        return Response(data, media_type="image/jpeg")

    async def _socket(self, socket: WebSocket) -> None:
        await converse(socket, self._hub, guard=self._guard)
