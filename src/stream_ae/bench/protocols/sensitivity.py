"""How much a rate matters: every optimizer at rates over four orders of magnitude."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from stream_ae.bench.contestants import read_entrants
from stream_ae.bench.pool import Workers
from stream_ae.bench.protocols.in_stream import SOURCES
from stream_ae.bench.streams import check_streams, stream_name
from stream_ae.bench.summary import HEAD, Row, cell, figures_of, head_of, over_seeds
from stream_ae.bench.trial import FRAMES, SEEDS, Objective, Trial, learn
from stream_ae.errors import ConfigError
from stream_ae.sources.concat import Piece

RATES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)

OPTIMIZERS = ("bounded", "adam", "adam-0.95", "muon", "sgd", "obgd", "adaptive-obgd")
"""What is tried unless said otherwise."""

HEADER = f"{HEAD}  {'mse × 1000':>15}  {'last 50':>7}  by seed"
"""Names of the columns of :func:`as_line`."""


def bench_sensitivity(
    sources: Sequence[str] = SOURCES,
    optimizers: Sequence[str] = OPTIMIZERS,
    *,
    frames: int = FRAMES,
    repeats: int = SEEDS,
    objective: Objective = "full",
    jobs: int = 1,
) -> Iterator[Row]:
    """One row for each source, optimizer and rate of :data:`RATES`, as ``name:lr``.

    Args:
        sources: streams, by address; one that is shorter begins anew.
        optimizers: names, without rates.
        frames: of each stream.
        repeats: fresh networks for each row, seeded 0, 1, …
        objective: what training minimises.
        jobs: runs at a time; above 1 each has a process and one thread.

    Raises:
        ConfigError: an optimizer cannot be had, or a rate was given.
        SourceError: a stream cannot be opened.
    """
    check_streams(sources)
    for entrant in read_entrants(optimizers):
        if entrant.lr is not None:
            raise ConfigError(
                f"sensitivity takes names and tries rates by itself, got {entrant.text!r};"
                f" say {entrant.name}"
            )
    plan = [(source, name, lr) for source in sources for name in optimizers for lr in RATES]
    tasks = [
        partial(learn, Trial((Piece(source, 0, frames),), name, lr, seed, objective))
        for source, name, lr in plan
        for seed in range(repeats)
    ]
    with Workers(jobs) as workers:
        results = workers.each(tasks)
        for source, name, lr in plan:
            yield {
                "source": stream_name(source),
                "optimizer": f"{name}:{lr:g}",
                "frames": frames,
                "lr": lr,
                **over_seeds([figures_of(result) for result in islice(results, repeats)]),
            }


def as_line(row: Mapping[str, Any]) -> str:
    """A row for the terminal: squared errors × 1000."""
    by_seed = "  ".join(
        "diverged" if mse is None else cell(mse, 0, times=1000) for mse in row["mse_by_seed"]
    )
    if row["diverged"]:
        return f"{head_of(row)}  {'diverged':>24}  {by_seed}"
    return (
        f"{head_of(row)}  {cell(row['mse'], 7, times=1000)} ±"
        f" {cell(row['mse_spread'], 5, times=1000)}  {cell(row['last_50_mse'], 7, times=1000)}"
        f"  {by_seed}"
    )
