"""A page without a learner: what it shows is what the test gives it."""

import json
import time
from pathlib import Path
from typing import Self

import numpy as np

from stream_ae.web.process import PageServer, PageSettings

SIDE = 32


class Staged:
    """A page that a test serves, used as a context manager."""

    server: PageServer

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.__exit__(None, None, None)

    @property
    def url(self) -> str:
        """Where it is."""
        return self.server.url


class StagedPage(Staged):
    """A page over a run folder that the test writes.

    Args:
        folder: the run folder; it is made.
        title: of the run.
        port: that it is served at; 0 for any free one.
        token: that is asked for.
        private: whether the run shows no pixel.
        controls: whether it may be changed.
    """

    def __init__(
        self,
        folder: Path,
        *,
        title: str = "a stage",
        port: int = 0,
        token: str | None = None,
        private: bool = False,
        controls: bool = False,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        run = {
            "title": title,
            "source": title,
            "private": private,
            "controls": controls,
            "began": time.time(),
            "ended": False,
        }
        self.server = PageServer(folder, PageSettings("127.0.0.1", port, token), run=run)

    def beat(self, number: int) -> None:
        """A sign of life."""
        self.server.send({"type": "beat", "number": number, "dropped": 0, "learning": "awake"})

    def frame(self, number: int) -> None:
        """A frame, each pixel of which is its number; it is kept as an event's moment."""
        rgb = np.full((SIDE, SIDE, 3), number, np.uint8)
        mask = np.zeros((SIDE, SIDE), np.uint8)
        arrays = {"frame": rgb, "reconstruction": rgb, "mask": np.packbits(mask)}
        shapes = [["frame", rgb.shape], ["reconstruction", rgb.shape], ["mask", mask.shape]]
        header = {
            "type": "frame",
            "number": number,
            "time": number / 25,
            "wall": time.time(),
            "scalars": {"loss/mse": 0.01, "loss/copy_last_frame": 0.02, "loss/detail": 0.1},
            "foreground": 0.01,
            "novelty": 0.3,
            "shift": [0, 0],
            "tracks": [{"id": 3, "box": [0.1, 0.2, 0.3, 0.4], "still": False, "start": 1}],
            "heat": {"rows": 1, "columns": 2, "values": "AP8="},
            "moment": True,
            "arrays": shapes,
        }
        self.server.send(header, [array.tobytes() for array in arrays.values()])

    def window(self, step: int, **values: float) -> None:
        """A line of the metrics."""
        known = {"loss/mse": 0.01, "loss/copy_last_frame": 0.02, "speed/fps": 50.0}
        self._add("metrics.jsonl", {"step": step, "time": time.time(), **known, **values})

    def event(self, step: int, kind: str = "appeared") -> None:
        """A line of the events."""
        seconds = step / 25
        event: dict[str, object] = {"step": step, "time": time.time(), "kind": kind, "text": kind}
        event |= {"start": step, "end": step, "peak": step, "peak_time": seconds, "score": 0.9}
        event |= {"start_time": seconds, "end_time": seconds, "box": [0.1, 0.2, 0.3, 0.4]}
        self._add("events.jsonl", {**event, "track": 3, "zone": None})

    def _add(self, name: str, row: dict[str, object]) -> None:
        with (self.folder / name).open("a") as file:
            file.write(json.dumps(row) + "\n")
