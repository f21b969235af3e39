"""What a watched run has told, put together for a reader: few enough to show, whatever the run.

Something that appeared and left is one sighting. Of a run of weeks the newest are kept one by one;
of all of them there is the number by kind, and how many began in each part of the run.
"""

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from stream_ae.detection.findings import Box
from stream_ae.runs.contents import is_watch_event
from stream_ae.runs.folder import Row
from stream_ae.storage.event_pictures import picture_name

NEWEST = 1000
"""Sightings that are kept one by one."""

SLOTS = 240
"""Parts of a run; three pixels or so on a wide page."""

_MOST_IN_VIEW = 64  # of more, the first is taken for one whose end was never told


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing that was seen, from its first frame to its last. Times are in seconds.

    Args:
        kind: what it was.
        start: number of its first frame.
        peak: number of the frame that shows it best.
        begin: of its first frame, on the time axis of the page.
        end: of its last one, likewise.
        clip_time: of its first frame, by the stream's own clock.
        score: how sure or how rare it is, in [0, 1].
        names: what its pictures are called, the best first.
        told: numbers of the frames with which it was told.
        box: where it was; None for the whole scene.
        zone: name of the zone that it was in.
        has_left: whether its end was told.
        is_there: whether it was still in view when the run ended.
    """

    kind: str
    start: int
    peak: int
    begin: float
    end: float
    clip_time: float
    score: float
    names: tuple[str, ...]
    told: tuple[int, ...]
    box: Box | None
    zone: str | None
    has_left: bool = False
    is_there: bool = False


class Slot(NamedTuple):
    """What began in one part of the run.

    Args:
        events: how many.
        begin: when the first of them began.
        end: when the last of them ended.
        start: number of the first frame of the last, for a link.
    """

    events: int
    begin: float
    end: float
    start: int


class Sightings:
    """All sightings of a run, in constant memory.

    Args:
        rows: the lines of ``events.jsonl``; those about the run itself are passed over.
        begin: of the run, on the time axis of the page.
        end: of the run, likewise.
        by_clock: True measures time in seconds since 1970, for a camera; False by the stream's own
            clock, for a recording.
    """

    def __init__(
        self, rows: Iterable[Row], *, begin: float, end: float, by_clock: bool = False
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.slots: dict[str, dict[int, Slot]] = {}
        self._newest: deque[Sighting] = deque(maxlen=NEWEST)
        self._in_view: OrderedDict[int, Sighting] = OrderedDict()
        self._begin, self._width = begin, max(end - begin, 1e-9) / SLOTS
        self._by_clock = by_clock
        for row in rows:
            if is_watch_event(row):
                self._add(row)
        for sighting in self._in_view.values():
            self._finish(replace(sighting, end=max(sighting.end, end), is_there=True))

    @property
    def newest(self) -> list[Sighting]:
        """The newest :data:`NEWEST`, in the order in which they began."""
        return sorted(self._newest, key=lambda sighting: (sighting.begin, sighting.start))

    @property
    def total(self) -> int:
        """How many there are in all."""
        return self.counts.total()

    def _add(self, row: Row) -> None:
        sighting, track = _sighting(row, by_clock=self._by_clock), row["track"]
        if track is None or sighting.kind not in ("appeared", "left"):
            self._finish(sighting)
        elif sighting.kind == "appeared":
            self._in_view[track] = sighting
            if len(self._in_view) > _MOST_IN_VIEW:
                self._finish(self._in_view.popitem(last=False)[1])
        else:
            appeared = self._in_view.pop(track, None)
            self._finish(sighting if appeared is None else _joined(appeared, sighting))

    def _finish(self, sighting: Sighting) -> None:
        self.counts[sighting.kind] += 1
        self._newest.append(sighting)
        index = min(max(int((sighting.begin - self._begin) / self._width), 0), SLOTS - 1)
        slots = self.slots.setdefault(sighting.kind, {})
        new = Slot(1, sighting.begin, sighting.end, sighting.start)
        old = slots.get(index)
        slots[index] = (
            new
            if old is None
            else Slot(old.events + 1, min(old.begin, new.begin), max(old.end, new.end), new.start)
        )


def _sighting(row: Row, *, by_clock: bool) -> Sighting:
    zero = row["time"] - row["end_time"] if by_clock else 0.0  # it is told as soon as it is known
    picture = picture_name(row["kind"], start=row["start"], track=row["track"])
    return Sighting(
        kind=row["kind"],
        start=row["start"],
        peak=row["peak"],
        begin=zero + row["start_time"],
        end=zero + max(row["start_time"], row["end_time"]),
        clip_time=row["start_time"],
        score=row["score"],
        names=(Path(picture).stem,),
        told=(row["step"],),
        box=None if row["box"] is None else Box(*row["box"]),
        zone=row["zone"],
    )


def _joined(appeared: Sighting, left: Sighting) -> Sighting:
    """Something that came and went; what is told at its end knows all of it."""
    return replace(
        appeared,
        end=max(appeared.end, left.end),
        peak=left.peak,
        score=max(appeared.score, left.score),
        names=(*left.names, *appeared.names),
        told=(*appeared.told, *left.told),
        box=left.box or appeared.box,
        zone=appeared.zone or left.zone,
        has_left=True,
    )
