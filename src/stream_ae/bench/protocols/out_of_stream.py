"""What a network has learned of a stream, shown on frames that it has not seen.

In-stream figures let learning help from frame to frame. Here it is switched off: most of a stream
is learned, the network is frozen, and the rest is scored, and so is that of every other stream.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from stream_ae.bench.contestants import read_entrants
from stream_ae.bench.pool import Workers
from stream_ae.bench.protocols.in_stream import SOURCES
from stream_ae.bench.streams import check_streams, length_of, stream_name
from stream_ae.bench.summary import HEAD, Row, cell, head_of, over_seeds
from stream_ae.bench.trial import FRAMES, SEEDS, Objective, Trial, follow, fresh, score
from stream_ae.errors import ConfigError
from stream_ae.sources.concat import Piece

LEARNED = 0.8
"""Share of the frames that is learned; the rest is held out."""

OPTIMIZERS = ("bounded", "adam:0.003", "adam:0.01")
"""What is compared unless said otherwise."""

HEADER = (
    f"{HEAD}  {'held out × 1000':>15}  {'ssim':>5}  {'in-stream':>9}  {'last 50':>7}  {'copy':>6}"
    "  other streams"
)
"""Names of the columns of :func:`as_line`."""

_LEAST = 5  # frames, so that one is held out


def bench_transfer(
    sources: Sequence[str] = SOURCES,
    optimizers: Sequence[str] = OPTIMIZERS,
    *,
    frames: int = FRAMES,
    repeats: int = SEEDS,
    objective: Objective = "full",
    jobs: int = 1,
) -> Iterator[Row]:
    """One row for each source and optimizer: the error on frames held out, without learning.

    Args:
        sources: streams, by address. Of a shorter one all its frames are taken, and none twice.
        optimizers: ``name`` or ``name:lr``.
        frames: of each stream; 80 % are learned, 20 % held out.
        repeats: fresh networks for each row, seeded 0, 1, …
        objective: what training minimises.
        jobs: runs at a time; above 1 each has a process and one thread.

    Raises:
        ConfigError: an optimizer cannot be had, or a stream is too short.
        SourceError: a stream cannot be opened.
    """
    check_streams(sources)
    entrants = read_entrants(optimizers)
    parts = {source: _parts(source, frames) for source in sources}
    plan = [(source, entrant) for source in sources for entrant in entrants]
    tasks = [
        partial(
            _measure,
            Trial((parts[source][0],), entrant.name, entrant.lr, seed, objective),
            parts[source][1],
            others=[parts[other][1] for other in sources if other != source],
        )
        for source, entrant in plan
        for seed in range(repeats)
    ]
    with Workers(jobs) as workers:
        results = workers.each(tasks)
        for source, entrant in plan:
            learned, held_out = parts[source]
            yield {
                "source": stream_name(source),
                "optimizer": entrant.text,
                "frames": learned.frames + held_out.frames,
                "frames_learned": learned.frames,
                "others": [stream_name(other) for other in sources if other != source],
                **over_seeds(list(islice(results, repeats))),
            }


def as_line(row: Mapping[str, Any]) -> str:
    """A row for the terminal: squared errors × 1000."""
    if row["diverged"]:
        return f"{head_of(row)}  diverged"
    others = "  ".join(
        f"{name} {cell(mse, 0, times=1000)}"
        for name, mse in zip(row["others"], row["others_mse"], strict=True)
    )
    return (
        f"{head_of(row)}  {cell(row['mse'], 7, times=1000)} ±"
        f" {cell(row['mse_spread'], 5, times=1000)}  {cell(row['ssim'], 5, digits=3)}"
        f"  {cell(row['in_stream_mse'], 9, times=1000)}"
        f"  {cell(row['last_50_mse'], 7, times=1000)}"
        f"  {cell(row['copy_last_frame'], 6, times=1000)}  {others}"
    )


def _parts(source: str, frames: int) -> tuple[Piece, Piece]:
    """What is learned of a stream, and what is held out."""
    length = length_of(source)
    total = frames if length is None else min(frames, length)
    if total < _LEAST:
        raise ConfigError(
            f"out-of-stream needs {_LEAST} frames or more of a stream, got {total} of"
            f" {stream_name(source)!r}; take more --frames or a longer stream"
        )
    learned = int(LEARNED * total)
    return Piece(source, 0, learned), Piece(source, learned, total - learned)


def _measure(trial: Trial, held_out: Piece, *, others: Sequence[Piece]) -> Row:
    """Learn, freeze, and score what was held out."""
    learner = fresh(trial)
    result = follow(learner, trial)
    if result.diverged:
        return {"diverged": True}
    here = score(learner, [held_out])
    elsewhere = [score(learner, [other])["mse"] for other in others]
    if here["mse"] is None or not math.isfinite(here["mse"]):
        return {"diverged": True}  # the last step did it, and no frame came after it
    return {
        "diverged": False,
        **here,
        "in_stream_mse": result.summary["mse"],
        "last_50_mse": result.summary["last_50"]["mse"],
        "last_50_ssim": result.summary["last_50"]["ssim"],
        "others_mse": elsewhere,
    }
