"""A fleet's page without a fleet: what it shows is what the test gives it."""

import io
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from tests.support.staged_page import Staged

from stream_ae.fleet.cards import cards
from stream_ae.fleet.status import CameraStatus, Sight
from stream_ae.observers.event_record import EventRecord
from stream_ae.web.process import PageServer, PageSettings

NOW = time.time()
SIDE = 224


def seen(kind: str, *, ago: float = 5.0, step: int = 90) -> EventRecord:
    """An event as it is told."""
    return {
        "step": step,
        "time": NOW - ago,
        "kind": kind,  # type: ignore[typeddict-item]
        "text": f"{kind} at 0:03.6",
        "start": step,
        "end": step,
        "peak": step,
        "start_time": 3.6,
        "end_time": 3.6,
        "peak_time": 3.6,
        "score": 0.9,
        "box": [0.1, 0.2, 0.3, 0.4],
        "track": None,
        "zone": None,
    }


def picture(level: int) -> bytes:
    """A JPEG of one grey."""
    file = io.BytesIO()
    Image.fromarray(np.full((SIDE, SIDE, 3), level, np.uint8)).save(file, "JPEG")
    return file.getvalue()


def sight(level: int, *panels: str, number: int = 100) -> Sight:
    """What a camera sees: each of these panels, or only the frame, in one grey."""
    numbers = {
        "number": number,
        "time": 4.0,
        "wall": NOW,
        "aspect": 1.5,
        "scalars": {"loss/mse": 0.01},
        "foreground": 0.25,
        "novelty": 0.4,
        "shift": [0, 0],
        "tracks": [{"id": 1, "box": [0.2, 0.2, 0.3, 0.3], "still": False, "start": 90}],
        "heat": None,
    }
    return Sight(numbers, dict.fromkeys(panels or ("frame",), picture(level)))


def learning(name: str, *, level: int = 90, novelty: float = 0.4) -> CameraStatus:
    """A camera that learns."""
    return CameraStatus(
        name,
        "learning",
        source="scene:street",
        frame=100,
        fps=12.0,
        novelty=novelty,
        things=2,
        sight=sight(level),
        time=NOW,
        node="shop-1",
        samples=(("stream_ae_loss_mse", "", 0.01),),
    )


FLEET: Sequence[CameraStatus] = (
    learning("door"),
    replace(learning("yard", level=150), last_event=seen("appeared")),
    replace(learning("safe"), private=True, sight=None),
    replace(learning("hall", novelty=0.999), last_event=seen("novel", ago=-3600)),
    CameraStatus("gate", "away", "connection refused", frame=40, time=NOW, node="shop-2"),
    CameraStatus("roof", "failed", "size must be as the run began, got 'large'; leave it out"),
    CameraStatus("lift", "waiting", "for 0.5 of a core"),
    CameraStatus("film", "stopped", "the stream has ended", frame=900),
)
"""Cameras in each state, in the order of their fleet."""


class StagedWall(Staged):
    """The page of a fleet that the test makes up.

    Args:
        runs: the folder of all run folders.
        token: that is asked for.
        root_path: that a proxy serves it under.
    """

    def __init__(self, runs: Path, *, token: str | None = None, root_path: str = "") -> None:
        self._runs = runs
        run = {"fleet": "shop", "title": "shop", "private": False, "ended": False, "began": NOW}
        settings = PageSettings("127.0.0.1", 0, token, root_path=root_path)
        self.server = PageServer(runs, settings, run=run)
        self._number = 0

    def show(self, cameras: Sequence[CameraStatus]) -> None:
        """Say how cameras stand."""
        values, pictures = cards(cameras, runs=str(self._runs))
        self._number += 1
        message = {"type": "cameras", "number": self._number, "cameras": values}
        self.server.send(message, pictures)
