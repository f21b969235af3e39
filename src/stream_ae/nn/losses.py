"""How far a reconstruction is from its frame: what a run reports and what it trains on.

All images are (1, 3, h, w) in [0, 1], best in channels-last memory. Training minimises the very
figures that are reported; only the structural similarity is taken at every third place. Gradients
are derived by hand where that spares passes over the picture.
"""

from typing import Literal, NamedTuple, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

from stream_ae.kernels import losses as error_loops
from stream_ae.kernels.jit import Rows, can_loop, rows_of
from stream_ae.nn.ssim import by_rows, check_shapes, ssim, ssim_of_rows

Objective = Literal["full", "mse"]

OBJECTIVE: Objective = "full"
"""What training minimises, unless said otherwise."""

GRADIENT_WEIGHT = 0.1
STRUCTURE_WEIGHT = 0.1
"""Shares of ``gradient`` and of ``1 − ssim`` in the global loss."""

TRAINED_STRUCTURE_WEIGHT = 0.05
"""Share of ``1 − ssim`` in training: half of it costs 0.005 of the index and gains a tenth in
everything else (docs/experiments/objective.md)."""

DETAIL_WEIGHT = 4.0
"""How many times more a changed pixel's squared error counts, on top of its share of the mean."""

SSIM_STRIDE = 3
"""Every so many places, along both axes, the structural similarity of a training step is taken."""

Number = TypeVar("Number", float, Tensor)
"""A figure on the host, or as a 0-dim tensor with its graph."""


class Errors(NamedTuple):
    """Three figures of one reconstruction, 0-dim tensors.

    Args:
        mse: mean squared error over all values.
        detail: mean squared error over the changed pixels; over all pixels where none changed.
        gradient: ``½ mean |∂ₓ(image − target)| + ½ mean |∂ᵧ(image − target)|``, ∂ being the
            difference of neighbouring pixels along a row or a column. Blurred and shifted edges
            cost here.
    """

    mse: Tensor
    detail: Tensor
    gradient: Tensor


def errors(image: Tensor, target: Tensor, *, mask: Tensor) -> Errors:
    """The errors of a reconstruction; each is differentiable in ``image``.

    Args:
        image: the reconstruction, (1, 3, h, w) in [0, 1].
        target: the frame, the same shape and range; data, it gets no gradient.
        mask: the changed pixels, (h, w) bool.
    """
    if not image.requires_grad and _can_loop(image, target, mask):
        found, _, _ = _errors_of_rows(rows_of(image), rows_of(target), mask)
        return Errors(*image.new_tensor(found).unbind())
    return Errors(*_Errors.apply(image, target, mask))  # type: ignore[no-untyped-call]


def global_loss(*, mse: Number, gradient: Number, ssim: Number) -> Number:
    """``mse + 0.1 · gradient + 0.1 · (1 − ssim)``, of one frame or (it is linear) of means."""
    return mse + GRADIENT_WEIGHT * gradient + STRUCTURE_WEIGHT * (1.0 - ssim)


def full_objective(image: Tensor, target: Tensor, *, mask: Tensor) -> tuple[Errors, Tensor]:
    """The errors, and the balance of detail and global loss that training minimises, 0-dim.

    ``(mse + k r · detail) / (1 + k r) + 0.1 · gradient + 0.05 · (1 − ssim)``

    with r the share of changed pixels and k :data:`DETAIL_WEIGHT`. The first term is the mean
    squared error with weight 1 + k on the changed pixels, divided by the mean weight: bounded
    however few pixels changed, and the plain mean squared error where none or all did.

    Args:
        image: the reconstruction, (1, 3, h, w) in [0, 1].
        target: the frame, the same shape and range; data, it gets no gradient.
        mask: the changed pixels, (h, w) bool.

    Raises:
        ValueError: image and target differ in shape, or are smaller than the index's window.
    """
    check_shapes(image, target)
    if _can_loop(image, target, mask):
        *found, total = _FullObjective.apply(image, target, mask)  # type: ignore[no-untyped-call]
        return Errors(*found), total
    index = ssim(image, target, stride=SSIM_STRIDE)
    parts = errors(image, target, mask=mask)
    return parts, _balance(*parts, index, mask.mean(dtype=image.dtype))


def objective(image: Tensor, target: Tensor, *, mask: Tensor, kind: Objective) -> Tensor:
    """What training minimises, 0-dim: :func:`full_objective`, or the squared error alone."""
    if kind == "mse":
        return mse(image, target)
    return full_objective(image, target, mask=mask)[1]


