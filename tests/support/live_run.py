"""``stream-ae live`` in a process of its own, as somebody starts it."""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import numpy as np
from tests.support.tabs import PATIENCE

WIDTH, HEIGHT = 64, 48
_QUICK = ("--size", "small", "--optimizer", "sgd")


class LiveRun:
    """A run with its page, from the address being said until it is killed.

    Args:
        folder: where the run is written.
        source: of its frames; ``-`` for those that :meth:`give` gives.
        options: of the command.
        port: where the page is served; 0 for any free one.
        defaults: with the default network and optimizer, else with what starts quickest.
    """

    def __init__(
        self,
        folder: Path,
        source: str,
        options: Sequence[str] = (),
        *,
        port: int = 0,
        defaults: bool = False,
    ) -> None:
        self.folder = folder
        words = ["live", source, "--run-dir", str(folder), "--port", str(port)]
        words += ["--no-tensorboard", "--no-progress", *([] if defaults else _QUICK), *options]
        self._words = [sys.executable, "-m", "stream_ae", *words]
        self._said = folder.with_suffix(".err")
        self._given = 0
        self.url = ""

    def __enter__(self) -> Self:
        with self._said.open("wb") as stderr:
            self._process = subprocess.Popen(
                self._words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode()
        assert "http" in line, self._said.read_text()
        self.url = next(word for word in line.split() if word.startswith("http"))
        return self

    def __exit__(self, *_: object) -> None:
        """Kill the learner; its page ends by itself."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        wait_until(lambda: not is_served(self.url))

    def give(self, count: int) -> None:
        """Give it frames: a bright bar that moves over a ramp."""
        pipe = self._process.stdin
        assert pipe is not None
        if not self._given:
            pipe.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F25:1 Ip A1:1 C444\n".encode())
        for number in range(self._given, self._given + count):
            planes = np.full((3, HEIGHT, WIDTH), 128, np.uint8)
            planes[0] = np.arange(40, 40 + WIDTH)
            column = 2 * number % (WIDTH - 8)
            planes[0, 12:36, column : column + 8] = 235
            pipe.write(b"FRAME\n" + planes.tobytes())
        pipe.flush()
        self._given += count

    def end(self) -> None:
        """Let the stream end."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The whole lines of a file of JSON lines in the run folder; none where it is not."""
        path = self.folder / name
        text = path.read_text() if path.is_file() else ""
        return [json.loads(line) for line in text.split("\n")[:-1]]


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for something that another process brings about, as long as a browser would."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


def is_served(url: str) -> bool:
    """Whether something answers there."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status > 0
    except OSError:
        return False
    finally:
        connection.close()
