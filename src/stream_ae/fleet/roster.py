"""What a fleet's hub knows: its cameras, who waits, what each told last, and what happened."""

import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from stream_ae.fleet.capacity import admitted, check_room
from stream_ae.fleet.difference import Difference
from stream_ae.fleet.spec import CameraSpec
from stream_ae.fleet.status import REPORT_EVERY, Answer, CameraStatus, NamedEvent, Report, State

MOST_REPORTS = 200
"""Reports a second, about a third of what the hub's process can take; where there are more cameras,
each tells how it stands less often."""

MISSED = 5
"""Reports that did not come after which a camera's process counts as gone; Ray starts it again."""

LOOKS_FOR = 5.0
"""Seconds for which pictures are sent after somebody looked."""

KEPT_EVENTS = 1000
"""Newest events of all cameras that can be asked for."""


class Roster:
    """The cameras of a fleet.

    Args:
        clock: seconds since any fixed time.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.specs: dict[str, CameraSpec] = {}
        self.running: set[str] = set()
        """Names of those that have an actor; of the others some wait, some have ended."""
        self.ended: dict[str, CameraStatus] = {}
        """How those stood that have ended by themselves."""
        self._told: dict[str, CameraStatus] = {}
        self._told_at: dict[str, float] = {}
        self._stops: dict[str, int] = {}
        """Who shall end: the number of its process, by the name of the camera; 0 is any."""
        self._events: deque[NamedEvent] = deque(maxlen=KEPT_EVENTS)
        self._number = 0
        self._looked_at: dict[str, dict[str, float]] = {}
        """When somebody looked at a panel of a camera, by both their names."""

    def check_room(self, change: Difference, *, free: float) -> None:
        """See that there is room for a change.

        Args:
            change: what shall be done.
            free: cores that nobody has.

        Raises:
            ConfigError: there is not.
        """
        leaves = [*change.stop, *(spec.name for spec in change.restart)]
        back = sum(self.specs[name].cpus for name in leaves if name in self.running)
        check_room([*self.waiting, *change.start, *change.restart], free=free + back)

    @property
    def waiting(self) -> list[CameraSpec]:
        """Those that wait for room, in the order in which they came."""
        return [
            spec
            for name, spec in self.specs.items()
            if name not in self.running and name not in self.ended
        ]

    def admitted(self, *, free: float) -> list[CameraSpec]:
        """Those that need no longer wait."""
        return admitted(self.waiting, free=free)

    def add(self, spec: CameraSpec) -> None:
        """Take a camera in, or another form of one; it waits."""
        self.forget(spec.name)
        self.specs[spec.name] = spec

    def answers(self, name: str) -> bool:
        """Whether a camera has told something not long ago."""
        is_told = name in self._told and bool(self._told[name].directory)
        return is_told and self._clock() - self._told_at[name] <= self._patience

    def silent(self) -> list[str]:
        """The names of those that have an actor and have told nothing for a while."""
        oldest = self._clock() - self._patience
        return sorted(name for name in self.running if self._told_at[name] < oldest)

    def token(self, name: str) -> int:
        """The number of the process that learns a camera; 0 where none has told it."""
        return self._told[name].token if name in self._told else 0

    def begin(self, name: str) -> None:
        """A camera has an actor from now on."""
        self.running.add(name)
        if not self._stops.get(name):  # who had no number; else nobody who comes after is meant
            self._stops.pop(name, None)
        self._told_at[name] = self._clock()
        self._told[name] = CameraStatus(name, "starting")

    def stop(self, name: str) -> None:
        """Let the process that learns a camera now end: it is told with its next report."""
        self._stops[name] = self.token(name)

    def ends_unasked(self, name: str) -> bool:
        """Whether a camera has an actor and was told to end, but not by this hub."""
        told = self._told.get(name)
        is_over = told is not None and told.state == "stopped" and name in self.running
        return is_over and self.token(name) > self._stops.get(name, 0)

    def end(self, status: CameraStatus) -> None:
        """A camera has ended by itself, and has no actor any longer."""
        self.running.discard(status.name)
        self.ended[status.name] = status

    def forget(self, name: str) -> None:
        """A camera is no longer there."""
        self.running.discard(name)
        of_it = (self.specs, self.ended, self._told, self._told_at, self._stops, self._looked_at)
        for known in of_it:
            known.pop(name, None)

    @property
    def pace(self) -> float:
        """Seconds from one report of a camera to its next, while nobody looks at it."""
        return max(REPORT_EVERY, len(self.running) / MOST_REPORTS)

    def take(self, report: Report) -> Answer:
        """Take a report in; gives what its camera is answered."""
        status = report.status
        name = status.name
        known = self._told.get(name)
        if name in self.running and (known is None or status.token >= known.token):
            self._told_at[name] = self._clock()
            samples = status.samples or (known.samples if known is not None else ())
            self._told[name] = replace(status, samples=samples)
            for event in report.events:
                self._number += 1
                self._events.append(NamedEvent(self._number, name, event))
        oldest = self._clock() - LOOKS_FOR
        looked = self._looked_at.get(name, {})
        panels = tuple(panel for panel, looked_at in looked.items() if looked_at > oldest)
        again = REPORT_EVERY if panels else self.pace
        return Answer(panels, again=again, stop=self._shall_end(name, status.token))

    def look(self, panels: Mapping[str, Collection[str]]) -> list[CameraStatus]:
        """Every camera as it stands, in the order of the file.

        Args:
            panels: that somebody looks at, by the name of the camera; it sends them for the next
                few seconds. What others see is not in the answer.
        """
        now = self._clock()
        for name in panels.keys() & self.specs.keys():
            self._looked_at.setdefault(name, {}).update(dict.fromkeys(panels[name], now))
        return [self._seen(self._status(spec), panels) for spec in self.specs.values()]

    def _shall_end(self, name: str, token: int) -> bool:
        """Whether that process shall; who waits to follow it has no number yet."""
        if name not in self._stops:
            return False
        last = self._stops[name]
        return not last or 0 < token <= last

    def _seen(self, status: CameraStatus, panels: Mapping[str, Collection[str]]) -> CameraStatus:
        if status.sight is None:
            return status
        if status.name not in panels:
            return replace(status, sight=None)
        pictures = {n: p for n, p in status.sight.pictures.items() if n in panels[status.name]}
        return replace(status, sight=replace(status.sight, pictures=pictures))

    def events(self, after: int) -> list[NamedEvent]:
        """The events after one of that number, of all cameras; the oldest are forgotten."""
        return [event for event in self._events if event.number > after]

    def _status(self, spec: CameraSpec) -> CameraStatus:
        name = spec.name
        if name in self.ended:
            return self.ended[name]
        if name not in self.running:
            return self._plain(spec, "waiting", f"for {spec.cpus:g} of a core")
        silent = self._clock() - self._told_at[name]
        told = self._told[name]
        if silent <= self._patience:
            return told
        text = f"no sign of life for {silent:.0f} s; its process starts, or waits for a machine"
        if not told.directory:
            return self._plain(spec, "starting", text)
        return replace(told, state="starting", text=text, fps=0.0, sight=None)

    @property
    def _patience(self) -> float:
        return MISSED * self.pace

    def _plain(self, spec: CameraSpec, state: State, text: str) -> CameraStatus:
        private = spec.options.get("private") is True
        return CameraStatus(spec.name, state, text, directory=str(spec.directory), private=private)
