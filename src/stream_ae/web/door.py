"""What every page has: its files, the token, and what is refused before anything is asked."""

import asyncio
from collections.abc import Sequence
from importlib.resources import files
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stream_ae.web.security import COOKIE, HEADERS, Guard

LONGEST = 4096
"""Bytes that a browser may send at a time."""

NOT_ALLOWED = 1008
"""Code with which a connection ends that there should not be."""

_SLOW = 0.5  # seconds that a wrong token costs
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Door:
    """Lets a browser in to a page.

    Args:
        index: the page's own file.
        guard: who may see it.
        root: path that a reverse proxy serves the page under, such as ``/cam``; empty for none.
    """

    def __init__(self, index: str, guard: Guard, *, root: str = "") -> None:
        self.guard, self.root = guard, root
        folder = files("stream_ae.web") / "static"
        self._files = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
        self._page = self._files[index]

    def routes(self) -> Sequence[BaseRoute]:
        """What answers to the addresses that every page has."""
        return [
            Route("/", self._index),
            Route("/login", self._login, methods=["POST"]),
            Route("/healthz", self._healthz),
            Route("/static/{name}", self._static),
        ]

    def application(self, app: ASGIApp) -> ASGIApp:
        """A page with what stands before it."""
        return Entrance(app, self.guard, root=self.root)

    async def _index(self, request: Request) -> Response:
        token = request.query_params.get("token")
        if token is not None:
            return await self._enter(token)
        if not self.guard.is_known(request.cookies):
            return HTMLResponse(self._files["login.html"], status_code=401)
        return HTMLResponse(self._page)

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
        if not self.guard.is_token(token.strip()):
            await asyncio.sleep(_SLOW)
            return HTMLResponse(self._files["login.html"], status_code=401)
        answer = RedirectResponse("./", 303)  # to the page that asked, whichever of several
        answer.set_cookie(
            COOKIE,
            self.guard.cookie(),
            path=f"{self.root}/",
            httponly=True,
            secure=self.guard.secure,
            samesite="strict",
        )
        return answer

    async def _healthz(self, request: Request) -> Response:  # noqa: ARG002 - as a route must
        return PlainTextResponse("ok\n")

    async def _static(self, request: Request) -> Response:
        name = request.path_params["name"]
        kind = next((kind for end, kind in _KINDS.items() if name.endswith(end)), None)
        if kind is None or name not in self._files:
            return missing()
        return Response(self._files[name], media_type=kind)


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
            await send({"type": "websocket.close", "code": NOT_ALLOWED})
            return
        text = "this page does not answer to that name, or to that page\n"
        await PlainTextResponse(text, 403)(scope, receive, send)


def missing() -> Response:
    """The answer where there is nothing."""
    return PlainTextResponse("not found\n", 404)
