"""Whether a network that has learned much still learns fast.

It may not: Dohare et al. 2024, "Loss of plasticity in deep continual learning". A stream cuts from
scene to scene twenty times. On each, the network that has seen all before is compared with one that
has seen nothing: which needs fewer frames to get to twice the error that it ends at?
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from statistics import fmean, median
from typing import Any

from stream_ae.bench.contestants import read_entrants
from stream_ae.bench.pool import Workers
from stream_ae.bench.streams import (
    MANY,
    SEGMENT,
    check_streams,
    pieces_of,
    scenes_of,
    stream_name,
)
from stream_ae.bench.summary import (
    HEAD,
    Row,
    cell,
    figures_of,
    head_of,
    mean_of,
    over_seeds,
)
from stream_ae.bench.trial import SEEDS, TAIL, Objective, Result, Trial, learn
from stream_ae.errors import ConfigError

CUTS = 20
"""Cuts of the stream, unless said otherwise."""

OPTIMIZERS = ("bounded",)
"""What is measured unless said otherwise."""

HEADER = f"{HEAD}  {'mse × 1000':>10}  {'median ratio':>12}  {'final':>6}  ratio after each cut"
"""Names of the columns of :func:`as_line`."""


def bench_plasticity(
    sources: Sequence[str] = (MANY,),
    optimizers: Sequence[str] = OPTIMIZERS,
    *,
    frames: int | None = None,
    repeats: int = SEEDS,
    objective: Objective = "full",
    jobs: int = 1,
    segment: int = SEGMENT,
) -> Iterator[Row]:
    """One row for each optimizer, over all sources together.

    Args:
        sources: streams, by address, each a scene; ``scene:cuts`` is ten.
        optimizers: ``name`` or ``name:lr``.
        frames: of the whole; None for 20 cuts.
        repeats: networks, seeded 0, 1, …; each is compared with fresh ones of its seed.
        objective: what training minimises.
        jobs: runs at a time; above 1 each has a process and one thread.
        segment: frames from cut to cut.

    Raises:
        ConfigError: an optimizer cannot be had, or there is no cut.
        SourceError: a stream cannot be opened.
    """
    check_streams(sources)
    entrants = read_entrants(optimizers)
    total = (CUTS + 1) * segment if frames is None else frames
    pieces = pieces_of(scenes_of(sources, segment=segment), frames=total, segment=segment)
    if len(pieces) < 2:
        raise ConfigError(
            f"plasticity needs a cut, so more than {segment} frames, got {total};"
            " take more --frames"
        )
    streams = [pieces, *((piece,) for piece in pieces)]
    tasks = [
        partial(learn, Trial(stream, entrant.name, entrant.lr, seed, objective))
        for entrant in entrants
        for seed in range(repeats)
        for stream in streams
    ]
    with Workers(jobs) as workers:
        results = workers.each(tasks)
        for entrant in entrants:
            runs = [list(islice(results, len(streams))) for _ in range(repeats)]
            row = over_seeds([_figures(whole, alone) for whole, *alone in runs])
            yield {
                "source": " + ".join(map(stream_name, sources)),
                "optimizer": entrant.text,
                "frames": total,
                "segment": segment,
                **row,
                **({} if row["diverged"] else _ratios(row)),
            }


def as_line(row: Mapping[str, Any]) -> str:
    """A row for the terminal: squared errors × 1000, then ratios to a fresh network."""
    if row["diverged"]:
        return f"{head_of(row)}  diverged"
    ratios = " ".join(cell(ratio, 0, digits=1) for ratio in row["ratios"])
    return (
        f"{head_of(row)}  {cell(row['mse'], 10, times=1000)}  {cell(row['ratio'], 12)}"
        f"  {cell(row['final_ratio'], 6)}  {ratios}"
    )


def frames_needed(mse: Sequence[float]) -> int:
    """Frames until the error is at most twice what it is at the end (mean of the last 50).

    >>> frames_needed([9.0, 4.0, 2.0] + 50 * [1.0])
    3
    """
    level = 2.0 * fmean(mse[-TAIL:])
    return next(number for number, error in enumerate(mse, 1) if error <= level)


def _figures(whole: Result, alone: Sequence[Result]) -> Row:
    """What one seed gives: of each scene, how many frames were needed and where it ended."""
    if whole.diverged or any(result.diverged for result in alone):
        return {"diverged": True}
    parts: list[list[float]] = []
    for piece in whole.trial.pieces:
        began = sum(map(len, parts))
        parts.append(whole.mse[began : began + piece.frames])
    row = figures_of(whole)
    del row["curve"]
    return {
        **row,
        "needed": [frames_needed(part) for part in parts],
        "needed_fresh": [frames_needed(result.mse) for result in alone],
        "final_mse": [mean_of(part[-TAIL:]) for part in parts],
        "final_mse_fresh": [mean_of(result.mse[-TAIL:]) for result in alone],
    }


def _ratios(row: Row) -> Row:
    """The continuing network over the fresh ones; on the first scene they are the same network."""
    needed, final = (
        [ours / fresh for ours, fresh in zip(row[key], row[f"{key}_fresh"], strict=True)][1:]
        for key in ("needed", "final_mse")
    )
    return {"ratios": needed, "ratio": median(needed), "final_ratio": median(final)}
