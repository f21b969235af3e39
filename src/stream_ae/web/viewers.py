"""Those who look: each gets what it asked for, as fast as it can; nobody waits for it."""

import asyncio
import json
from collections import deque
from collections.abc import Collection, Mapping

from starlette.websockets import WebSocket, WebSocketDisconnect

from stream_ae.web.wire import Header, framed

MOST_WAITING = 200
"""Texts that wait for a viewer; one that takes none of them is sent away."""

_STALLED, _CLOSING = 20.0, 1.0  # seconds that one message may take, and a good-bye


class Shown:
    """One frame as it is shown.

    Args:
        header: its numbers.
        panels: its panels by name, each a JPEG with its width and height.
        private: whether it has no pixel.
    """

    def __init__(self, header: Header, panels: Mapping[str, tuple[bytes, int, int]]) -> None:
        self._header, self._panels = header, panels
        self.number: int = header["number"]

    def message(self, names: tuple[str, ...], features: str | None) -> bytes:
        """The message for a viewer that asked for these panels.

        Args:
            names: of the panels.
            features: the stage whose maps it asked for.
        """
        keys = {name: f"features {features}" if name == "features" else name for name in names}
        there = {name: self._panels[key] for name, key in keys.items() if key in self._panels}
        sizes = [[name, len(data), width, height] for name, (data, width, height) in there.items()]
        return framed({**self._header, "panels": sizes}, [data for data, _, _ in there.values()])


class Viewer:
    """A browser that looks.

    Args:
        socket: to it, accepted.
        known: names of the pictures that it may ask for.
    """

    def __init__(self, socket: WebSocket, known: Collection[str]) -> None:
        self._known = known
        self.panels: tuple[str, ...] = ()
        self.features: str | None = None
        self.looks = False  # whether it has asked for frames, if only for their numbers
        self._socket = socket
        self._texts: deque[str] = deque()
        self._frame: Shown | None = None
        self._is_free = True  # it has drawn what it was sent
        self._wake = asyncio.Event()
        self._is_late = False

    def say(self, message: Mapping[str, object]) -> None:
        """Send a text as soon as it can take it."""
        self.say_text(json.dumps(message, separators=(",", ":")))

    def say_text(self, text: str) -> None:
        """Likewise, of what is a text already."""
        if len(self._texts) >= MOST_WAITING:
            self._is_late = True
        else:
            self._texts.append(text)
        self._wake.set()

    def show(self, frame: Shown) -> None:
        """Send a frame, in place of one that still waits."""
        if self.looks:
            self._frame = frame
            self._wake.set()

    def want(self, message: Mapping[str, object]) -> None:
        """Take in what it wants to see."""
        asked = message.get("panels")
        names = [name for name in asked if name in self._known] if isinstance(asked, list) else []
        stage = message.get("features")
        self.panels = tuple(dict.fromkeys(names))
        self.features = stage if isinstance(stage, str) else None
        self.looks = not message.get("paused", False)

    def acknowledge(self) -> bool:
        """It has drawn what it was sent; False where it was sent nothing."""
        if self._is_free:
            return False
        self._is_free = True
        self._wake.set()
        return True

    async def send_all(self) -> None:
        """Send whatever there is, until it is gone or too slow."""
        while not self._is_late:
            await self._wake.wait()
            self._wake.clear()
            while self._texts:
                async with asyncio.timeout(_STALLED):
                    await self._socket.send_text(self._texts.popleft())
            if self._frame is not None and self._is_free:
                frame, self._frame = self._frame, None
                self._is_free = False
                async with asyncio.timeout(_STALLED):
                    await self._socket.send_bytes(frame.message(self.panels, self.features))

    async def close(self, code: int, reason: str) -> None:
        """Send it away."""
        try:
            async with asyncio.timeout(_CLOSING):
                await self._socket.close(code, reason)
        except (TimeoutError, RuntimeError, WebSocketDisconnect):
            return  # it is gone
