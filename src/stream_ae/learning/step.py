"""Everything known about one learned frame: numbers for every scale, tensors for every picture.

A ``Step`` only carries. Its tags (:meth:`Step.scalars`) are the vocabulary that TensorBoard, the
journal, the progress line and the benchmarks share; they are born here and nowhere else.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch

from stream_ae.frame import Frame
from stream_ae.nn.losses import global_loss

PARTS = (
    "read",
    "preprocess",
    "change",
    "forward",
    "loss",
    "backward",
    "update",
    "log",
    "checkpoint",
)
"""The parts that a frame's wall time always has, in the order in which they come. An observer may
add one of its own."""

SCENE = "change/scene"
"""Tag of whether another scene begins with a frame."""


@dataclass(frozen=True, slots=True)
class Losses:
    """How well the frame was predicted by weights that had never seen it (prequential).

    Args:
        mse: mean squared error over 3 × h × w values in [0, 1].
        detail: the same over the changed pixels only (all of them where none changed).
        gradient: mean absolute difference of the finite differences.
        ssim: structural similarity, at most 1; None on frames where it was not measured.
        copy_last_frame: the error of the previous frame as prediction; None on the first frame.
        running_mean: the error of the mean of all earlier frames; None on the first frame.
    """

    mse: float
    detail: float
    gradient: float
    ssim: float | None = None
    copy_last_frame: float | None = None
    running_mean: float | None = None

    @property
    def global_loss(self) -> float | None:
        """``mse + 0.1 · gradient + 0.1 · (1 − ssim)``; None where the index was not measured."""
        if self.ssim is None:
            return None
        return global_loss(mse=self.mse, gradient=self.gradient, ssim=self.ssim)


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What changed from the frame before to this one, at model size.

    Args:
        mask: changed pixels, (h, w) bool.
        intensity: how much each pixel changed, (h, w) float32 in [0, 1].
        pixels: how many changed.
        ratio: which share of all pixels that is, in [0, 1].
        begins: whether another scene begins with this frame, as the frames alone say.
    """

    mask: torch.Tensor
    intensity: torch.Tensor
    pixels: int
    ratio: float
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """What the optimizer did with this frame.

    Args:
        learned: whether the weights were updated on it.
        steps: how many steps were taken on it; what follows is about the first, but for
            ``overshoot``.
        bound_active: 1.0 where a bound made the step smaller, else 0.0.
        effective_step: share of the objective that the update removes to first order,
            ``−⟨g, Δw⟩ / L``; None where not probed.
        overshoot: share of the steps that left the objective on this very frame higher, of those
            whose end is known: probed ones, and all but the last; None where there is none.
        update_ratio: ``‖Δw‖ / ‖w‖``; None where not probed.
        asleep: whether nothing happens: then few frames are learned
            (:mod:`stream_ae.learning.gating`).
    """

    learned: bool
    steps: int = 1
    bound_active: float = 0.0
    effective_step: float | None = None
    overshoot: float | None = None
    update_ratio: float | None = None
    asleep: bool = False


NO_UPDATE = Update(learned=False, steps=0)
"""Of a frame that is not learned."""


@dataclass(frozen=True, eq=False)
class Step:
    """One frame, predicted, scored and learned from.

    Args:
        number: frames scored so far, this one included, over all resumed parts of the run.
        frame: what came from the source.
        losses: how well it was predicted, before it was learned.
        change: what changed since the frame before.
        update: what the optimizer did.
        seconds: wall time by part (:data:`PARTS`, and those of observers) since the step before;
            ``log``, ``checkpoint`` and others of observers are what they took with the step before.
        target: the frame as the network saw it, (1, 3, h, w) float32 in [0, 1].
        image: its reconstruction, the same shape and range, detached, in the network's precision.
        latent: the encoder's output, (1, 16, h / 8, w / 8), detached; of a network of one's own, in
            any shape, and (1, 0) where it gives none.
    """

    number: int
    frame: Frame
    losses: Losses
    change: Change
    update: Update
    seconds: Mapping[str, float]
    target: torch.Tensor
    image: torch.Tensor
    latent: torch.Tensor

    def scalars(self) -> Mapping[str, float]:
        """Every number of this frame by its tag, but for what it lacks and what is not finite."""
        return self._scalars

    @cached_property
    def _scalars(self) -> Mapping[str, float]:  # once for all observers
        values = {
            "loss/mse": self.losses.mse,
            "loss/detail": self.losses.detail,
            "loss/global": self.losses.global_loss,
            "loss/gradient": self.losses.gradient,
            "loss/ssim": self.losses.ssim,
            "loss/copy_last_frame": self.losses.copy_last_frame,
            "loss/running_mean": self.losses.running_mean,
            "change/pixels": float(self.change.pixels),
            "change/ratio": self.change.ratio,
            SCENE: float(self.change.begins),
            "optim/effective_step": self.update.effective_step,
            "optim/overshoot": self.update.overshoot,
            "optim/bound_active": self.update.bound_active,
            "optim/updates": float(self.update.steps if self.update.learned else 0),
            "optim/update_ratio": self.update.update_ratio,
            "speed/dropped_frames": float(self.frame.dropped),
        }
        values |= {f"speed/{part}_ms": 1000.0 * took for part, took in self.seconds.items()}
        return {tag: v for tag, v in values.items() if v is not None and math.isfinite(v)}
