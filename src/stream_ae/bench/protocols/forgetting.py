"""What is left of a stream after another one was learned: A, then B, then A again."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from statistics import fmean
from typing import Any

from stream_ae.bench.contestants import read_entrants
from stream_ae.bench.pool import Workers
from stream_ae.bench.protocols.in_stream import SOURCES
from stream_ae.bench.streams import check_streams, stream_name
from stream_ae.bench.summary import HEAD, Row, cell, head_of, over_seeds
from stream_ae.bench.trial import SEEDS, TAIL, Objective, Trial, follow, fresh, score
from stream_ae.sources.concat import Piece

FRAMES = 300
"""Of each of the three parts, unless said otherwise."""

OPTIMIZERS = ("bounded", "adam:0.003", "adam:0.01")
"""What is compared unless said otherwise."""

HEADER = (
    f"{HEAD}  {'A first':>8}  {'A before':>8}  {'B':>8}  {'A frozen':>8}  {'A back':>8}"
    f"  {'A end':>8}"
)
"""Names of the columns of :func:`as_line`."""


def bench_forgetting(
    sources: Sequence[str] = SOURCES,
    optimizers: Sequence[str] = OPTIMIZERS,
    *,
    frames: int = FRAMES,
    repeats: int = SEEDS,
    objective: Objective = "full",
    jobs: int = 1,
) -> Iterator[Row]:
    """One row for each pair of neighbours in the list, the last and the first being neighbours too.

    Args:
        sources: two streams or more, by address; one that is shorter begins anew.
        optimizers: ``name`` or ``name:lr``.
        frames: of each part; A's second part goes on where its first one ended.
        repeats: fresh networks for each row, seeded 0, 1, …
        objective: what training minimises.
        jobs: runs at a time; above 1 each has a process and one thread.

    Raises:
        ConfigError: an optimizer cannot be had, or there is one stream only.
        SourceError: a stream cannot be opened.
    """
    check_streams(sources, least=2)
    entrants = read_entrants(optimizers)
    pairs = zip(sources, [*sources[1:], sources[0]], strict=True)
    plan = [(pair, entrant) for pair in pairs for entrant in entrants]
    tasks = [
        partial(
            _measure,
            Trial(_there_and_back(*pair, frames), entrant.name, entrant.lr, seed, objective),
        )
        for pair, entrant in plan
        for seed in range(repeats)
    ]
    with Workers(jobs) as workers:
        results = workers.each(tasks)
        for pair, entrant in plan:
            yield {
                "source": " → ".join(map(stream_name, pair)),
                "optimizer": entrant.text,
                "frames": frames,
                **over_seeds(list(islice(results, repeats))),
            }


def as_line(row: Mapping[str, Any]) -> str:
    """A row for the terminal: squared errors × 1000."""
    if row["diverged"]:
        return f"{head_of(row)}  diverged"
    keys = ("first_mse", "before_mse", "other_mse", "frozen_mse", "back_mse", "last_50_mse")
    return f"{head_of(row)}  {'  '.join(cell(row[key], 8, times=1000) for key in keys)}"


def _there_and_back(here: str, there: str, frames: int) -> tuple[Piece, ...]:
    return (Piece(here, 0, frames), Piece(there, 0, frames), Piece(here, frames, frames))


def _measure(trial: Trial) -> Row:
    """Learn A and B, look at A without learning, then learn it again."""
    here, there, again = trial.pieces
    tail = min(TAIL, here.frames)
    learner = fresh(trial)
    first = follow(learner, trial, frames=here.frames)
    if first.diverged:
        return {"diverged": True}
    other = follow(learner, trial, frames=here.frames + there.frames)
    if other.diverged:
        return {"diverged": True}
    frozen = score(learner, [Piece(again.address, again.start, tail)])
    back = follow(learner, trial)
    if back.diverged:
        return {"diverged": True}
    return {
        "diverged": False,
        "mse": fmean(first.mse + other.mse + back.mse),
        "first_mse": fmean(first.mse[:tail]),
        "before_mse": fmean(first.mse[-tail:]),
        "other_mse": fmean(other.mse[-tail:]),
        "frozen_mse": frozen["mse"],
        "back_mse": fmean(back.mse[:tail]),
        "last_50_mse": fmean(back.mse[-tail:]),
        "last_50_ssim": back.summary["last_50"]["ssim"],
    }
