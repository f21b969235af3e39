"""A long run: whether learning keeps its pace, its step and its weights over 20,000 frames."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from torch.nn.utils import get_total_norm

from stream_ae.bench.contestants import read_entrants
from stream_ae.bench.pool import Workers
from stream_ae.bench.streams import check_streams, stream_name
from stream_ae.bench.summary import (
    HEAD,
    Row,
    cell,
    figures_of,
    head_of,
    mean_of,
    over_seeds,
    window_means,
)
from stream_ae.bench.trial import Objective, Trial, follow, fresh
from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.nn.autoencoder import StreamingVideoAutoencoder
from stream_ae.sources.concat import Piece

SOURCES = ("scene:street",)

FRAMES, SEEDS = 20_000, 1
"""Of each stream and of first weights, unless said otherwise."""

WINDOW = 1000
"""Frames that become one figure of a row."""

OPTIMIZERS = ("bounded",)
"""What is measured unless said otherwise."""

BY_WINDOW = {
    "mse_by_window": "loss/mse",
    "effective_step_by_window": "optim/effective_step",
    "update_ratio_by_window": "optim/update_ratio",
    "overshoot_by_window": "optim/overshoot",
}
"""What a row holds of each window, and the figure it is the mean of."""

HEADER = (
    f"{HEAD}  {'mse × 1000':>10}  {'1st visit':>9}  {'last':>6}  {'overshoot':>9}  {'‖w‖':>15}"
    "  mse × 1000 by window"
)
"""Names of the columns of :func:`as_line`."""


def bench_long(
    sources: Sequence[str] = SOURCES,
    optimizers: Sequence[str] = OPTIMIZERS,
    *,
    frames: int = FRAMES,
    repeats: int = SEEDS,
    objective: Objective = "full",
    jobs: int = 1,
    window: int = WINDOW,
) -> Iterator[Row]:
    """One row for each source and optimizer.

    Args:
        sources: streams, by address; one that ends begins anew, which is its next visit.
        optimizers: ``name`` or ``name:lr``.
        frames: of each stream.
        repeats: fresh networks for each row, seeded 0, 1, …
        objective: what training minimises.
        jobs: runs at a time; above 1 each has a process and one thread.
        window: frames that become one figure.

    Raises:
        ConfigError: an optimizer cannot be had.
        SourceError: a stream cannot be opened.
    """
    check_streams(sources)
    entrants = read_entrants(optimizers)
    plan = [(source, entrant) for source in sources for entrant in entrants]
    tasks = [
        partial(
            _measure,
            Trial((Piece(source, 0, frames),), entrant.name, entrant.lr, seed, objective),
            window=window,
        )
        for source, entrant in plan
        for seed in range(repeats)
    ]
    with Workers(jobs) as workers:
        results = workers.each(tasks)
        for source, entrant in plan:
            yield {
                "source": stream_name(source),
                "optimizer": entrant.text,
                "frames": frames,
                "window": window,
                **over_seeds(list(islice(results, repeats))),
            }


def as_line(row: Mapping[str, Any]) -> str:
    """A row for the terminal: squared errors × 1000; ‖w‖ after the first window and at the end."""
    if row["diverged"]:
        return f"{head_of(row)}  diverged"
    norms = row["weight_norm_by_window"]
    by_window = " ".join(cell(mse, 0, times=1000) for mse in row["mse_by_window"])
    return (
        f"{head_of(row)}  {cell(row['mse'], 10, times=1000)}"
        f"  {cell(row['first_visit_mse'], 9, times=1000)}"
        f"  {cell(row['last_visit_mse'], 6, times=1000)}"
        f"  {cell(row['overshoot_rate'], 9, digits=3)}"
        f"  {f'{norms[0]:.1f} → {norms[-1]:.1f}':>15}  {by_window}"
    )


class _Look(Observer):
    """Where a stream began anew, and ‖w‖ at the end of each window."""

    def __init__(self, model: StreamingVideoAutoencoder, window: int) -> None:
        self.norms: list[float] = []
        self.visits = [0]
        self._model, self._window, self._number = model, window, 0

    def on_step(self, step: Step) -> None:
        if any(event.kind == "loop" for event in step.frame.events):
            self.visits.append(step.number - 1)
        self._number = step.number
        if self._number % self._window == 0:
            self._weigh()

    def close(self) -> None:
        if self._number % self._window:
            self._weigh()

    def _weigh(self) -> None:
        weights = [parameter.detach() for parameter in self._model.parameters()]
        self.norms.append(get_total_norm(weights).item())


def _measure(trial: Trial, *, window: int) -> Row:
    """What one seed gives."""
    learner = fresh(trial)
    look = _Look(learner.model, window)
    result = follow(learner, trial, observers=[look])
    row = figures_of(result)
    if result.diverged:
        return row
    del row["curve"]
    first, last = _first_and_last(look.visits, frames=len(result.mse), window=window)
    return {
        **row,
        **{key: window_means(result.trace[tag], window) for key, tag in BY_WINDOW.items()},
        "weight_norm_by_window": look.norms,
        "first_visit_mse": mean_of(result.mse[first]),
        "last_visit_mse": mean_of(result.mse[last]),
    }


def _first_and_last(visits: Sequence[int], *, frames: int, window: int) -> tuple[slice, slice]:
    """The first and the last whole visit; the first and the last window of what has no two."""
    if len(visits) < 3:
        return slice(0, window), slice(max(frames - window, 0), frames)
    return slice(visits[0], visits[1]), slice(visits[-2], visits[-1])
