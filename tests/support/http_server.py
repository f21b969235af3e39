"""A small HTTP server for the tests: an endless MJPEG stream and finite files, on loopback only."""

import base64
import hashlib
import io
import re
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_BOUNDARY = b"next"


class HttpServer:
    """Serves ``/live`` (MJPEG, for ever), ``/bare`` (the same without boundaries), ``/snapshot``
    (one picture a request), ``/status/N``, ``/to/PATH`` (a redirection to it) and every file of a
    folder by its name.

    Args:
        pictures: what the live stream shows, again and again.
        folder: where the files are.
        fps: pictures per second of the live stream.
        login: user and password that are asked for.
        scheme: how they are asked for: ``Basic``, ``Digest`` (RFC 2617), or something else;
            what stands before it is offered first.
    """

    def __init__(
        self,
        pictures: Sequence[NDArray[np.uint8]] = (),
        *,
        folder: Path | None = None,
        fps: int = 50,
        login: tuple[str, str] | None = None,
        scheme: str = "Basic",
    ) -> None:
        self.jpegs = [jpeg(picture) for picture in pictures]
        self.folder = folder
        self.fps = fps
        self.login, self.scheme = login, scheme
        self.hang_up_after = 0  # pictures of a live stream
        self.hold_after = 0  # pictures of a live stream, after which it says no more
        self.cuts: list[int] = []  # bytes of a file at which the next answers break off
        self.ranges = self.length = True  # whether it can begin in the middle, and says how much
        self.whole = True  # whether a part says how long the whole is
        self.refuses_ranges = False
        self.delay = 0.0  # seconds before each answer
        self.cookie = ""  # what is sent on to the same address until it comes back
        self.chunked = False
        self.part = 0  # bytes of a file in one answer at most
        self.headers: dict[str, str] = {}  # of snapshots and files
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.off = threading.Event()
        camera = self

        class Handler(_Handler):
            server_camera = camera

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False  # joined on closing
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="http server"
        )
        self._thread.start()

    def close(self) -> None:
        self.off.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Handler(BaseHTTPRequestHandler):
    server_camera: HttpServer

    def do_GET(self) -> None:
        self.connection.settimeout(1)
        camera, path = self.server_camera, self.path.partition("?")[0]
        camera.requests.append((self.path, dict(self.headers)))
        if camera.chunked:
            self.protocol_version = "HTTP/1.1"
        self.close_connection = True
        camera.off.wait(camera.delay)
        try:
            if camera.login is not None and not self._may_enter(camera.login):
                challenge = f'{camera.scheme} realm="camera", nonce="once", qop="auth"'
                self._status(401, {"WWW-Authenticate": challenge})
            elif camera.cookie not in str(self.headers["Cookie"]):
                self._status(302, {"Location": self.path, "Set-Cookie": camera.cookie})
            elif path in ("/live", "/bare"):
                self._live(bare=path == "/bare")
            elif path.startswith("/status/"):
                self._status(int(path.rpartition("/")[2]), {"Location": self.path} | camera.headers)
            elif path.startswith("/to/"):
                self._status(302, {"Location": path.removeprefix("/to")})
            elif path == "/snapshot":
                self._snapshot()
            else:
                self._file(path)
        except (ConnectionError, TimeoutError):
            return  # the other side hung up

    def _may_enter(self, login: tuple[str, str]) -> bool:
        shown = str(self.headers["Authorization"])
        if self.server_camera.scheme.endswith("Basic"):
            return shown == f"Basic {base64.b64encode(':'.join(login).encode()).decode()}"
        given: dict[str, str] = dict(re.findall(r'(\w+)="?([^",]*)"?', shown))
        if not given:
            return False
        user, request = (_md5(login[0], "camera", login[1]), _md5("GET", self.path))
        proof = _md5(user, "once", given["nc"], given["cnonce"], "auth", request)
        return given["response"] == proof

    def _status(self, code: int, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _live(self, *, bare: bool) -> None:
        camera = self.server_camera
        self.send_response(200)
        multipart = f"multipart/x-mixed-replace; boundary={_BOUNDARY.decode()}"
        self.send_header("Content-Type", camera.headers["Content-Type"] if bare else multipart)
        self.end_headers()
        sent = 0
        while not camera.off.wait(1 / camera.fps):
            picture = camera.jpegs[sent % len(camera.jpegs)]
            head = b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
            head %= (_BOUNDARY, len(picture))
            self.wfile.write(picture if bare else head + picture + b"\r\n")
            sent += 1
            if sent == camera.hang_up_after:
                return
            if sent == camera.hold_after:
                camera.off.wait()

    def _snapshot(self) -> None:
        """The next picture; an empty one in its place is an answer of 304."""
        camera = self.server_camera
        shown = sum(path.startswith("/snapshot") for path, _ in camera.requests) - 1
        picture = camera.jpegs[min(shown, len(camera.jpegs) - 1)]
        headers = {"Content-Length": str(len(picture)), **camera.headers}
        self._status(200 if picture else 304, headers if picture else {})
        self.wfile.write(picture)

    def _file(self, name: str) -> None:
        camera = self.server_camera
        path = camera.folder / name.strip("/") if camera.folder else None
        if path is None or not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        first = int((self.headers["Range"] or "bytes=0-")[6:].partition("-")[0])
        first = first if camera.ranges else 0
        if (camera.refuses_ranges and "Range" in self.headers) or first >= len(data) > 0:
            self._status(416, {})
            return
        end = min(len(data), first + camera.part) if camera.part else len(data)
        headers = dict(camera.headers)
        if camera.ranges:
            whole = len(data) if camera.whole else "*"
            headers["Content-Range"] = f"bytes {first}-{end - 1}/{whole}"
        if camera.chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif camera.length:
            headers["Content-Length"] = str(end - first)
        self._status(206 if camera.ranges else 200, headers)
        is_cut = bool(camera.cuts)
        body = data[first : camera.cuts.pop(0) if is_cut else end]
        if not camera.chunked:
            self.wfile.write(body)
            return
        for start in range(0, len(body), 1000):
            chunk = body[start : start + 1000]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        if not is_cut:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        """Write nothing to stderr."""


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    """A picture as a file."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=95)
    return file.getvalue()


def _md5(*words: str) -> str:
    return hashlib.md5(":".join(words).encode(), usedforsecurity=False).hexdigest()
