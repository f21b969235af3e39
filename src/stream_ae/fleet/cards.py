"""Cameras as their page shows them: plain values, and their pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from stream_ae.fleet.status import CameraStatus

_OF_EVENTS = ("kind", "text", "time", "score", "zone")


def cards(
    cameras: Sequence[CameraStatus], *, runs: str
) -> tuple[list[dict[str, object]], list[bytes]]:
    """What the page is told of cameras.

    Args:
        cameras: as they stand.
        runs: the folder of all run folders.

    Returns:
        The values of each, and all their pictures, in the order in which each names its own.
    """
    values = [_card(camera, runs=runs) for camera in cameras]
    seen = [each.sight.pictures for each in cameras if each.sight is not None]
    return values, [picture for pictures in seen for picture in pictures.values()]


def _card(camera: CameraStatus, *, runs: str) -> dict[str, object]:
    sight = camera.sight
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
        "aspect": 1.0 if sight is None else sight.numbers["aspect"],
        "pictures": [] if sight is None else list(sight.pictures),
        "frame": None if sight is None else sight.numbers,
    }


def _event(event: Mapping[str, object] | None) -> dict[str, object] | None:
    return None if event is None else {name: event[name] for name in _OF_EVENTS}
