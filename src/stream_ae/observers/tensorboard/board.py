"""The TensorBoard of a run: curves, pictures, feature maps, histograms.

The tags are those of :meth:`Step.scalars <stream_ae.learning.step.Step.scalars>`, and ``images/…``,
``features/…``, ``params/…``, ``grads/…``; the x axis counts frames. Curves have one point for each
window of frames. Pictures and histograms come on a schedule of time, so that they cost the same
share of a slow and of a fast run, and an endless run does not fill the disk.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
from torch import Tensor
from torch.nn import Parameter

from stream_ae.learning.observer import Observer
from stream_ae.learning.step import PARTS, Step
from stream_ae.observers.images import feature_grid, jpeg, side_by_side, views
from stream_ae.observers.metrics import Window
from stream_ae.observers.tensorboard.event_file import EventFile
from stream_ae.observers.tensorboard.histograms import take_histograms

_CHARTS = {
    "reconstruction against two guesses": (
        "loss/mse",
        "loss/copy_last_frame",
        "loss/running_mean",
    ),
    "the step": ("optim/effective_step", "optim/overshoot", "optim/bound_active"),
    "milliseconds by part": tuple(f"speed/{part}_ms" for part in PARTS),
}


class Shown(Protocol):
    """What the board asks of a network."""

    def features(self, frame: Tensor) -> dict[str, Tensor]:
        """The maps of every stage by name, each (1, C, h, w), for a frame (1, 3, h, w)."""

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """As ``torch.nn.Module`` has it."""


_WARNING = (
    "The step on this frame raised its loss. `bounded` has taken it back along its line; with any"
    " other optimizer it stands, and a smaller learning rate helps where it happens often."
)


class Schedule:
    """When to look closely: at once, then often, then rarer, and never for much of the time.

    The next look comes after ``max(1 s, 3 % of the time so far, 40 × what this look cost)``. The
    last term keeps all looks together under 1 / 40 of the time, but for the first, which is not
    counted: it is slow because everything is done for the first time. The other terms bound the
    number of looks to ``33 + ln(T / 33 s) / ln 1.03`` in T seconds: 210 in a run of 500,000 frames
    at 80 a second (T = 6,250 s), 281 at 10 a second. A look writes about 0.4 MB, so that is 85 to
    115 MB; the curves of 500,000 frames add 10 MB.

    Args:
        clock: seconds from any beginning.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun = self._due = self._looked = clock()
        self._first = True

    def due(self) -> bool:
        """Whether to look now; where it says so, :meth:`done` must follow the look."""
        self._looked = self._clock()
        return self._looked >= self._due

    def done(self) -> None:
        """The look that was due is over."""
        now = self._clock()
        cost = 0.0 if self._first else now - self._looked
        self._first = False
        self._due = now + max(1.0, 0.03 * (now - self._begun), 40 * cost)


class Board(Observer):
    """Write a run for TensorBoard.

    Args:
        directory: the run folder.
        model: the network that learns; asked for its feature maps, its parameters and their
            gradients.
        pictures: False writes nothing that a pixel could be seen in: no images and no feature maps.
        resumed_at: the frame that the run goes on from; later points of an earlier part are
            taken back.

    Raises:
        MissingExtraError: TensorBoard or Pillow is not installed.
    """

    def __init__(
        self, directory: Path, model: Shown, *, pictures: bool = True, resumed_at: int = 0
    ) -> None:
        self._file = EventFile(directory, resumed_at=resumed_at, charts=_CHARTS)
        self._model, self._pictures = model, pictures
        if pictures:
            jpeg(np.zeros((1, 1, 3), np.uint8))  # loads Pillow now, or says that it is missing
        self._window, self._schedule = Window(), Schedule()
        self._unseen: Step | None = None

    def on_step(self, step: Step) -> None:
        """Take the figures in; look closely where the schedule says so.

        Raises:
            OSError: the file cannot be written; this point is lost, the next is tried anew.
        """
        self._unseen = step  # only the latest, for the pictures of the last frame
        due = self._schedule.due()
        try:
            window = self._window.add(step)
            if window is not None:
                self._file.add_scalars(*window)
            if step.update.overshoot:
                self._file.add_texts(step.number, {"warnings/overshoot": _WARNING})
            if due:
                self._look(step)
        finally:
            if due:
                self._schedule.done()

    def close(self) -> None:
        """Write what the last window holds, and how the last frame looked."""
        try:
            window = self._window.take()
            if window is not None:
                self._file.add_scalars(*window)
            if self._unseen is not None:
                self._look(self._unseen)
        finally:
            self._file.close()

    def _look(self, step: Step) -> None:
        self._unseen = None
        if self._pictures:
            shown = {f"images/{name}": view for name, view in views(step).items()}
            shown["images/panel"] = side_by_side(list(shown.values()))
            for name, features in self._model.features(step.target).items():
                shown[f"features/{name}"] = feature_grid(features)
            jpegs = {tag: (jpeg(rgb), rgb.shape[:2]) for tag, rgb in shown.items()}
            self._file.add_jpegs(step.number, jpegs)
        tensors: dict[str, Tensor] = {}
        for name, parameter in self._model.named_parameters():
            if parameter.grad is not None:
                tensors[f"params/{name}"] = parameter
                tensors[f"grads/{name}"] = parameter.grad
        self._file.add_histograms(step.number, take_histograms(tensors))
