"""A small picture of everything that is told of a stream, for its report.

An event is told after the moment that shows it best, so small pictures of the past are kept: of the
last frames (:class:`~stream_ae.observers.frame_history.FrameHistory`), and of each thing in view
the one that shows most of it. A run of weeks keeps as many files as one of an hour.
"""

from collections import deque
from pathlib import Path

import numpy as np

from stream_ae.detection.findings import Box, Findings, WatchEvent
from stream_ae.frame import Frame
from stream_ae.observers.findings import FindingsObserver
from stream_ae.observers.frame_history import FrameHistory, Shot
from stream_ae.observers.images import webp
from stream_ae.observers.overlays import small_picture, with_box
from stream_ae.storage.atomic import write_atomically
from stream_ae.storage.event_pictures import FOLDER, picture_name

MOST_FILES = 500
"""About 5 MB; the oldest go."""

_MOST_TRACKS = 24  # whose best picture is kept: those in view, and those that left just now
_EVERY = 0.07  # seconds from one picture to the next: every second of 25 frames, every one of 10
_RARE = 0.9  # novelty from which a frame is kept although nothing stands out in it
_LARGER = 1.1  # times the area: what is hardly larger shows no more
_STILL = ("left_behind", "removed")  # told of what has been still from its start to its end
_NEAR = 3  # frames within which a thing has hardly moved


class Thumbnails(FindingsObserver):
    """Write ``events/000123-appeared-4.webp`` for each event: its peak, with a box around it.

    A private run has no such observer.

    Args:
        directory: the run folder.

    Raises:
        MissingExtraError: Pillow is not installed.
    """

    def __init__(self, directory: Path) -> None:
        webp(np.zeros((1, 1, 3), np.uint8))  # loads Pillow now, or says that it is missing
        self._folder = directory / FOLDER
        self._history = FrameHistory()
        self._best: dict[int, Shot] = {}  # by track
        self._last: float | None = None  # time of the newest shot, in seconds
        self._written = deque(sorted(path.name for path in self._folder.glob("*.webp")))

    def on_findings(self, findings: Findings, frame: Frame) -> None:
        """Keep the frame where something is in it; write a picture for each event.

        Raises:
            OSError: a picture cannot be written; the event has none.
        """
        if findings.events or (self._is_due(findings.time) and _shows_something(findings)):
            self._last = findings.time
            picture = small_picture(frame.rgb, pixel_aspect=frame.pixel_aspect)
            boxes = {track.number: track.box for track in findings.tracks}
            shot = Shot(findings.number, picture, boxes)
            self._history.add(shot)
            self._keep_best(shot)
        for event in findings.events:
            self._write(event)

    def _is_due(self, time: float) -> bool:
        return self._last is None or not 0.0 <= time - self._last < _EVERY

    def _keep_best(self, shot: Shot) -> None:
        for track, box in shot.boxes.items():
            best = self._best.get(track)
            if best is None or _area(box) > _LARGER * _area(best.boxes[track]):
                self._best[track] = shot
        while len(self._best) > _MOST_TRACKS:
            del self._best[min(self._best, key=lambda track: self._best[track].number)]

    def _write(self, event: WatchEvent) -> None:
        shot = self._shot(event)
        if shot is None:
            return
        box = _box(event, shot)
        picture = shot.picture if box is None else with_box(shot.picture, box)
        name = picture_name(event.kind, start=event.start, track=event.track)
        write_atomically(self._folder / name, webp(picture))
        if name not in self._written:
            self._written.append(name)
        while len(self._written) > MOST_FILES:
            (self._folder / self._written.popleft()).unlink(missing_ok=True)

    def _shot(self, event: WatchEvent) -> Shot | None:
        """The one nearest to the event's peak; if that is far, the one that shows most of it."""
        nearest = self._history.nearest(event.peak)
        track = _moving(event)
        best = None if track is None else self._best.get(track)
        shots = [shot for shot in (nearest, best) if shot is not None]
        near = [shot for shot in shots if _is_near(shot, event)]
        showing = [shot for shot in shots if track in shot.boxes]
        return min(
            near or showing or shots, key=lambda shot: abs(shot.number - event.peak), default=None
        )


def _shows_something(findings: Findings) -> bool:
    return bool(findings.tracks or findings.novelty.score > _RARE or findings.foreground.mask.any())


def _box(event: WatchEvent, shot: Shot) -> Box | None:
    """Where the thing is in this very picture."""
    track = _moving(event)
    if track is not None and track in shot.boxes and shot.number != event.peak:
        return shot.boxes[track]
    return event.box if _is_near(shot, event) else None


def _moving(event: WatchEvent) -> int | None:
    """The track that an event is about; what is still has that of who left it there."""
    return None if event.kind in _STILL else event.track


def _is_near(shot: Shot, event: WatchEvent) -> bool:
    """Whether what is told is where the event says in this picture, too."""
    if event.kind in _STILL:
        return event.start - _NEAR <= shot.number <= event.end + _NEAR
    return abs(shot.number - event.peak) <= _NEAR


def _area(box: Box) -> float:
    return box.width * box.height