def mse(image: Tensor, target: Tensor) -> Tensor:
    """Mean squared error over all values, 0-dim in [0, 1]."""
    if not image.requires_grad and len(image) == 1 and can_loop(image, target):
        return image.new_tensor(error_loops.squared_error(rows_of(image), rows_of(target)))
    return F.mse_loss(image, target)


def _can_loop(image: Tensor, target: Tensor, mask: Tensor) -> bool:
    fits = len(image) == 1 and mask.shape == image.shape[2:] and mask.dtype == torch.bool
    return fits and can_loop(image, target)


def _balance(mse: Number, detail: Number, gradient: Number, index: Number, share: Number) -> Number:
    """What training minimises, from the errors, the index and the share of changed pixels."""
    weight = DETAIL_WEIGHT * share
    attended = (mse + weight * detail) / (1.0 + weight)
    return attended + GRADIENT_WEIGHT * gradient + TRAINED_STRUCTURE_WEIGHT * (1.0 - index)


def _errors_of_rows(
    image: Rows, target: Rows, mask: Tensor
) -> tuple[tuple[float, float, float], Rows, float]:
    """The errors, the gradient of the objective without its structure, and the share of changes."""
    slope, changed = np.empty_like(image), int(np.count_nonzero(mask.numpy()))
    found = error_loops.errors(
        image,
        target,
        mask=mask.numpy(),
        changed=changed,
        detail_weight=DETAIL_WEIGHT,
        gradient_weight=GRADIENT_WEIGHT,
        slope=slope,
    )
    return found, slope, changed / mask.numel()


class _FullObjective(torch.autograd.Function):
    """The errors and the objective, in compiled loops that give its gradient beside its value.

    The errors are figures here: only the objective has a graph.
    """

    @staticmethod
    def forward(
        ctx: FunctionCtx, image: Tensor, target: Tensor, mask: Tensor
    ) -> tuple[Tensor, ...]:
        x, y = rows_of(image), rows_of(target)
        found, slope, share = _errors_of_rows(x, y, mask)
        asked = ctx.needs_input_grad[0]  # type: ignore[attr-defined]
        index = ssim_of_rows(
            x,
            y,
            channels=image.shape[1],
            stride=SSIM_STRIDE,
            weight=-TRAINED_STRUCTURE_WEIGHT,
            slope=slope if asked else None,
        )
        total = _balance(*found, index, share)
        figures = image.new_tensor([*found, total]).unbind()
        ctx.save_for_backward(torch.from_numpy(slope).view(by_rows(image).shape))
        ctx.mark_non_differentiable(*figures[:3])
        return figures

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, *by_figures: Tensor) -> tuple[Tensor, None, None]:
        (slope,) = ctx.saved_tensors  # type: ignore[attr-defined]
        return (slope * by_figures[3]).permute(0, 3, 1, 2), None, None


class _Errors(torch.autograd.Function):
    """``mse``, ``detail`` and ``gradient`` of one pass over the error e = image − target.

    By hand: ∂ mse/∂x = 2 e / n, the same over the changed pixels for ``detail``, and for each pair
    of neighbours in ``gradient`` the sign of their difference, plus at one and minus at the other.
    """

    @staticmethod
    def forward(
        ctx: FunctionCtx, image: Tensor, target: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        error = by_rows(image) - by_rows(target)  # (1, h, w, 3)
        counted = (mask | ~mask.any()).to(error.dtype)  # (h, w)
        changed = error * counted[:, :, None]
        count = counted.sum() * error.shape[3]
        across = error[:, :, 1:] - error[:, :, :-1]
        down = error[:, 1:] - error[:, :-1]
        ctx.save_for_backward(error, changed, count, across, down)
        flat = error.flatten()
        return (
            torch.dot(flat, flat) / error.numel(),
            torch.dot(flat, changed.flatten()) / count,
            0.5 * (across.abs().mean() + down.abs().mean()),
        )

    @staticmethod
    @once_differentiable
    def backward(
        ctx: FunctionCtx, by_mse: Tensor, by_detail: Tensor, by_gradient: Tensor
    ) -> tuple[Tensor, None, None]:
        error, changed, count, across, down = ctx.saved_tensors  # type: ignore[attr-defined]
        slope = error * (2.0 / error.numel() * by_mse)
        slope.addcmul_(changed, 2.0 / count * by_detail)
        sides = across.sign().mul_(0.5 / across.numel() * by_gradient)
        slope[:, :, 1:] += sides
        slope[:, :, :-1] -= sides
        ends = down.sign().mul_(0.5 / down.numel() * by_gradient)
        slope[:, 1:] += ends
        slope[:, :-1] -= ends
        return slope.permute(0, 3, 1, 2), None, None
