"""A fleet of thousands of cameras over a year, simulated: how long cameras are away, and what is
lost.

The fleet as it is assumed, and the same with one thing otherwise in each row.
"""

from collections.abc import Iterator
from dataclasses import asdict, replace

from stream_ae.bench.fleet.assumptions import YEAR, Assumptions
from stream_ae.bench.fleet.simulation import simulate
from stream_ae.bench.rows import Row
from stream_ae.bench.table import Column, metric

CAMERAS = 10_000
"""In the fleet."""

DAYS = 365
"""That are simulated."""

COLUMNS: tuple[Column, ...] = (
    metric("available %", "availability", width=11, digits=4, times=100.0),
    metric("outages", "outages", width=8, digits=0),
    metric("median s", "median", width=8, digits=1),
    metric("p99 s", "p99", width=8, digits=1),
    metric("longest s", "longest", width=9, digits=0),
    metric("unseen /M", "unseen", width=9, digits=1),
    metric("again /M", "again", width=8, digits=1),
)
"""Share of the time that a camera learns, how often one is lost, the time until it learns again,
and of a million frames those that nobody saw and those whose learning was lost."""


def bench_outages(*, cameras: int = CAMERAS, days: int = DAYS, seed: int = 0) -> Iterator[Row]:
    """A row for the fleet as it is assumed, and one for each thing that is otherwise.

    Args:
        cameras: in the fleet.
        days: that are simulated.
        seed: of all that is random.

    Raises:
        MissingExtraError: SimPy is not installed.
    """
    usual = Assumptions(cameras=cameras, seconds=days * YEAR / 365)
    fleets = {
        "as it is": usual,
        "noticed in 5 s": replace(usual, machine_noticed=5.0),
        "all states at once": replace(usual, are_spread=False),
        "one start at a time": replace(usual, starts_at_once=1),
        "no spare machine": replace(usual, spare=0.0),
        "head is not kept": replace(usual, is_head_kept=False),
    }
    for name, about in fleets.items():
        outcome = asdict(simulate(about, seed=seed))
        away = {key: outcome[key] if outcome["outages"] else None for key in _TIMES}
        shown = f"{cameras:,} cameras, {days} days"
        yield {"source": shown, "method": name, **outcome, **away, "assumptions": asdict(about)}


_TIMES = ("median", "p99", "longest")  # do not exist without an outage
