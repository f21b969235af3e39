"""How many frames runs learn in the time of a processor, read from what they write.

Sets of runs that are compared have the machine in turn, so that whatever else it does weighs on all
of them alike.
"""

import json
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from stream_ae.bench.fleet.processes import cpu_seconds
from stream_ae.errors import StreamAEError

_TURN = 5.0  # seconds
_LOOK_EVERY = 0.02  # seconds
_WITHIN = 900.0  # seconds for all frames of all sets, on a busy machine


@dataclass(frozen=True, slots=True)
class Run:
    """A run that goes on.

    Args:
        pid: of its process.
        directory: its run folder.
    """

    pid: int
    directory: Path

    def learned(self) -> int:
        """The newest frame that it has written down, one in fifty."""
        try:
            lines = (self.directory / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
            return int(json.loads(lines[-1])["step"])
        except (FileNotFoundError, IndexError, ValueError):  # not yet, or half a line
            return 0


class Pace(NamedTuple):
    """How fast runs learn, the mean over them.

    Args:
        cpu: seconds of a processor for one frame.
        clock: frames a second of each, as the machine had time for them.
    """

    cpu: float
    clock: float


class _Mark(NamedTuple):
    """A line that was written: its frame, and the seconds of a processor and of a turn so far."""

    frame: int
    cpu: float
    clock: float


class _Meter:
    """What a run takes from the next line that it writes to the newest."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._begin = run.learned()  # some time ago
        self._marks: list[_Mark] = []  # the first and the newest

    @property
    def frames(self) -> int:
        return self._marks[-1].frame - self._marks[0].frame if self._marks else 0

    def look(self, clock: float) -> None:
        """See whether there is a new line, after that many seconds of its turns."""
        frame = self._run.learned()
        if frame > (self._marks[-1].frame if self._marks else self._begin):
            newest = _Mark(frame, cpu_seconds(self._run.pid), clock)
            self._marks = [*self._marks[:1], newest]

    def pace(self) -> Pace:
        first, newest = self._marks
        cpu, clock = newest.cpu - first.cpu, newest.clock - first.clock
        return Pace(cpu / self.frames, clock=self.frames / clock)


def begun(runs: Sequence[Run]) -> None:
    """Wait until each has written a line.

    Raises:
        StreamAEError: they do not get that far.
    """
    until = time.monotonic() + _WITHIN
    while begin := [run for run in runs if not run.learned()]:
        if time.monotonic() > until:
            raise StreamAEError(_too_slow(len(runs), "write a line", done=len(runs) - len(begin)))
        time.sleep(_LOOK_EVERY)


@contextmanager
def halted(runs: Sequence[Run]) -> Iterator[None]:
    """A ``with`` block in which they stand still."""
    _signal(runs, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(runs, signal.SIGCONT)


def pace(*sets: Sequence[Run], frames: int) -> list[Pace]:
    """How fast each set of runs learns, while the others stand still; all go on afterwards.

    Each run is measured from the next line that it writes to one at least ``frames`` later.

    Raises:
        StreamAEError: they do not get that far.
    """
    meters = [[_Meter(run) for run in runs] for runs in sets]
    until, clock = time.monotonic() + _WITHIN, 0.0
    with ExitStack() as stand_still:
        for runs in sets:
            stand_still.enter_context(halted(runs))
        while begin := [each for of_set in meters for each in of_set if each.frames < frames]:
            if time.monotonic() > until:
                count = sum(map(len, sets))
                raise StreamAEError(
                    _too_slow(count, f"learn {frames} frames", done=count - len(begin))
                    + "; ask for fewer --frames"
                )
            for runs, of_set in zip(sets, meters, strict=True):
                _signal(runs, signal.SIGCONT)
                _take_turn(of_set, clock)
                _signal(runs, signal.SIGSTOP)
            clock += _TURN
    return [
        Pace(*map(fmean, zip(*(each.pace() for each in of_set), strict=True))) for of_set in meters
    ]


def _take_turn(meters: Sequence[_Meter], clock: float) -> None:
    began = time.monotonic()
    while (took := time.monotonic() - began) < _TURN:
        for meter in meters:
            meter.look(clock + took)
        time.sleep(_LOOK_EVERY)


def _signal(runs: Sequence[Run], number: signal.Signals) -> None:
    for run in runs:
        os.kill(run.pid, number)


def _too_slow(count: int, what: str, *, done: int) -> str:
    return f"{count} runs should {what} within {_WITHIN:g} s, got {done} that did"
