"""A small HTTP camera for the tests: an endless MJPEG stream and finite files, on loopback only."""

import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_BOUNDARY = b"next"


class HttpServer:
    """Serves ``/live`` (MJPEG, for ever) and every file of a folder by its name.

    Args:
        pictures: what the live stream shows, again and again.
        folder: where the files are.
        fps: pictures per second of the live stream.
    """

    def __init__(
        self, pictures: list[NDArray[np.uint8]], *, folder: Path | None = None, fps: int = 50
    ) -> None:
        self.jpegs = [_jpeg(picture) for picture in pictures]
        self.folder = folder
        self.fps = fps
        self.hang_up_after = 0  # pictures of a live stream
        self.break_once_at = 0  # bytes of a file
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
        try:
            if self.path.startswith("/live"):
                self._live()
            else:
                self._file()
        except (ConnectionError, TimeoutError):
            return  # the other side hung up

    def _live(self) -> None:
        camera = self.server_camera
        self.send_response(200)
        self.send_header(
            "Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY.decode()}"
        )
        self.end_headers()
        sent = 0
        while not camera.off.wait(1 / camera.fps):
            jpeg = camera.jpegs[sent % len(camera.jpegs)]
            head = b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
            self.wfile.write(head % (_BOUNDARY, len(jpeg)) + jpeg + b"\r\n")
            sent += 1
            if sent == camera.hang_up_after:
                return

    def _file(self) -> None:
        folder = self.server_camera.folder
        path = folder / self.path.strip("/") if folder else None
        if path is None or not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        first = int((self.headers["Range"] or "bytes=0-")[6:].partition("-")[0])
        self.send_response(206)
        self.send_header("Content-Length", str(len(data) - first))
        self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        camera, end = self.server_camera, len(data)
        if camera.break_once_at:
            end, camera.break_once_at = camera.break_once_at, 0
        self.wfile.write(data[first:end])

    def log_message(self, *_: object) -> None:
        """Write nothing to stderr."""


def _jpeg(picture: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=95)
    return file.getvalue()
