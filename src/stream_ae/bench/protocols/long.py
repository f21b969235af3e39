"""A long run: whether learning keeps its pace, its step and its weights over 20,000 frames."""

from collections.abc import Iterator, Sequence
from functools import partial

from torch import nn
from torch.nn.utils import get_total_norm

from stream_ae.bench.over_seeds import mean_of, metrics_of, window_means, without
from stream_ae.bench.protocol import Measurement, Protocol, Settings, seeds_row
from stream_ae.bench.rows import Row, numbers
from stream_ae.bench.streams import stream_name
from stream_ae.bench.table import Column, cell, metric, series, squared_error
from stream_ae.bench.trial import Trial, follow, fresh
from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.sources.concat import Piece

FRAMES = 20_000
"""Of each stream, unless said otherwise."""

WINDOW = 1000
"""Frames that become one number of a row."""

BY_WINDOW = {
    "mse_by_window": "loss/mse",
    "effective_step_by_window": "optim/effective_step",
    "update_ratio_by_window": "optim/update_ratio",
    "overshoot_by_window": "optim/overshoot",
}
"""What a row holds of each window, and the scalar it is the mean of."""


def _plan(settings: Settings) -> Iterator[Measurement]:
    for source, contestant in settings.pairs():
        about: Row = {
            "source": stream_name(source),
            "optimizer": contestant.text,
            "frames": settings.frames,
            "window": settings.segment,
        }
        trials = settings.trials((Piece(source, 0, settings.length),), contestant)
        tasks = [partial(_measure, trial, window=settings.segment) for trial in trials]
        yield seeds_row(about, tasks)


class _Watch(Observer):
    """Where a stream began again, and ‖w‖ at the end of each window."""

    def __init__(self, model: nn.Module, window: int) -> None:
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
    watch = _Watch(learner.model, window)
    result = follow(learner, trial, observers=[watch])
    row = without(metrics_of(result), "curve")
    if result.diverged:
        return row
    first, last = _first_and_last(watch.visits, frames=len(result.mse), window=window)
    return {
        **row,
        **{key: window_means(result.trace[tag], window) for key, tag in BY_WINDOW.items()},
        "weight_norm_by_window": watch.norms,
        "first_visit_mse": mean_of(result.mse[first]),
        "last_visit_mse": mean_of(result.mse[last]),
    }


def _first_and_last(visits: Sequence[int], *, frames: int, window: int) -> tuple[slice, slice]:
    """The first and the last whole visit; the first and the last window of what has no two."""
    if len(visits) < 3:
        return slice(0, window), slice(max(frames - window, 0), frames)
    return slice(visits[0], visits[1]), slice(visits[-2], visits[-1])


def _norms(row: Row) -> str:
    """‖w‖ after the first window and at the end, for a table."""
    norms = numbers(row, "weight_norm_by_window")
    return f"{cell(norms[0], digits=1)} → {cell(norms[-1], digits=1)}"


PROTOCOL = Protocol(
    name="long",
    description="What happens in 20,000 frames? 1st visit and last are the squared errors × 1000"
    " over the first and the last whole pass through a clip that began again, or over the first and"
    " the last 1,000 frames of a stream without end. ‖w‖ is the norm of all weights after the first"
    " 1,000 frames and at the end.",
    columns=(
        squared_error("mse × 1000", "mse", width=10),
        squared_error("1st visit", "first_visit_mse", width=9),
        squared_error("last", "last_visit_mse", width=6),
        metric("overshoot", "overshoot_rate", width=9, digits=3),
        Column("‖w‖", _norms, 15),
        series("mse × 1000 by window", "mse_by_window", times=1000),
    ),
    defaults=Settings(
        ("bounded",), sources=("scene:street",), frames=FRAMES, repeats=1, segment=WINDOW
    ),
    plan=_plan,
)
"""A stream that ends begins again, which is its next visit."""
