"""What a run tells of itself to its fleet: kept by the loop, fetched once a second by another.

The loop only stores. Pictures are copied for who looks, at most once a second, and encoded by the
other thread.
"""

import math
import time
from collections import deque
from collections.abc import Collection
from importlib.util import find_spec
from typing import NamedTuple

from stream_ae.detection.findings import Findings
from stream_ae.errors import MissingExtraError
from stream_ae.fleet.status import REPORT_EVERY, CameraStatus, Sight, State
from stream_ae.frame import Event, Frame
from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.observers.event_record import EventRecord, event_record
from stream_ae.observers.exporter.pages import Saves
from stream_ae.observers.exporter.readings import Readings, Sample
from stream_ae.observers.findings import FindingsObserver
from stream_ae.runs.begun import Begun
from stream_ae.web.frame_view import Arrays, frame_arrays, frame_numbers
from stream_ae.web.painting import Painter

_MOST_EVENTS = 1000  # that wait for a hub that is away; the run folder has all of them
_METRICS_EVERY = 5.0  # seconds: a scrape is no more often


class _Seen(NamedTuple):
    """A frame that somebody looks at, not yet painted."""

    numbers: dict[str, object]
    arrays: Arrays
    panels: frozenset[str]


class Reporter(Observer, FindingsObserver):
    """The newest of a run.

    Args:
        begun: the run.
        saves: what saves it.

    Raises:
        MissingExtraError: Pillow is not installed.
    """

    part = "report"

    def __init__(self, begun: Begun, saves: Saves) -> None:
        if find_spec("PIL") is None:
            raise MissingExtraError("Pillow", purpose="a camera of a fleet", extra="fleet")
        self._private, self._source = begun.config.private, begun.source
        self._is_stretched = begun.config.fit == "stretch"
        self._painter = Painter()
        self._saves = saves
        self.readings = Readings(lambda: saves.saved_at)
        self._times: deque[float] = deque(maxlen=50)
        self._frame = begun.learner.frames
        self._novelty: float | None = None
        self._things: int | None = None
        self._events: deque[EventRecord] = deque(maxlen=_MOST_EVENTS)
        self._last_event: EventRecord | None = None
        self._lost: str | None = None
        self._wanted: frozenset[str] = frozenset()
        self._seen: _Seen | None = None
        self._seen_at = -math.inf
        self._findings: Findings | None = None
        self._sampled_at = -math.inf

    def stop(self) -> None:
        """End the run after its current frame."""
        self._source.stop()

    def on_findings(self, findings: Findings, frame: Frame) -> None:
        """Take in what was found in a frame."""
        self.readings.found.on_findings(findings, frame)
        score = float(findings.novelty.score)
        self._novelty = score if math.isfinite(score) else None
        self._things = len(findings.tracks)
        self._findings = findings
        now = time.time()
        for event in findings.events:
            self._last_event = event_record(event, step=findings.number, now=now)
            self._events.append(self._last_event)

    def on_step(self, step: Step) -> None:
        """Take a step in, and its pictures where somebody looks."""
        self.readings.on_step(step)
        now = time.monotonic()
        self._times.append(now)
        self._frame, self._lost = step.number, None
        if (panels := self._wanted) and now - self._seen_at >= REPORT_EVERY:
            self._seen, self._seen_at = self._sight_of(step, panels), now

    def on_event(self, event: Event) -> None:
        """Take in that the source was lost."""
        self.readings.on_event(event)
        if event.kind == "source_lost":
            self._lost = event.text

    def look(self, panels: Collection[str]) -> None:
        """Say which panels somebody looks at; those of a private run are never given."""
        self._wanted = frozenset(panels)
        if not panels:
            self._seen = None

    def status(self, name: str) -> CameraStatus:
        """The run as it stands, as a camera of that name; for a thread beside the loop's."""
        trouble = self.readings.trouble()
        is_away = trouble is not None and bool(self._times)
        return CameraStatus(
            name,
            "away" if is_away or self._lost is not None else self._begun_state(),
            text=trouble or self._saves.failure,
            frame=self._frame,
            fps=0.0 if is_away else self._fps(),
            novelty=self._novelty,
            things=self._things,
            last_event=self._last_event,
            sight=self._sight(),
            samples=self._samples(),
        )

    def untold(self) -> tuple[EventRecord, ...]:
        """What was seen and not yet told, in order."""
        return tuple(self._events)

    def told(self, count: int) -> None:
        """Forget that many of what was seen."""
        for _ in range(count):
            self._events.popleft()

    def _sight_of(self, step: Step, panels: frozenset[str]) -> _Seen:
        """Copy what somebody looks at."""
        findings, private = self._findings, self._private
        numbers = frame_numbers(step, findings, is_stretched=self._is_stretched, private=private)
        arrays = {} if private else frame_arrays(step, findings, panels=panels)
        copies = {name: array.copy() for name, array in arrays.items()}  # the loop goes on
        return _Seen(numbers, copies, panels)

    def _sight(self) -> Sight | None:
        """Paint what was copied last."""
        if (seen := self._seen) is None:
            return None
        painted = {name: self._painter.paint(seen.arrays, name) for name in sorted(seen.panels)}
        pictures = {name: panel[0] for name, panel in painted.items() if panel is not None}
        return Sight(seen.numbers, pictures)

    def _begun_state(self) -> State:
        return "learning" if self._times else "starting"

    def _fps(self) -> float:
        times = list(self._times)
        if len(times) < 2 or times[-1] <= times[0]:
            return 0.0
        return (len(times) - 1) / (times[-1] - times[0])

    def _samples(self) -> tuple[Sample, ...]:
        """The metrics, every few seconds only: means of fifty frames change slowly."""
        now = time.monotonic()
        if now - self._sampled_at < _METRICS_EVERY:
            return ()
        self._sampled_at = now
        return tuple(self.readings.samples())
