"""A fleet on this machine: beside plain processes, how many cameras a core has time for, and what
a killed process costs.

Everything is counted in time of processors, so that it holds on a machine that has other things to
do, too, and a fleet and the processes that it is compared with have the machine in turn, five
seconds each; only the time after a kill is that of a clock.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from stream_ae.bench.fleet.pace import Pace, begun, halted, pace
from stream_ae.bench.fleet.plain import processes
from stream_ae.bench.fleet.together import Together, own_ray, together
from stream_ae.bench.rows import Row
from stream_ae.bench.table import Column, metric
from stream_ae.settings.choices import SIZE

CAMERAS = (2, 4, 8)
"""Of the fleets that are compared with as many processes."""

FRAMES = 600
"""That each camera learns while it is measured, after its first fifty."""

BUSY, QUIET = "scene:street", "scene:quiet"

RATES = (5, 10, 25)
"""Frames a second for which it is said how many cameras a core has time for."""

COLUMNS: tuple[Column, ...] = (
    metric("ms a frame", "ms", width=10),
    metric("fps a core", "fps", width=10, digits=1),
    metric("fps each", "clock", width=8, digits=1),
    metric("to plain %", "to_plain", width=10, digits=1, times=100.0),
    metric("cameras a core", "cameras", width=14, digits=1),
    metric("back s", "seconds", width=7, digits=1),
    metric("again", "again", width=6, digits=0),
)
"""Time of a core for a frame, frames that a core learns in a second, those that each camera had by
the clock, the difference of the second to as many plain processes, cameras that a core has time
for, seconds from a kill to the next learned frame, and frames that are learned again."""


def bench_fleet(
    *, cameras: Sequence[int] = CAMERAS, frames: int = FRAMES, size: str = SIZE
) -> Iterator[Row]:
    """A row for as many processes and as many cameras of a fleet; after the first, what a core has
    time for, and a kill.

    What a camera does once a second, such as its report, counts as part of its frames, so that it
    weighs the more the fewer frames a second it has.

    Args:
        cameras: of the fleets that are compared, one after the other.
        frames: that each camera learns at least while it is measured.
        size: of the network.

    Raises:
        MissingExtraError: Ray is not installed.
    """
    with tempfile.TemporaryDirectory() as folder, own_ray():
        for count in cameras:
            place = _place(folder, f"{count}")
            with together(count, source=BUSY, size=size, folder=place) as fleet:
                plain, of_fleet = _compared(fleet, count, frames=frames, size=size, folder=place)
                to_plain = plain.cpu / of_fleet.cpu - 1.0
                yield _row(BUSY, f"{count} processes", plain)
                yield {**_row(BUSY, f"fleet of {count}", of_fleet), "to_plain": to_plain}
                if count == cameras[0]:
                    yield from _rates(BUSY, of_fleet)
                    yield _of_one(fleet)
                    killed = fleet.kill_one()
                    took = {"seconds": killed.seconds, "again": killed.again}
                    yield {"source": BUSY, "method": "kill -9", **took}
            if count == cameras[0]:
                place = _place(folder, "quiet")
                with together(1, source=QUIET, size=size, folder=place) as fleet:
                    (of_fleet,) = pace(fleet.runs(), frames=frames)
                yield from _rates(QUIET, of_fleet)


def _compared(
    fleet: Together, count: int, *, frames: int, size: str, folder: Path
) -> tuple[Pace, Pace]:
    """As many plain processes, and the fleet, which have the machine in turn."""
    cameras = fleet.runs()
    begun(cameras)
    with halted(cameras), processes(count, source=BUSY, size=size, folder=folder) as plain:
        begun(plain)
        of_plain, of_fleet = pace(plain, cameras, frames=frames)
        return of_plain, of_fleet


def _rates(source: str, measured: Pace) -> Iterator[Row]:
    """How many cameras a core has time for, at each rate."""
    for rate in RATES:
        room = 1.0 / (rate * measured.cpu)
        yield {**_row(source, f"at {rate} fps", measured), "cameras": room}


def _place(folder: str, name: str) -> Path:
    (path := Path(folder) / name).mkdir()
    return path


def _row(source: str, method: str, measured: Pace) -> Row:
    return {
        "source": source,
        "method": method,
        "ms": 1000.0 * measured.cpu,
        "fps": 1.0 / measured.cpu,
        "clock": measured.clock,
    }


def _of_one(fleet: Together) -> Row:
    """What a camera takes beside the time of its core; for the file alone."""
    return {
        "source": BUSY,
        "method": "memory, reports",
        "memory": fleet.memory(),
        "report_bytes": fleet.report_bytes(),
        "hub_ms_per_report": 1000.0 * fleet.seconds_per_report(),
    }
