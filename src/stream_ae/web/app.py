"""The page's addresses: what answers to each, and what is refused before any of them is asked."""

import asyncio
import json
import time
from importlib.resources import files
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from stream_ae.web.hub import MOST_VIEWERS, Hub
from stream_ae.web.security import COOKIE, HEADERS, Guard
from stream_ae.web.viewers import Viewer

LONGEST = 4096
"""Bytes that a browser may send at a time."""

MOST_A_SECOND = 20
"""Messages that a browser may send, but for the acknowledgements of what it was sent."""

_SLOW = 0.5  # seconds that a wrong token costs
_TOO_MANY, _NOT_ALLOWED = 1013, 1008
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Page:
    """Answers a browser.

    Args:
        hub: what there is to see.
        guard: who may see it.
        root: path that a reverse proxy serves the page under, such as ``/cam``; empty for none.
    """

    def __init__(self, hub: Hub, guard: Guard, *, root: str = "") -> None:
        self._hub, self._guard, self._root = hub, guard, root
        folder = files("stream_ae.web") / "static"
        self._files = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}

    def application(self) -> ASGIApp:
        """The whole of it, with what stands before it."""
        routes = [
            Route("/", self._index),
            Route("/login", self._login, methods=["POST"]),
            Route("/healthz", self._healthz),
            Route("/static/{name}", self._static),
            Route("/events/{name}", self._event),
            Route("/moments/{number:int}/{name}.jpg", self._moment),
            WebSocketRoute("/ws", self._socket),
        ]
        return Entrance(Starlette(routes=routes), self._guard, root=self._root)

    async def _index(self, request: Request) -> Response:
        token = request.query_params.get("token")
        if token is not None:
            return await self._enter(token)
        if not self._guard.is_known(request.cookies):
            return HTMLResponse(self._files["login.html"], status_code=401)
        return HTMLResponse(self._files["index.html"])

    async def _login(self, request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST:
                return PlainTextResponse("too long", 413)
        form = parse_qs(body.decode(errors="replace"))
        return await self._enter(form.get("token", [""])[0])

    async def _enter(self, token: str) -> Response:
        """Let somebody in who knows the token, and take it out of the address."""
        if not self._guard.is_token(token.strip()):
            await asyncio.sleep(_SLOW)
            return HTMLResponse(self._files["login.html"], status_code=401)
        answer = RedirectResponse(f"{self._root}/", 303)
        answer.set_cookie(
            COOKIE,
            self._guard.cookie(),
            path=f"{self._root}/",
            httponly=True,
            secure=self._guard.secure,
            samesite="strict",
        )
        return answer

    async def _healthz(self, request: Request) -> Response:  # noqa: ARG002 - as a route must
        return PlainTextResponse("ok\n")

    async def _static(self, request: Request) -> Response:
        name = request.path_params["name"]
        kind = next((kind for end, kind in _KINDS.items() if name.endswith(end)), None)
        if kind is None or name not in self._files:
            return _missing()
        return Response(self._files[name], media_type=kind)

    async def _event(self, request: Request) -> Response:
        path = self._hub.view.picture(request.path_params["name"])
        if path is None or self._hub.run["private"] or not self._guard.is_known(request.cookies):
            return _missing()
        return Response(await asyncio.to_thread(path.read_bytes), media_type="image/webp")

    async def _moment(self, request: Request) -> Response:
        parts = request.path_params
        data = self._hub.moment(parts["number"], parts["name"])
        if data is None or not self._guard.is_known(request.cookies):
            return _missing()
        return Response(data, media_type="image/jpeg")

    async def _socket(self, socket: WebSocket) -> None:
        await socket.accept()
        if not self._guard.is_known(socket.cookies):
            await socket.close(_NOT_ALLOWED, "the token is needed")
            return
        if len(self._hub.viewers) >= MOST_VIEWERS:
            await socket.close(_TOO_MANY, "too many look at it now")
            return
        viewer = Viewer(socket)
        self._hub.join(viewer)
        sending = asyncio.create_task(viewer.send_all())
        hearing = asyncio.create_task(self._hear(viewer, socket))
        try:
            await asyncio.wait({sending, hearing}, return_when=asyncio.FIRST_COMPLETED)
            is_slow = sending.done()
        finally:
            self._hub.leave(viewer)
            for task in (sending, hearing):
                task.cancel()
            await asyncio.gather(sending, hearing, return_exceptions=True)
        if is_slow:  # it may come again
            await viewer.close(_TOO_MANY, "it took in nothing for too long")
        else:
            await viewer.close(_NOT_ALLOWED, "it said too much, or what nobody understands")

    async def _hear(self, viewer: Viewer, socket: WebSocket) -> None:
        """Take in what a browser says; return where it says too much."""
        allowed, before = float(MOST_A_SECOND), time.monotonic()
        while True:
            message = json.loads(await socket.receive_text())
            now = time.monotonic()
            allowed = min(MOST_A_SECOND, allowed + (now - before) * MOST_A_SECOND)
            before = now
            if not isinstance(message, dict):
                return
            kind = message.get("type")
            if kind == "ack" and viewer.acknowledge():
                continue
            allowed -= 1
            if allowed < 0:
                return
            if kind == "want":
                viewer.want(message)
                self._hub.tell_wanted()
                self._hub.show_newest(viewer)
            elif kind == "zoom":
                await self._zoom(viewer, message)
            elif kind == "command":
                self._hub.pass_on(viewer, message)

    async def _zoom(self, viewer: Viewer, message: dict[str, object]) -> None:
        """Answer with a part of the curves, as fine as it is known."""
        tags, first, last = message.get("tags"), message.get("from"), message.get("to")
        if not (isinstance(tags, list) and isinstance(first, int) and isinstance(last, int)):
            return
        named = [tag for tag in tags if isinstance(tag, str)][:20]
        try:
            part = await asyncio.to_thread(self._hub.view.part, named, first=first, last=last)
        except OSError:
            part = {}
        viewer.say(
            {"type": "history", "id": message.get("id"), "history": part, "span": [first, last]}
        )


class Entrance:
    """Stands before the page: takes the proxy's path off, checks who asks, adds the headers.

    Args:
        app: what answers.
        guard: whom it answers.
        root: path that is taken off where it stands before an address.
    """

    def __init__(self, app: ASGIApp, guard: Guard, *, root: str) -> None:
        self._app, self._guard, self._root = app, guard, root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if self._root and path == self._root:
            await RedirectResponse(f"{self._root}/", 308)(scope, receive, send)
            return
        if self._root and path.startswith(f"{self._root}/"):
            scope = {**scope, "path": path.removeprefix(self._root), "root_path": ""}
        if not self._may_ask(scope):
            await self._refuse(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _may_ask(self, scope: Scope) -> bool:
        headers = {
            name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._guard.knows_host(host):
            return False
        is_read = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        return is_read or self._guard.is_own(origin, host)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _NOT_ALLOWED})
            return
        text = "this page does not answer to that name, or to that page\n"
        await PlainTextResponse(text, 403)(scope, receive, send)


def _missing() -> Response:
    return PlainTextResponse("not found\n", 404)
