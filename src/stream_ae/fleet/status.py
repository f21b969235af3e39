"""What a camera tells of itself, and what is known of it meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from stream_ae.observers.event_record import EventRecord
from stream_ae.observers.exporter.readings import Sample

State = Literal["waiting", "starting", "learning", "away", "stopped", "failed"]
"""What a camera does: it waits for a machine with room, its process starts (or starts again), it
learns, its source is away, it has ended, or it cannot go on until somebody changes something."""

REPORT_EVERY = 1.0
"""Seconds from one report of a camera to the next, in a fleet that is not very large."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a camera sees, for who looks.

    Args:
        numbers: all that is said of the frame, as the page of a single run is told it.
        pictures: the panels of that page that somebody looks at, each a JPEG of 224 × 224; of a
            private camera none.
    """

    numbers: Mapping[str, object]
    pictures: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """A camera at one moment.

    Args:
        name: of the camera.
        state: what it does.
        text: why, in a line that has no secret in it; empty where there is nothing to say.
        source: its address, without a password.
        directory: its run folder.
        private: whether no picture of it may be shown; then there is none.
        frame: number of the newest frame, over all parts of the run; 0 before the first.
        fps: frames a second that its loop deals with, over the newest frames.
        novelty: of the newest frame, in [0, 1]; None where it does not watch, or knows too little.
        things: how many are in view; None where it does not watch.
        last_event: what was seen last, since its process began; None for nothing.
        sight: what it sees, at most a second old; None unless somebody looks.
        time: when this was said, in seconds since 1970.
        node: the machine that learns it; empty where none does.
        pid: of its process there; 0 where there is none.
        token: how often a process has taken up this run; each has a larger one.
        samples: its metrics, as the port of a single run has them.
    """

    name: str
    state: State
    text: str = ""
    source: str = ""
    directory: str = ""
    private: bool = False
    frame: int = 0
    fps: float = 0.0
    novelty: float | None = None
    things: int | None = None
    last_event: EventRecord | None = None
    sight: Sight | None = None
    time: float = 0.0
    node: str = ""
    pid: int = 0
    token: int = 0
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What a camera sends.

    Args:
        status: of it now.
        events: what was seen since the report before, in order.
    """

    status: CameraStatus
    events: tuple[EventRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hub says to a report.

    Args:
        panels: of the camera that somebody looks at.
        again: seconds until the next report.
        stop: whether the run shall end, with a checkpoint.
    """

    panels: tuple[str, ...] = ()
    again: float = REPORT_EVERY
    stop: bool = False


@dataclass(frozen=True, slots=True)
class NamedEvent:
    """An event of one camera of the fleet.

    Args:
        number: of all events that the hub has got, from 1.
        camera: its name.
        event: as ``events.jsonl`` has it.
    """

    number: int
    camera: str
    event: EventRecord
