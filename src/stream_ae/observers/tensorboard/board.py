"""The TensorBoard of a run: curves, images, feature maps, histograms.

The tags are those of :meth:`Step.scalars <stream_ae.learning.step.Step.scalars>`, and ``images/…``,
``features/…``, ``params/…``, ``grads/…``; the x axis counts frames. Curves have one point for each
window of frames. Images and histograms are expensive and therefore written on a schedule of time,
so that they cost the same share of a slow and of a fast run, and an endless run does not fill the
disk.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

from stream_ae.frame import Event
from stream_ae.learning.observer import Observer
from stream_ae.learning.step import PARTS, SCENE, Step
from stream_ae.observers.findings_scalars import FOREGROUND, NOVELTY
from stream_ae.observers.images import feature_grid, jpeg, side_by_side, views
from stream_ae.observers.tensorboard.event_file import EventFile
from stream_ae.observers.tensorboard.histograms import take_histograms
from stream_ae.observers.window import Window

_CHARTS = {
    "reconstruction against two guesses": (
        "loss/mse",
        "loss/copy_last_frame",
        "loss/running_mean",
    ),
    "the step": ("optim/effective_step", "optim/overshoot", "optim/bound_active"),
    "shares of the picture, and how rare it is": ("change/ratio", SCENE, FOREGROUND, NOVELTY),
    "milliseconds by part": tuple(f"speed/{part}_ms" for part in (*PARTS, "watch")),
}


@runtime_checkable
class HasFeatures(Protocol):
    """What a network has if a :class:`Board` is to show more of it than its latent."""

    def features(self, frame: Tensor) -> Mapping[str, Tensor]:
        """The maps of its stages by name, ideally (1, C, h, w), for a frame (1, 3, h, w)."""


_WARNING = (
    "The step on this frame raised its loss. `bounded` has taken it back along its line; with any"
    " other optimizer it stands, and a smaller learning rate helps where it happens often."
)


class Schedule:
    """When to write images and histograms: at once, then often, then more and more rarely.

    The next record comes after ``max(1 s, 3 % of the time so far, 40 × what this record cost)``.
    The last term keeps all records together under 1 / 40 of the time, except for the first, which
    is not counted: it is slow because everything is done for the first time. The other terms bound
    the number of records to ``33 + ln(T / 33 s) / ln 1.03`` in T seconds: 210 in a run of 500,000
    frames at 80 a second (T = 6,250 s), 281 at 10 a second. A record takes about 0.4 MB, so that is
    85 to 115 MB; the curves of 500,000 frames add 10 MB.

    Args:
        clock: seconds since any fixed time.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun = self._due = self._started = clock()
        self._first = True

    def due(self) -> bool:
        """Whether to write a record now; if so, :meth:`done` must be called after it."""
        self._started = self._clock()
        return self._started >= self._due

    def done(self) -> None:
        """The record that was due has been written, or has failed."""
        now = self._clock()
        cost = 0.0 if self._first else now - self._started
        self._first = False
        self._due = now + max(1.0, 0.03 * (now - self._begun), 40 * cost)


class Board(Observer):
    """Write a run for TensorBoard.

    Args:
        directory: the run folder.
        model: the network that learns; its parameters and gradients are shown, and its feature
            maps (:class:`HasFeatures`) or, where it has none, its latent.
        images: False writes nothing in which a pixel could be seen: no images, no feature maps.
        resumed_at: the frame that the run is resumed at; later points of an earlier part are
            hidden.
        settings: by which the run is compared with others.

    Attributes:
        file: what it writes into, for others who write of the same run.

    Raises:
        MissingExtraError: TensorBoard, google-crc32c or Pillow is not installed.
    """

    def __init__(
        self,
        directory: Path,
        model: nn.Module,
        *,
        images: bool = True,
        resumed_at: int = 0,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        self.file = EventFile(directory, resumed_at=resumed_at, charts=_CHARTS, settings=settings)
        self._model, self._images = model, images
        if images:
            jpeg(np.zeros((1, 1, 3), np.uint8))  # loads Pillow now, or says that it is missing
        self._window, self._schedule = Window(), Schedule()
        self._latest: Step | None = None  # whose images are not written
        self._number: int | None = None  # of the last step; None before the first and at the end

    def on_step(self, step: Step) -> None:
        """Add the step to its window; write images and histograms where the schedule says so.

        Where another scene begins, that is written of this very frame.

        Raises:
            OSError: the file cannot be written. This point is lost; the next step tries again.
        """
        self._latest, self._number = step, step.number
        due = self._schedule.due()
        try:
            window = self._window.add(step)
            points = {} if window is None else window[1]
            points |= {SCENE: 1.0} if step.change.begins else {}
            if points:
                self.file.add_scalars(step.number, points)
            if step.update.overshoot:
                self.file.add_texts(step.number, {"warnings/overshoot": _WARNING})
            if due:
                self._add_images_and_histograms(step)
        finally:
            if due:
                self._schedule.done()

    def note(self, scalars: Mapping[str, float]) -> None:
        """Take further numbers of the step that comes next, by their tags, into its window."""
        self._window.note(scalars)

    def on_event(self, event: Event) -> None:
        """Note what could not be written; what happened to the stream is in ``events.jsonl``.

        Raises:
            OSError: the note cannot be written, either.
        """
        if event.kind == "cannot_write" and self._number is not None:
            self.file.add_texts(self._number, {"warnings/cannot_write": event.text})

    def close(self) -> None:
        """Write the last, incomplete window and the images of the last frame.

        Raises:
            OSError: the file cannot be written; it is closed all the same.
        """
        try:
            window = self._window.take()
            if window is not None:
                self.file.add_scalars(*window)
            if self._latest is not None:
                self._add_images_and_histograms(self._latest)
            if self._number is not None:
                self.file.end_session(self._number)
        finally:
            self._number = None
            self.file.close()

    def _add_images_and_histograms(self, step: Step) -> None:
        self._latest = None
        if self._images:
            shown = {f"images/{name}": view for name, view in views(step).items()}
            shown["images/panel"] = side_by_side(list(shown.values()))
            for name, features in self._features(step).items():
                if features.numel():
                    shown[f"features/{name}"] = feature_grid(features)
            jpegs = {tag: (jpeg(rgb), rgb.shape[:2]) for tag, rgb in shown.items()}
            self.file.add_jpegs(step.number, jpegs)
        tensors: dict[str, Tensor] = {}
        for name, parameter in self._model.named_parameters():
            if parameter.grad is not None:
                tensors[f"params/{name}"] = parameter
                tensors[f"grads/{name}"] = parameter.grad
        self.file.add_histograms(step.number, take_histograms(tensors))

    @torch.no_grad()
    def _features(self, step: Step) -> Mapping[str, Tensor]:
        if isinstance(self._model, HasFeatures):
            return self._model.features(step.target.to(step.image.dtype))
        return {"latent": step.latent}
