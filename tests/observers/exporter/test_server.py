import http.client
import socket
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from stream_ae.errors import ConfigError
from stream_ae.observers.exporter import server as server_module
from stream_ae.observers.exporter.pages import Page
from stream_ae.observers.exporter.server import PortServer


def _page(path: str) -> Page:
    return Page(HTTPStatus.OK, "text/plain", f"this is {path}".encode())


@pytest.fixture
def server() -> Iterator[PortServer]:
    with PortServer("127.0.0.1", 0, page=_page) as running:
        yield running
    assert [t.name for t in threading.enumerate() if t.name == "metrics port"] == []


def _port(server: PortServer) -> int:
    return int(server.url.rpartition(":")[2])


def _ask(server: PortServer, path: str, *, method: str = "GET") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", _port(server), timeout=10)
    connection.request(method, path)
    return connection.getresponse()


def _raw(server: PortServer, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", _port(server)), timeout=10) as client:
        client.sendall(request)
        return b"".join(iter(lambda: client.recv(65536), b""))


def test_a_page_is_served_with_its_length_and_type(server: PortServer) -> None:
    response = _ask(server, "/metrics?x=1")
    assert (response.status, response.read()) == (200, b"this is /metrics")
    assert response.headers["Content-Type"] == "text/plain"
    assert response.headers["Content-Length"] == "16"
    assert response.headers["Cache-Control"] == "no-store"


def test_head_has_no_body(server: PortServer) -> None:
    response = _ask(server, "/a", method="HEAD")
    assert (response.status, response.headers["Content-Length"], response.read()) == (
        200,
        "10",
        b"",
    )


def test_nothing_else_is_taken(server: PortServer) -> None:
    assert _ask(server, "/", method="POST").status == 405
    assert _raw(server, b"GET /\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert _raw(server, b"\x16\x03\x01 TLS\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert _raw(server, b"GET /" + b"a" * 100_000) == b""
    assert _ask(server, "/still").read() == b"this is /still"


def test_a_client_that_hangs_keeps_nobody_waiting(
    server: PortServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_PATIENCE", 0.2)
    with socket.create_connection(("127.0.0.1", _port(server)), timeout=10) as silent:
        silent.sendall(b"GET /metrics HTTP/1.1\r\n")
        assert _ask(server, "/healthz").status == 200
        assert silent.recv(10) == b""


def test_too_many_connections_are_closed(
    server: PortServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_MOST_OPEN", 2)
    held = [socket.create_connection(("127.0.0.1", _port(server))) for _ in range(2)]
    assert _closes_at_once(server)
    for client in held:
        client.close()
    deadline = time.monotonic() + 10
    while _closes_at_once(server):
        assert time.monotonic() < deadline


def _closes_at_once(server: PortServer) -> bool:
    try:
        return _raw(server, b"GET / HTTP/1.1\r\n\r\n") == b""
    except ConnectionError:
        return True


def test_a_page_is_followed_by_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("asyncio.sleep", sleep)
    with PortServer("127.0.0.1", 0, page=_page) as server:
        for _ in range(3):
            assert _raw(server, b"GET / HTTP/1.1\r\n\r\n").endswith(b"this is /")  # and closed
    assert pauses == [server_module._PAUSE] * 3


def test_it_ends_while_somebody_is_connected() -> None:
    with (
        PortServer("127.0.0.1", 0, page=_page) as server,
        socket.create_connection(("127.0.0.1", _port(server)), timeout=10) as client,
    ):
        port = _port(server)
        client.sendall(b"GET /")
        _ask(server, "/")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_a_taken_port_is_named_before_anything_is_served(server: PortServer) -> None:
    with pytest.raises(ConfigError, match=r"--metrics-port needs a free port .*another program"):
        PortServer("127.0.0.1", _port(server), page=_page)


def test_the_address_for_this_machine_is_said() -> None:
    with PortServer("0.0.0.0", 0, page=_page) as everywhere:
        assert everywhere.url == f"http://127.0.0.1:{_port(everywhere)}"
        assert _ask(everywhere, "/").status == 200
