"""One Prometheus endpoint for a fleet: what a single run exports, with the camera's name."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from itertools import chain
from typing import get_args

from stream_ae.fleet.status import CameraStatus, State
from stream_ae.observers.exporter.exposition import CONTENT_TYPE, Numbers, exposition
from stream_ae.observers.exporter.families import FAMILIES, Family
from stream_ae.observers.exporter.pages import ALIVE, METRICS, Page
from stream_ae.observers.exporter.readings import labelled

STATE = "stream_ae_camera_state"
_READY = "stream_ae_ready"
_ALL: Mapping[str, Family] = {
    STATE: Family("gauge", "1 for the state that the camera is in, 0 for the others", "state"),
    **FAMILIES,
}
_ORDER = {name: place for place, name in enumerate(_ALL)}
_TEXT = "text/plain; charset=utf-8"


class FleetPages:
    """Writes the pages of a fleet's port, in the thread that serves them.

    Args:
        about: what the fleet is: its name.

    Raises:
        MissingExtraError: prometheus-client is not installed.
    """

    def __init__(self, about: Mapping[str, str]) -> None:
        self.cameras: Sequence[CameraStatus] = ()
        """As they stand; replaced whenever something new is known."""
        self._metrics = exposition(lambda: numbers(self.cameras), about=about, families=_ALL)

    def page(self, path: str) -> Page:
        """The page at a path."""
        if path == METRICS:
            return Page(HTTPStatus.OK, CONTENT_TYPE, self._metrics())
        if path == ALIVE:
            return Page(HTTPStatus.OK, _TEXT, b"alive\n")
        status = HTTPStatus.OK if path == "/" else HTTPStatus.NOT_FOUND
        return Page(status, _TEXT, f"{METRICS} and {ALIVE} are here\n".encode())


def numbers(cameras: Sequence[CameraStatus]) -> Numbers:
    """The metrics of all cameras, those of a metric together.

    A camera whose process is not there has no numbers but that it is not ready: what it told last
    no longer holds.
    """
    whole = chain.from_iterable(map(_of, cameras))
    return sorted(whole, key=lambda each: _ORDER[each[0]])


def _of(camera: CameraStatus) -> Iterator[tuple[str, dict[str, str], float]]:
    name = {"camera": camera.name}
    for state in get_args(State):
        yield STATE, {**name, "state": state}, float(state == camera.state)
    if camera.state in ("learning", "away") and camera.samples:
        yield from labelled(camera.samples, name)
    else:
        yield _READY, name, 0.0
