"""A live page as a browser's scripts see it, without a browser."""

import http.client
import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Self
from urllib.parse import urlsplit

import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from stream_ae.web.process import PageServer

RUN: Mapping[str, object] = {"private": False, "controls": False, "title": "street"}
"""What a page knows of its run at least."""

PATIENCE = 20.0
"""Seconds after which what was waited for does not come."""


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for something that another process brings about."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.01)


class Answer:
    """What a page answered to a request."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers = response.status, response.headers
        self.body = response.read()


def ask(
    server: PageServer,
    path: str = "",
    *,
    method: str = "GET",
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Ask a page for something, by a path in it or a whole one; no redirection is followed."""
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        whole = path if path.startswith("/") else f"{parts.path}{path}"
        connection.request(method, whole, body, dict(headers or {}))
        return Answer(connection.getresponse())
    finally:
        connection.close()


class Looker:
    """Somebody who looks.

    Args:
        server: of the page.
        headers: sent with the first request.
    """

    def __init__(self, server: PageServer, headers: Mapping[str, str] | None = None) -> None:
        url = server.url.replace("http", "ws", 1)
        self._stack = ExitStack()
        self.socket: ClientConnection = self._stack.enter_context(
            connect(f"{url}ws", additional_headers=dict(headers or {}), open_timeout=PATIENCE)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def closing_code(self) -> int | None:
        """Listen until the page closes the connection; its code, None where it said none."""
        try:
            while True:
                self.socket.recv(PATIENCE)
        except ConnectionClosed as end:
            return None if end.rcvd is None else end.rcvd.code

    def say(self, **message: object) -> None:
        """Say something."""
        self.socket.send(json.dumps(message))

    def want(self, *panels: str, features: str | None = None) -> None:
        """Ask for panels."""
        self.say(type="want", panels=list(panels), features=features)

    def hear(self, kind: str) -> dict[str, Any]:
        """The next message of a kind; all others are passed over."""
        while True:
            data = self.socket.recv(PATIENCE)
            if isinstance(data, str):
                message: dict[str, Any] = json.loads(data)
            else:
                length = int.from_bytes(data[:4], "big")
                message = {**json.loads(data[4 : 4 + length]), "pictures": data[4 + length :]}
            if message["type"] == kind:
                return message


def send_frame(server: PageServer, number: int, *, moment: bool = False) -> None:
    """Give a page a frame, each pixel of which is its number."""
    rgb = np.full((32, 32, 3), number, np.uint8)
    mask = np.zeros((32, 32), np.uint8)
    header = {
        "type": "frame",
        "number": number,
        "time": number / 25,
        "moment": moment,
        "arrays": [["frame", rgb.shape], ["reconstruction", rgb.shape], ["mask", mask.shape]],
    }
    blobs = [rgb.tobytes(), rgb.tobytes(), np.packbits(mask).tobytes()]
    send = server.send if moment else server.send_frame
    send(header, blobs)
