"""How well a stream is learned in one pass: prequential figures, over seeds, of all who take part.

Every row is a fresh network that sees the first frames of a stream once, or a baseline on the same
frames: what an optimizer is worth shows only beside what needs no learning.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from stream_ae.bench.baselines import predictors as baselines
from stream_ae.bench.baselines.score import SEEDED, score_baseline
from stream_ae.bench.contestants import Entrant, read_entrants
from stream_ae.bench.pool import Workers
from stream_ae.bench.streams import check_streams, stream_name
from stream_ae.bench.summary import HEAD, Row, cell, figures_of, head_of, over_seeds
from stream_ae.bench.trial import FRAMES, SEEDS, Objective, Trial, learn
from stream_ae.sources.concat import Piece

SOURCES = ("scene:street", "scene:cuts")
"""The streams that need no file."""

OPTIMIZERS = ("bounded", "adam:0.003", "adam:0.01", "muon", "sgd:0.3", "obgd", "adaptive-obgd")
"""The optimizers that are compared, beside all baselines, unless said otherwise."""

HEADER = (
    f"{HEAD}  {'mse × 1000':>15}  {'last 50':>7}  {'detail':>7}  {'ssim':>5}  {'updates':>7}"
    f"  {'overshoot':>9}  {'fps':>5}"
)
"""Names of the columns of :func:`as_line`; detail and ssim are of the last 50 frames."""


def bench_learning(
    sources: Sequence[str] = SOURCES,
    optimizers: Sequence[str] = (*OPTIMIZERS, *baselines.NAMES),
    *,
    frames: int = FRAMES,
    repeats: int = SEEDS,
    objective: Objective = "full",
    jobs: int = 1,
) -> Iterator[Row]:
    """One row for each source and optimizer or baseline, as soon as it is measured.

    Args:
        sources: streams, by address; one that is shorter begins anew.
        optimizers: ``name``, ``name:lr``, or a baseline of
            :data:`stream_ae.bench.baselines.predictors.NAMES`.
        frames: of each stream.
        repeats: fresh networks for each row, seeded 0, 1, …
        objective: what training minimises.
        jobs: runs at a time; above 1 each has a process and one thread.

    Raises:
        ConfigError: an optimizer cannot be had.
        SourceError: a stream cannot be opened.
    """
    check_streams(sources)
    named = read_entrants([text for text in optimizers if text not in baselines.NAMES])
    entrants = {entrant.text: entrant for entrant in named}
    plan = [(source, text) for source in sources for text in optimizers]
    tasks = [
        task
        for source, text in plan
        for task in _tasks(
            text,
            entrants.get(text),
            pieces=(Piece(source, 0, frames),),
            repeats=repeats,
            objective=objective,
        )
    ]
    with Workers(jobs) as workers:
        results = workers.each(tasks)
        for source, text in plan:
            yield {
                "source": stream_name(source),
                "optimizer": text,
                "frames": frames,
                "baseline": text not in entrants,
                **over_seeds(list(islice(results, _seeds(text, repeats)))),
            }


def as_line(row: Mapping[str, Any]) -> str:
    """A row for the terminal: squared errors × 1000."""
    if row["diverged"]:
        return f"{head_of(row)}  diverged"
    return (
        f"{head_of(row)}  {cell(row['mse'], 7, times=1000)} ±"
        f" {cell(row['mse_spread'], 5, times=1000)}"
        f"  {cell(row['last_50_mse'], 7, times=1000)}"
        f"  {cell(row.get('last_50_detail_loss'), 7, times=1000)}"
        f"  {cell(row['last_50_ssim'], 5, digits=3)}"
        f"  {cell(row.get('updates_per_frame'), 7)}"
        f"  {cell(row.get('overshoot_rate'), 9, digits=3)}"
        f"  {cell(row.get('fps'), 5, digits=1)}"
    )


def _seeds(text: str, repeats: int) -> int:
    """How many runs make a row."""
    return repeats if text in SEEDED or text not in baselines.NAMES else 1


def _tasks(
    text: str,
    entrant: Entrant | None,
    *,
    pieces: tuple[Piece, ...],
    repeats: int,
    objective: Objective,
) -> list[Callable[[], Row]]:
    """The runs of a row."""
    if entrant is None:
        return [
            partial(score_baseline, text, pieces, seed=seed, objective=objective)
            for seed in range(_seeds(text, repeats))
        ]
    trials = [Trial(pieces, entrant.name, entrant.lr, seed, objective) for seed in range(repeats)]
    return [partial(_measure, trial) for trial in trials]


def _measure(trial: Trial) -> Row:
    return figures_of(learn(trial))
