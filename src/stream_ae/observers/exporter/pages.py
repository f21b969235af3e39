"""The pages of a run's port: its metrics, whether it lives, whether it gets on."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple, Protocol

from stream_ae.observers.exporter.exposition import CONTENT_TYPE, Numbers, exposition
from stream_ae.observers.exporter.readings import Readings, labelled

METRICS, ALIVE, READY = "/metrics", "/healthz", "/readyz"
"""The pages that there are."""

_TEXT = "text/plain; charset=utf-8"


class Page(NamedTuple):
    """What is answered.

    Args:
        status: of HTTP.
        kind: content type.
        body: what there is to read.
    """

    status: HTTPStatus
    kind: str
    body: bytes


class Saves(Protocol):
    """What is asked of a checkpointer."""

    @property
    def saved_at(self) -> float | None:
        """When it saved a state last, by the monotonic clock; None before the first."""

    @property
    def failure(self) -> str:
        """Why the newest attempt saved nothing; empty where it did, or there was none."""


class Pauses(Protocol):
    """What is asked of a learner."""

    frozen: bool
    """Whether it does not learn."""


class Pages:
    """Writes the pages of a run, in the thread that serves them.

    Args:
        about: what the run is: its source, its device.

    Raises:
        MissingExtraError: prometheus-client is not installed.
    """

    def __init__(self, about: Mapping[str, str]) -> None:
        self._readings: Readings | None = None
        self._metrics = exposition(self._numbers, about=about)

    def begin(self, checkpointer: Saves, learner: Pauses) -> Readings:
        """Show a run from now on; gives what must be told of it."""
        only_watches = learner.frozen
        self._readings = Readings(
            lambda: checkpointer.saved_at,
            is_paused=lambda: learner.frozen and not only_watches,
        )
        return self._readings

    def page(self, path: str) -> Page:
        """The page at a path."""
        if path == METRICS:
            return Page(HTTPStatus.OK, CONTENT_TYPE, self._metrics())
        if path == ALIVE:
            return Page(HTTPStatus.OK, _TEXT, b"alive\n")
        if path == READY:
            return self._ready()
        known = f"{METRICS}, {ALIVE} and {READY} are here\n"
        status = HTTPStatus.OK if path == "/" else HTTPStatus.NOT_FOUND
        return Page(status, _TEXT, known.encode())

    def _numbers(self) -> Numbers:
        return labelled(() if self._readings is None else self._readings.samples())

    def _ready(self) -> Page:
        begun = self._readings
        trouble = "the run is starting" if begun is None else begun.trouble()
        if trouble is None:
            return Page(HTTPStatus.OK, _TEXT, b"ready\n")
        line = " ".join(trouble.split())
        return Page(HTTPStatus.SERVICE_UNAVAILABLE, _TEXT, f"{line}\n".encode())
