"""An optimizer at its best rate: every rate of its grid on one seed, the best on all seeds.

A comparison with an optimizer whose rate was not looked for says nothing. This looks, and says
where it looked: a best rate at the edge of its grid might not be the best there is.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from stream_ae.bench.contestants import Entrant
from stream_ae.bench.pool import Workers
from stream_ae.bench.summary import Row
from stream_ae.bench.trial import Result, Trial, learn

TrialOf = Callable[[float | None, int], Trial]
"""The trial of a rate and a seed."""


class Tuned(NamedTuple):
    """The outcome of a search.

    Args:
        row: ``lr``, the rate chosen; ``edge``, whether it is the lowest or the highest of its grid;
            ``tried``, the figures of all rates on seed 0.
        results: the runs at that rate, by seed; where no rate stayed finite, one that did not.
    """

    row: Row
    results: list[Result]


def tune(entrant: Entrant, trial_of: TrialOf, *, repeats: int, workers: Workers) -> Tuned:
    """Find the rate with the least mean squared error on seed 0, and measure it on all seeds.

    Args:
        entrant: with one rate, it is taken as it is.
        trial_of: the trial of a rate and a seed.
        repeats: seeds in all.
        workers: who measure.

    Raises:
        SourceError: the stream cannot be read.
    """
    trials = [trial_of(rate, 0) for rate in entrant.rates]
    first = list(workers.each(partial(learn, trial) for trial in trials))
    tried = [_tried(result) for result in first]
    sound = [result for result in first if not result.diverged]
    if not sound:
        return Tuned({"lr": None, "edge": False, "tried": tried}, first[:1])
    best = min(sound, key=lambda result: float(result.summary["mse"]))
    others = [trial_of(best.trial.lr, seed) for seed in range(1, repeats)]
    results = [best, *workers.each(partial(learn, trial) for trial in others)]
    row = {"lr": _rate(best), "edge": _is_edge(best, first), "tried": tried}
    return Tuned(row, results)


def _tried(result: Result) -> Row:
    row: Row = {"lr": _rate(result), "diverged": result.diverged}
    if not result.diverged:
        row["mse"] = result.summary["mse"]
        row["last_50_mse"] = result.summary["last_50"]["mse"]
        row["last_50_ssim"] = result.summary["last_50"]["ssim"]
    return row


def _rate(result: Result) -> float:
    """The rate that was in force, the optimizer's own where none was given."""
    return float(result.summary["optimizer"]["lr"])


def _is_edge(best: Result, tried: Sequence[Result]) -> bool:
    rates = [_rate(result) for result in tried]
    return len(rates) > 1 and _rate(best) in (min(rates), max(rates))
