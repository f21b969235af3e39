"""How many frames runs learn in the time of a processor, read from what they write."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from stream_ae.bench.fleet.processes import cpu_seconds
from stream_ae.errors import StreamAEError

_LOOK_EVERY = 0.05  # seconds
_WITHIN = 600.0  # seconds for all frames, on a busy machine


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


def pace(runs: Sequence[Run], *, frames: int) -> Pace:
    """How fast runs learn that go on side by side.

    Each is measured from the first line that it writes to the one ``frames`` later.

    Raises:
        StreamAEError: they do not get that far.
    """
    begun: dict[Run, tuple[int, float, float]] = {}
    paces: dict[Run, Pace] = {}
    until = time.monotonic() + _WITHIN
    while len(paces) < len(runs):
        for run in runs:
            step = run.learned()
            if not step or run in paces:
                continue
            spent, now = cpu_seconds(run.pid), time.monotonic()
            first, cpu, since = begun.setdefault(run, (step, spent, now))
            if (count := step - first) >= frames:
                paces[run] = Pace((spent - cpu) / count, clock=count / (now - since))
        if time.monotonic() > until:
            raise StreamAEError(
                f"{len(runs)} runs should learn {frames} frames within {_WITHIN:g} s, got"
                f" {len(paces)} that did; ask for fewer --frames"
            )
        time.sleep(_LOOK_EVERY)
    return Pace(*map(fmean, zip(*paces.values(), strict=True)))
