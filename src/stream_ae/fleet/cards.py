"""Cameras as their page shows them: plain values, and their pictures."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from stream_ae.fleet.status import CameraStatus
from stream_ae.observers.exporter.families import TAGS

_OF_EVENTS = ("kind", "text", "time", "score", "zone")
_TAG_OF = {name: tag for tag, name in TAGS.items()}


def cards(
    cameras: Sequence[CameraStatus], *, runs: str
) -> tuple[list[dict[str, object]], list[bytes]]:
    """What the page is told of cameras.

    Args:
        cameras: as they stand.
        runs: the folder of all run folders.

    Returns:
        The values of each, and the pictures of those that have one, in that order.
    """
    values = [_card(camera, runs=runs) for camera in cameras]
    return values, [each.picture for each in cameras if each.picture is not None]


def _card(camera: CameraStatus, *, runs: str) -> dict[str, object]:
    return {
        "name": camera.name,
        "state": camera.state,
        "text": camera.text,
        "source": camera.source,
        "directory": camera.directory or str(Path(runs) / camera.name),
        "private": camera.private,
        "number": camera.frame,
        "fps": camera.fps,
        "novelty": camera.novelty,
        "things": camera.things,
        "event": _event(camera.last_event),
        "node": camera.node,
        "time": camera.time,
        "aspect": camera.aspect,
        "pictured": camera.picture is not None,
        "frame": _frame(camera),
    }


def _event(event: Mapping[str, object] | None) -> dict[str, object] | None:
    return None if event is None else {name: event[name] for name in _OF_EVENTS}


def _frame(camera: CameraStatus) -> dict[str, object]:
    """A frame, as far as it is known, as the page of a single run is told of one."""
    scalars = {
        _TAG_OF[name]: value
        for name, _, value in camera.samples
        if name in _TAG_OF and math.isfinite(value)
    }
    return {
        "time": None,
        "wall": camera.time,
        "aspect": camera.aspect,
        "scalars": scalars,
        "foreground": scalars.get("change/foreground", 0.0),
        "novelty": camera.novelty,
        "shift": [0, 0],
        "tracks": list(camera.tracks),
        "heat": None,
    }
