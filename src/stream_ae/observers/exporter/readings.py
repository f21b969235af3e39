"""The newest numbers of a run, written by its loop and read by another thread.

The loop only stores: a deque of the newest frames' numbers, counts, the time. Means are taken when
somebody asks. No lock is shared, so no reader can make the loop wait: each value is replaced at
once, and a deque and a dictionary are copied at once.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import get_args

from stream_ae.detection.findings import Findings, Kind
from stream_ae.frame import Event, EventKind, Frame
from stream_ae.learning.observer import Observer
from stream_ae.learning.running_stats import RunningMean
from stream_ae.learning.step import PARTS, Step
from stream_ae.observers.exporter.families import FAMILIES, TAGS
from stream_ae.observers.findings import FindingsObserver
from stream_ae.observers.findings_scalars import FOREGROUND, NOVELTY
from stream_ae.observers.memory import peak_rss_mib
from stream_ae.observers.window import WINDOW

STATES = ("connecting", "live", "stalled", "lost")
"""A source has given no frame yet, gives them, is silent, or is known to be gone."""

PATIENCE = 10.0
"""Seconds without a frame until a source has stalled, or five times what a frame takes."""

Sample = tuple[str, str, float]
"""A metric's name, the value of its label or nothing, and its number."""

_MIB = 2**20


def labelled(
    samples: Iterable[Sample], also: Mapping[str, str] | None = None
) -> Iterator[tuple[str, dict[str, str], float]]:
    """Metrics with their labels.

    Args:
        samples: the metrics.
        also: labels that all of them have besides.

    >>> list(labelled([("stream_ae_events_total", "cut", 3.0)], {"camera": "door"}))
    [('stream_ae_events_total', {'camera': 'door', 'kind': 'cut'}, 3.0)]
    """
    for name, value, number in samples:
        label = FAMILIES[name].label
        own = {} if label is None else {label: value}
        yield name, {**(also or {}), **own}, number


class Readings(Observer):
    """The newest numbers of a run.

    Args:
        saved_at: when the process saved its state last, by the monotonic clock; None: not yet.
        is_paused: whether somebody has paused learning.
        clock: seconds since any fixed time.
    """

    def __init__(
        self,
        saved_at: Callable[[], float | None] = lambda: None,
        *,
        is_paused: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._saved_at, self._is_paused, self._clock = saved_at, is_paused, clock
        self._recent: deque[Mapping[str, float]] = deque(maxlen=WINDOW)
        self._step = self._frames = self._learned = self._dropped = 0
        self._events: dict[str, int] = dict.fromkeys(get_args(EventKind), 0)
        self._seconds: dict[str, float] = dict.fromkeys(PARTS, 0.0)
        self._newest_at: float | None = None
        self._lost: str | None = None  # why, until the next frame
        self.found = FoundReadings(self._events)

    def on_step(self, step: Step) -> None:
        """Take the numbers of a step in."""
        self._recent.append(step.scalars())
        self._step = step.number
        self._frames += 1
        self._learned += step.update.learned
        self._dropped += step.frame.dropped
        for part, took in step.seconds.items():
            self._seconds[part] = self._seconds.get(part, 0.0) + took
        for event in step.frame.events:
            self._events[event.kind] += 1
        self._lost, self._newest_at = None, self._clock()

    def on_event(self, event: Event) -> None:
        """Take in what happened between two frames."""
        self._events[event.kind] += 1
        if event.kind == "source_lost":
            self._lost = event.text

    def trouble(self) -> str | None:
        """Why the run does not get on, in a line; None where it does."""
        if self._lost is not None:
            return f"the source is lost: {self._lost}"
        if self._newest_at is None:
            return "no frame has come yet"
        if self._is_stalled(self._newest_at):
            return f"no frame has come for {self._clock() - self._newest_at:.0f} s"
        return "learning is paused" if self._is_paused() else None

    def samples(self) -> Iterator[Sample]:
        """Every number there is, of each metric together."""
        now, newest, saved = self._clock(), self._newest_at, self._saved_at()
        state = self._state()
        yield "stream_ae_ready", "", float(self.trouble() is None)
        for each in STATES:
            yield "stream_ae_source_state", each, float(each == state)
        if newest is not None:
            yield "stream_ae_last_frame_age_seconds", "", max(0.0, now - newest)
        if saved is not None:
            yield "stream_ae_checkpoint_age_seconds", "", max(0.0, now - saved)
        yield "stream_ae_step", "", self._step
        yield "stream_ae_frames_total", "", self._frames
        yield "stream_ae_frames_learned_total", "", self._learned
        yield "stream_ae_frames_dropped_total", "", self._dropped
        for kind, count in self._events.copy().items():
            yield "stream_ae_events_total", kind, count
        for part, took in self._seconds.copy().items():
            yield "stream_ae_part_seconds_total", part, took
        frame_s = self._frame_s()
        fps = 1 / frame_s if frame_s and state == "live" else 0.0
        yield "stream_ae_frames_per_second", "", fps
        yield "stream_ae_memory_peak_bytes", "", peak_rss_mib() * _MIB
        yield from self.found.samples()
        yield from _means(self._recent)

    def _state(self) -> str:
        if self._lost is not None:
            return "lost"
        if self._newest_at is None:
            return "connecting"
        return "stalled" if self._is_stalled(self._newest_at) else "live"

    def _is_stalled(self, newest_at: float) -> bool:
        return self._clock() - newest_at > max(PATIENCE, 5 * (self._frame_s() or 0.0))

    def _frame_s(self) -> float | None:
        """Wall seconds of one of the newest frames; None where none was timed."""
        recent = self._recent.copy()
        total = sum(
            value
            for scalars in recent
            for tag, value in scalars.items()
            if tag.startswith("speed/") and tag.endswith("_ms")
        )
        return total / len(recent) / 1000 if total else None


class FoundReadings(FindingsObserver):
    """The newest numbers of what watching finds.

    Args:
        events: how often something happened, by its kind; shared with the readings of the run.
    """

    def __init__(self, events: dict[str, int]) -> None:
        self._events = events
        self._recent: deque[Mapping[str, float]] = deque(maxlen=WINDOW)
        self._tracks: int | None = None  # no frame was watched yet

    def on_findings(self, findings: Findings, frame: Frame) -> None:  # noqa: ARG002 - numbers only
        """Take the numbers of a frame in."""
        if self._tracks is None:
            self._events |= dict.fromkeys(get_args(Kind), 0)
        values = {FOREGROUND: findings.foreground.ratio, NOVELTY: findings.novelty.score}
        self._recent.append({tag: value for tag, value in values.items() if math.isfinite(value)})
        self._tracks = len(findings.tracks)
        for event in findings.events:
            self._events[event.kind] += 1

    def samples(self) -> Iterator[Sample]:
        """Every number there is; none of a run that does not watch."""
        if self._tracks is not None:
            yield "stream_ae_things_in_view", "", self._tracks
            recent = self._recent.copy()
            highest = max((scalars.get(NOVELTY, 0.0) for scalars in recent), default=0.0)
            yield "stream_ae_novelty_highest", "", highest
            yield from _means(self._recent)


def _means(recent: deque[Mapping[str, float]]) -> Iterator[Sample]:
    """The mean of each tag over the frames that have it."""
    means = {tag: RunningMean() for tag in TAGS}
    for scalars in recent.copy():
        for tag, value in scalars.items():
            if tag in means:
                means[tag].add(value)
    for tag, mean in means.items():
        if mean.value is not None:
            yield TAGS[tag], "", mean.value
