"""Every optimizer at its best: a grid of rates for those that need one, on each stream anew."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stream_ae.bench.contestants import GRIDS, Entrant, read_entrants
from stream_ae.bench.pool import Workers
from stream_ae.bench.protocols.in_stream import SOURCES
from stream_ae.bench.streams import check_streams, stream_name
from stream_ae.bench.summary import HEAD, Row, cell, figures_of, head_of, over_seeds
from stream_ae.bench.trial import FRAMES, SEEDS, Objective, Trial
from stream_ae.bench.tuning import TrialOf, tune
from stream_ae.sources.concat import Piece

OPTIMIZERS = ("bounded", *GRIDS)
"""What is compared unless said otherwise."""

HEADER = (
    f"{HEAD}  {'lr':>8}  {'mse × 1000':>15}  {'last 50':>7}  {'ssim':>5}  mse × 1000 at each rate"
)
"""Names of the columns of :func:`as_line`."""


def bench_grid(
    sources: Sequence[str] = SOURCES,
    optimizers: Sequence[str] = OPTIMIZERS,
    *,
    frames: int = FRAMES,
    repeats: int = SEEDS,
    objective: Objective = "full",
    jobs: int = 1,
) -> Iterator[Row]:
    """One row for each source and optimizer, with the rate chosen and all that were tried.

    Args:
        sources: streams, by address; one that is shorter begins anew.
        optimizers: ``name``, tried at each rate of its grid if it has one
            (:data:`~stream_ae.bench.contestants.GRIDS`), or ``name:lr``, taken as it is.
        frames: of each stream.
        repeats: fresh networks at the best rate, seeded 0, 1, …; the rates are tried on seed 0.
        objective: what training minimises.
        jobs: runs at a time; above 1 each has a process and one thread.

    Raises:
        ConfigError: an optimizer cannot be had.
        SourceError: a stream cannot be opened.
    """
    check_streams(sources)
    entrants = read_entrants(optimizers)
    with Workers(jobs) as workers:
        for source in sources:
            for entrant in entrants:
                trial_of = _trials(source, entrant, frames=frames, objective=objective)
                tuned = tune(entrant, trial_of, repeats=repeats, workers=workers)
                yield {
                    "source": stream_name(source),
                    "optimizer": entrant.text,
                    "frames": frames,
                    **tuned.row,
                    **over_seeds([figures_of(result) for result in tuned.results]),
                }


def as_line(row: Mapping[str, Any]) -> str:
    """A row for the terminal: squared errors × 1000; a star where the best rate is at an edge."""
    tried = "  ".join(
        f"{one['lr']:g}: {'diverged' if one['diverged'] else cell(one['mse'], 0, times=1000)}"
        for one in row["tried"]
    )
    if row["diverged"]:
        return f"{head_of(row)}  diverged  {tried}"
    rate = f"{row['lr']:g}{'*' if row['edge'] else ''}"
    return (
        f"{head_of(row)}  {rate:>8}  {cell(row['mse'], 7, times=1000)} ±"
        f" {cell(row['mse_spread'], 5, times=1000)}  {cell(row['last_50_mse'], 7, times=1000)}"
        f"  {cell(row['last_50_ssim'], 5, digits=3)}  {tried}"
    )


def _trials(source: str, entrant: Entrant, *, frames: int, objective: Objective) -> TrialOf:
    def trial_of(lr: float | None, seed: int) -> Trial:
        return Trial((Piece(source, 0, frames),), entrant.name, lr, seed, objective)

    return trial_of
