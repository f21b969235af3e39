"""A receiver of webhooks for the tests, on loopback only."""

import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, Self


class Received(NamedTuple):
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


class HookServer:
    """Takes what is posted, and answers as it is told.

    Args:
        answers: the statuses of the first answers; all others are 200.
        headers: of each answer.
        delay: seconds before each answer.
        port: where it listens; 0 takes any free one.
    """

    def __init__(
        self,
        answers: Sequence[int] = (),
        *,
        headers: dict[str, str] | None = None,
        delay: float = 0.0,
        port: int = 0,
    ) -> None:
        self.answers, self.headers, self.delay = list(answers), headers or {}, delay
        self.received: list[Received] = []
        self.came = threading.Condition()
        self.off = threading.Event()
        hook = self

        class Handler(_Handler):
            hook_server = hook

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = False  # joined on closing
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="hook server"
        )
        self._thread.start()

    def wait_for(self, count: int) -> list[Received]:
        """What came, once it is that many requests."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.received) >= count, timeout=20)
            return list(self.received)

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
    hook_server: HookServer

    def do_POST(self) -> None:
        hook = self.hook_server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        hook.off.wait(hook.delay)
        with hook.came:
            status = hook.answers.pop(0) if hook.answers else 200
            hook.received.append(Received(self.path, headers, body))
            hook.came.notify_all()
        self.send_response(status)
        for name, value in hook.headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Write nothing to stderr."""
