"""A few pages over HTTP, for as long as a run goes on, from a thread of their own.

Whoever asks may be slow, may hang, and may ask without end; the loop that learns shares an
interpreter with this thread. So one page is written at a time, with a pause after it, a connection
has a few seconds for all it wants, and there is a limit to how many are open.
"""

import asyncio
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Self

from stream_ae.observers.exporter.pages import Page
from stream_ae.observers.ports import bound_socket

_PATIENCE = 5.0  # seconds that a connection has
_PAUSE = 0.02  # seconds after each page; a page takes about one millisecond
_LONGEST_REQUEST = 8192  # bytes
_MOST_OPEN = 64  # connections
_ENDING_S = 2.0
_WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}


class PortServer:
    """Serves pages on a port of this machine; used as a context manager.

    Args:
        host: the address to listen on.
        port: where to listen; 0 takes any free one, see :attr:`url`.
        page: gives the page at a path; called in the server's thread.

    Raises:
        ConfigError: the port is taken or the host is no address of this machine.
    """

    def __init__(self, host: str, port: int, *, page: Callable[[str], Page]) -> None:
        self._page = page
        self._socket = bound_socket(host, port, purpose="--metrics-port")
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name="metrics port", daemon=True
        )
        self._ends: Callable[[], object] | None = None
        self._begun = threading.Event()
        self._open = 0

    @property
    def url(self) -> str:
        """Where somebody on this machine finds the pages."""
        host, port = self._socket.getsockname()[:2]
        host = _WILDCARDS.get(host, host)
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._begun.wait()
        return self

    def __exit__(self, *_: object) -> None:
        if self._ends is not None:
            self._ends()
        self._thread.join(_ENDING_S)
        self._socket.close()

    async def _serve(self) -> None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        self._turn = asyncio.Lock()
        self._ends = lambda: loop.call_soon_threadsafe(ended.set)
        try:
            server = await asyncio.start_server(
                self._answer, sock=self._socket, limit=_LONGEST_REQUEST
            )
        finally:
            self._begun.set()
        await ended.wait()
        server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= _MOST_OPEN:
                async with asyncio.timeout(_PATIENCE):
                    request = await reader.readuntil(b"\r\n\r\n")
                    async with self._turn:
                        writer.write(_response(request, self._page))
                        await asyncio.sleep(_PAUSE)
                    await writer.drain()
        except (OSError, EOFError, asyncio.LimitOverrunError):  # it left, or asks for too much
            pass
        except asyncio.CancelledError:  # the server ends; asyncio would print it
            pass
        finally:
            self._open -= 1
            writer.close()


def _response(request: bytes, page: Callable[[str], Page]) -> bytes:
    """The answer to a request, as HTTP/1.1 has it (RFC 9112)."""
    method, _, rest = request.partition(b"\r\n")[0].decode("latin-1").partition(" ")
    path, _, version = rest.partition(" ")
    if not version.startswith("HTTP/1."):
        answer = Page(HTTPStatus.BAD_REQUEST, "text/plain", b"HTTP/1.1 was expected\n")
    elif method not in ("GET", "HEAD"):
        answer = Page(HTTPStatus.METHOD_NOT_ALLOWED, "text/plain", b"only GET is answered\n")
    else:
        answer = page(path.partition("?")[0])
    status, kind, body = answer
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nAllow: GET, HEAD\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode("latin-1") + (b"" if method == "HEAD" else body)
