"""An optimizer at its best rate: every rate of its grid on one seed, the best on all seeds.

A comparison with an optimizer whose rate was not looked for says nothing. This looks, and says
where it looked: a best rate at the edge of its grid might not be the best there is.
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from stream_ae.bench.contestants import Contestant
from stream_ae.bench.over_seeds import metrics_of, without
from stream_ae.bench.protocol import Settings, Task
from stream_ae.bench.rows import Row, diverged, maybe, number, section, sections
from stream_ae.bench.table import Column, cell
from stream_ae.bench.trial import Result, Trial, learn
from stream_ae.sources.concat import Piece

LR = "lr"
"""The rate that was in force, in the row of a run."""


class Tuned(NamedTuple):
    """The outcome of a search.

    Args:
        row: ``lr``, the rate chosen; ``edge``, whether it is the lowest or the highest of its grid;
            ``tried``, what came of all rates on seed 0.
        runs: those at that rate, by seed; where no rate stayed finite, one that did not.
        trial: that of seed 0 at that rate; None where no rate stayed finite.
    """

    row: Row
    runs: list[Row]
    trial: Trial | None


def tune(
    contestant: Contestant,
    pieces: tuple[Piece, ...],
    *,
    settings: Settings,
    run: Callable[[Trial], Row],
) -> Generator[Iterable[Task], Sequence[Row], Tuned]:
    """Find the rate with the least mean squared error on seed 0, and measure it on all seeds.

    Args:
        contestant: with one rate, it is taken as it is.
        pieces: the stream.
        settings: of the benchmark, for seeds and objective.
        run: measures a trial; its row has ``lr``, as that of :func:`run_at_rate`.
    """
    first, *others = settings.trials(pieces, contestant)
    trials = [replace(first, lr=rate) for rate in contestant.rates]
    tried = yield [partial(run, trial) for trial in trials]
    sound = [place for place, row in enumerate(tried) if not diverged(row)]
    listed = [_tried(row) for row in tried]
    if not sound:
        return Tuned({LR: None, "edge": False, "tried": listed}, [without(tried[0], LR)], None)
    best = min(sound, key=lambda place: number(tried[place], "mse"))
    again = [replace(trial, lr=trials[best].lr) for trial in others]
    runs = [tried[best], *(yield [partial(run, trial) for trial in again])]
    row: Row = {LR: number(tried[best], LR), "edge": _is_edge(best, tried), "tried": listed}
    return Tuned(row, [without(each, LR) for each in runs], trials[best])


def run_at_rate(trial: Trial) -> Row:
    """Learn the stream of a trial: its metrics, and the rate that was in force."""
    result = learn(trial)
    return {LR: rate_of(result), **metrics_of(result)}


def rate_of(result: Result) -> float:
    """The rate that was in force, the optimizer's own where none was given."""
    return number(section(result.summary, "optimizer"), LR)


def _shown_rate(row: Row) -> str:
    return f"{number(row, LR):g}{'*' if row['edge'] else ''}"


def _shown_tries(row: Row) -> str:
    return "  ".join(
        f"{number(one, LR):g}:"
        f" {'diverged' if one['diverged'] else cell(maybe(one, 'mse'), times=1000)}"
        for one in sections(row, "tried")
    )


def _tried(run: Row) -> Row:
    keys = ("mse", "last_50_mse", "last_50_ssim")
    row: Row = {LR: number(run, LR), "diverged": diverged(run)}
    return row if diverged(run) else {**row, **{key: number(run, key) for key in keys}}


def _is_edge(best: int, tried: Sequence[Row]) -> bool:
    rates = [number(row, LR) for row in tried]
    return len(rates) > 1 and rates[best] in (min(rates), max(rates))


RATE = Column("lr", _shown_rate, 8)
"""The rate chosen; a star where it is at an edge of the grid."""

TRIES = Column("mse × 1000 at each rate", _shown_tries, always=True)
"""Every rate that was tried with its mean squared error × 1000."""
