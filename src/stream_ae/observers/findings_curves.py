"""Foreground, change and novelty over a whole run in a file that does not grow.

A run of weeks has tens of millions of frames and a page that shows it a few hundred pixels. So
neighbours are merged, two by two, whenever there are too many points, and the largest value of each
survives: what happened once in a week is still to be seen.
"""

import json
import logging
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from stream_ae.detection.findings import Findings
from stream_ae.errors import CheckpointError
from stream_ae.frame import Frame
from stream_ae.observers.findings import FindingsObserver
from stream_ae.storage.atomic import read_stored, write_atomically

POINTS = 1000
"""Points at most; when they are reached, half of them are left: one or two for each pixel."""

FILE = "findings.json"
"""In the run folder."""

_WRITE_EVERY = 30.0  # seconds; what a killed process loses of its curves
_log = logging.getLogger("stream_ae")


class Point(NamedTuple):
    """Some frames that follow one another.

    Args:
        step: number of the last of them.
        seconds: time of that one by the stream's own clock.
        time: when it was watched, in seconds since 1970.
        change: the largest share of changed pixels, in [0, 1].
        foreground: the largest share of foreground pixels, in [0, 1].
        novelty: the largest novelty, in [0, 1].
    """

    step: int
    seconds: float
    time: float
    change: float
    foreground: float
    novelty: float


class FindingsCurves(FindingsObserver):
    """Keep ``findings.json``: at most :data:`POINTS` points, whatever the length of the run.

    Args:
        directory: the run folder.
        resumed_at: the frame that the run is resumed at; what is known of later ones is left out.
        clock: seconds since 1970.
    """

    def __init__(
        self, directory: Path, *, resumed_at: int = 0, clock: Callable[[], float] = time.time
    ) -> None:
        self._path, self._clock = directory / FILE, clock
        self._points: list[Point] = []
        self._every = 1  # frames to a point
        self._open: Point | None = None  # the newest, not complete yet
        if resumed_at:
            self._go_on(resumed_at)
        self._due = clock() + _WRITE_EVERY

    def on_findings(self, findings: Findings, frame: Frame) -> None:  # noqa: ARG002 - no picture
        """Add a frame; write the file where it is due.

        Raises:
            OSError: it cannot be written; the next attempt is made when the file is due again.
        """
        now = self._clock()
        novelty = findings.novelty.score
        point = Point(
            step=findings.number,
            seconds=findings.time,
            time=now,
            change=findings.change_ratio,
            foreground=findings.foreground.ratio,
            novelty=novelty if math.isfinite(novelty) else 0.0,
        )
        self._open = point if self._open is None else _merged(self._open, point)
        if findings.number % self._every == 0:
            self._points.append(self._open)
            self._open = None
        if len(self._points) == POINTS:
            self._halve()
        if now >= self._due:
            self._due = now + _WRITE_EVERY
            self._write()

    def close(self) -> None:
        """Write the file; nothing where there was no frame.

        Raises:
            OSError: it cannot be written.
        """
        if self._points or self._open:
            self._write()

    def _halve(self) -> None:
        """Make points of twice as many frames; they end at multiples of that number."""
        self._every *= 2
        halved: list[Point] = []
        for point in self._points:
            if halved and _slot(halved[-1], self._every) == _slot(point, self._every):
                halved[-1] = _merged(halved[-1], point)
            else:
                halved.append(point)
        if halved[-1].step % self._every:
            self._open = halved.pop()
        self._points = halved

    def _write(self) -> None:
        points = self._points if self._open is None else [*self._points, self._open]
        contents = {"columns": Point._fields, "every": self._every, "points": points}
        write_atomically(self._path, json.dumps(contents, allow_nan=False).encode())

    def _go_on(self, resumed_at: int) -> None:
        try:
            self._every, points = read_curves(self._path)
        except CheckpointError as error:
            _log.warning("%s; the curves of the report begin at frame %d", error, resumed_at + 1)
            return
        self._points = [point for point in points if point.step <= resumed_at]
        if self._points and self._points[-1].step % self._every:
            self._open = self._points.pop()


def read_curves(path: Path) -> tuple[int, list[Point]]:
    """What :class:`FindingsCurves` has written: the frames to a point, and at least one point.

    Raises:
        CheckpointError: it is missing or damaged; the message names it.
    """
    try:
        contents = json.loads(read_stored(path))
        every, rows = contents["every"], contents["points"]
        points = [Point(*row) for row in rows]
        if not (isinstance(every, int) and every > 0 and points and all(map(_is_whole, points))):
            raise ValueError("a value is none that a run writes")
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise CheckpointError(
            f"{path} should hold the curves of a watched run, got none ({error}); remove it"
        ) from error
    return every, points


def _is_whole(point: Point) -> bool:
    numbers = all(isinstance(value, int | float) and math.isfinite(value) for value in point)
    return numbers and isinstance(point.step, int) and point.step > 0


def _slot(point: Point, every: int) -> int:
    return (point.step - 1) // every


def _merged(one: Point, later: Point) -> Point:
    largest = (max(pair) for pair in zip(one[3:], later[3:], strict=True))
    return Point(later.step, later.seconds, later.time, *largest)
