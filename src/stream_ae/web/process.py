"""The page's process, started beside the learning and ended with it.

What the learner tells it waits in a short queue that a thread empties, so that a page that hangs
never holds the learning up; what it says comes back through another thread.
"""

import json
import logging
import queue
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import IO, NamedTuple, Self

from stream_ae.errors import MissingExtraError, StreamAEError
from stream_ae.observers.controls import Command
from stream_ae.observers.ports import free_port
from stream_ae.observers.tensorboard.server import WILDCARDS
from stream_ae.web.wire import packed

_NEEDED = {
    "starlette": "Starlette",
    "uvicorn": "uvicorn",
    "websockets": "websockets",
    "PIL": "Pillow",
}
_START_S, _END_S = 60.0, 5.0
_MOST_WAITING = 200  # messages that must arrive; more than a page that lives ever has
_log = logging.getLogger("stream_ae")


class Wanted(NamedTuple):
    """What those who look want to see.

    Args:
        looks: whether anybody does.
        panels: the panels.
        features: stages of the network whose maps are shown.
        cameras: the panels of each camera of a fleet.
    """

    looks: bool = False
    panels: frozenset[str] = frozenset()
    features: tuple[str, ...] = ()
    cameras: Mapping[str, Sequence[str]] = {}


class PageSettings(NamedTuple):
    """Where the page is served, and to whom.

    Args:
        host: the address to listen on.
        port: where; 0 takes any free one.
        token: that whoever looks must know; None for nobody but this machine.
        names: that the page answers to besides this machine's own.
        root_path: that a reverse proxy serves it under; empty for none.
        certfile: certificate, for TLS.
        keyfile: its key.
    """

    host: str
    port: int
    token: str | None = None
    names: Sequence[str] = ()
    root_path: str = ""
    certfile: Path | None = None
    keyfile: Path | None = None


class PageServer:
    """Serves the page of one run folder for as long as the ``with`` block runs.

    Args:
        directory: the run folder, which may not be there yet.
        settings: where it is served, and to whom.
        run: what is known of the run beforehand: plain values.

    Raises:
        MissingExtraError: a library of the extra is not installed.
        ConfigError: on entering, the port is taken or the host is no address of this machine.
        StreamAEError: on entering, the server ended or did not answer in time.
    """

    def __init__(
        self, directory: Path, settings: PageSettings, *, run: Mapping[str, object]
    ) -> None:
        for module, name in _NEEDED.items():
            if find_spec(module) is None:
                raise MissingExtraError(name, purpose="the live page", extra="live")
        self._directory, self._settings, self._run = directory, settings, dict(run)
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None
        self._waiting: deque[list[bytes]] = deque()
        self._frame: list[bytes] | None = None
        self._changed = threading.Condition()
        self._is_over = False
        self._has_come = threading.Event()  # its answer, or its end
        self._is_ready = False
        self._threads: list[threading.Thread] = []
        self.wanted = Wanted()
        self.commands: queue.SimpleQueue[Command] = queue.SimpleQueue()

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it, without the token; known after entering."""
        host = WILDCARDS.get(self._settings.host, self._settings.host)
        scheme = "http" if self._settings.certfile is None else "https"
        shown = f"[{host}]" if ":" in host else host
        return f"{scheme}://{shown}:{self._settings.port}{self._settings.root_path}/"

    @property
    def is_running(self) -> bool:
        """Whether the server has not ended."""
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> Self:
        given = self._settings
        port = free_port(given.host, given.port, purpose="the live page")
        self._settings = given._replace(port=port)
        self._stderr = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "stream_ae.web.serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            start_new_session=True,  # a Ctrl-C is the learner's; it ends this server afterwards
        )
        for work in (self._write, self._read):
            thread = threading.Thread(target=work, args=(self._process,), daemon=True)
            thread.start()
            self._threads.append(thread)
        self.send(self._first())
        self._has_come.wait(_START_S)
        if not self._is_ready:
            failure = self._failure()
            self._end()
            raise StreamAEError(failure)
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _first(self) -> dict[str, object]:
        given = self._settings._asdict()
        files = {name: given[name] and str(given[name]) for name in ("certfile", "keyfile")}
        folder = str(self._directory.absolute())
        return {
            **given,
            **files,
            "names": list(given["names"]),
            "directory": folder,
            "run": self._run,
        }

    def send(self, header: Mapping[str, object], blobs: Sequence[bytes] = ()) -> None:
        """Send a message that must arrive; one to a page that has ended goes nowhere."""
        with self._changed:
            if not self._is_over and len(self._waiting) < _MOST_WAITING:
                self._waiting.append(packed(header, blobs))
            self._changed.notify()

    def send_frame(self, header: Mapping[str, object], blobs: Sequence[bytes]) -> None:
        """Send a frame, in place of one that still waits."""
        with self._changed:
            self._frame = packed(header, blobs)
            self._changed.notify()

    def _write(self, process: subprocess.Popen[bytes]) -> None:
        """Pass messages on, in a thread, as fast as the page takes them."""
        pipe = process.stdin
        if pipe is None:
            return
        try:
            while (message := self._next()) is not None:
                for part in message:
                    pipe.write(part)
                pipe.flush()
        except (OSError, ValueError):
            self._lost()
        finally:
            _close(pipe)

    def _next(self) -> list[bytes] | None:
        """The next message; None at the end."""
        with self._changed:
            while not (self._waiting or self._frame or self._is_over):
                self._changed.wait()
            if self._waiting:
                return self._waiting.popleft()
            frame, self._frame = self._frame, None
            return frame

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        """Take in what the page says, in a thread."""
        for line in process.stdout or ():
            said = json.loads(line)
            kind = said.pop("type")
            if kind == "ready":
                self._is_ready = True
                self._has_come.set()
            elif kind == "wanted":
                panels = frozenset(said["panels"])
                features, cameras = tuple(said["features"]), said.get("cameras", {})
                self.wanted = Wanted(said["looks"], panels, features, cameras)
            elif kind == "command":
                self.commands.put(Command(**said))
        self._has_come.set()
        self._lost()

    def _lost(self) -> None:
        """The page has ended though nobody asked for it: say so once, and learn on."""
        self.wanted = Wanted()
        with self._changed:
            is_news = self._is_ready and not self._is_over
            self._is_over = True
            self._changed.notify()
        if is_news:
            _log.warning("the live page has ended: %s; learning goes on without it", self._said())

    def _said(self) -> str:
        """The last line that the server wrote."""
        if self._stderr is None:
            return "it said nothing"
        self._stderr.seek(0)
        lines = self._stderr.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")

    def _failure(self) -> str:
        return (
            f"the live page should be served at {self.url}, but its server did not start:"
            f" {self._said()}; try another --port, or learn without a page: stream-ae train"
        )

    def _end(self) -> None:
        with self._changed:
            self._is_over = True
            self._changed.notify()
        if self._process is not None:
            try:
                self._process.wait(_END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for thread in self._threads:
            thread.join(_END_S)
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()
        if self._stderr is not None:
            self._stderr.close()
        self._process = self._stderr = None


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:
        return  # what was buffered has nobody to go to
