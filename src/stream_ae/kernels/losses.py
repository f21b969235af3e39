"""The errors of a reconstruction, and what training makes of them.

On a CPU in float32 all of it is one pass over two pictures, which gives the gradient beside the
value. A row's error is needed once more, by the row below it, and never again, so two rows are all
that is kept. Everything else is plain tensor operations, whose gradient is autograd's.
"""

from typing import NamedTuple, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

from stream_ae.kernels.jit import Rows, can_loop, inner_loop, loop, rows_of
from stream_ae.kernels.ssim import mean_ssim, ssim_of_rows

_ZERO = np.float32(0.0)

Number = TypeVar("Number", float, Tensor)


class Weights(NamedTuple):
    """What the parts of an objective count.

    Args:
        detail: how many times more a changed pixel's squared error counts than another one's.
        gradient: share of the gradient loss.
        ssim: share of ``1 − ssim``.
    """

    detail: float
    gradient: float
    ssim: float


def mean_squared_error(image: Tensor, target: Tensor) -> Tensor:
    """Mean squared error of two pictures of one shape, 0-dim; differentiable."""
    if not image.requires_grad and len(image) == 1 and can_loop(image, target):
        return image.new_tensor(_squared_error(rows_of(image), rows_of(target)))
    return F.mse_loss(image, target)


def errors(image: Tensor, target: Tensor, *, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """``mse``, ``detail`` and ``gradient`` of a reconstruction, 0-dim; differentiable in ``image``.

    Args:
        image: (1, C, h, w) in [0, 1].
        target: the same shape and range.
        mask: the changed pixels, (h, w) bool.
    """
    if not image.requires_grad and _can_loop(image, target, mask):
        rows, wanted = rows_of(image), rows_of(target)
        unused, grad = Weights(detail=0.0, gradient=0.0, ssim=0.0), np.empty_like(rows)
        found = _looped_errors(rows, wanted, mask=mask.numpy(), weights=unused, grad=grad)
        mse, detail, gradient = image.new_tensor(found).unbind()
        return mse, detail, gradient
    return _plain_errors(image, target, mask)


def objective(
    image: Tensor, target: Tensor, *, mask: Tensor, weights: Weights, stride: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The errors and what training minimises, 0-dim; only the last one is sure to have a graph.

    That is ``(mse + k r · detail) / (1 + k r) + w₁ · gradient + w₂ · (1 − ssim)`` with r the share
    of changed pixels.

    Args:
        image: (1, C, h, w) in [0, 1].
        target: the same shape and range.
        mask: the changed pixels, (h, w) bool.
        weights: k, w₁ and w₂.
        stride: of the windows of the structural similarity, along both axes.
    """
    if _can_loop(image, target, mask):
        looped: tuple[Tensor, Tensor, Tensor, Tensor] = _LoopedObjective.apply(
            image, target, mask, weights, stride
        )  # type: ignore[no-untyped-call]
        return looped
    index = mean_ssim(image, target, stride=stride)
    found = _plain_errors(image, target, mask)
    return *found, _balance(*found, index, share=mask.mean(dtype=image.dtype), weights=weights)


def _can_loop(image: Tensor, target: Tensor, mask: Tensor) -> bool:
    fits = len(image) == 1 and mask.shape == image.shape[2:] and mask.dtype == torch.bool
    return fits and can_loop(image, target)


def _balance(
    mse: Number, detail: Number, gradient: Number, ssim: Number, *, share: Number, weights: Weights
) -> Number:
    extra = weights.detail * share
    attended = (mse + extra * detail) / (1.0 + extra)
    return attended + weights.gradient * gradient + weights.ssim * (1.0 - ssim)


def _plain_errors(image: Tensor, target: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    error = image - target
    squares = error.square()
    counted = (mask | ~mask.any()).to(error.dtype)  # (h, w)
    across, down = error.diff(dim=3).abs(), error.diff(dim=2).abs()
    return (
        squares.mean(),
        (squares * counted).sum() / (counted.sum() * len(error) * error.shape[1]),
        0.5 * (across.mean() + down.mean()),
    )


def _looped_errors(
    image: Rows, target: Rows, *, mask: NDArray[np.bool_], weights: Weights, grad: Rows
) -> tuple[float, float, float]:
    """The errors of rows (h, w C); ``grad`` is overwritten, and is that of all but the index."""
    changed = int(np.count_nonzero(mask))
    mse, detail, gradient = _errors(
        image, target, mask, changed, weights.detail, weights.gradient, grad
    )
    return mse, detail, gradient


class _LoopedObjective(torch.autograd.Function):
    """The errors and the objective, in compiled loops that give its gradient beside its value.

    The errors are numbers here: only the objective has a graph.
    """

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        image: Tensor,
        target: Tensor,
        mask: Tensor,
        weights: Weights,
        stride: int,
    ) -> tuple[Tensor, ...]:
        x, y, changed = rows_of(image), rows_of(target), mask.numpy()
        grad = np.empty_like(x)
        found = _looped_errors(x, y, mask=changed, weights=weights, grad=grad)
        wanted = ctx.needs_input_grad[0]  # type: ignore[attr-defined]
        index = ssim_of_rows(
            x,
            y,
            channels=image.shape[1],
            stride=stride,
            weight=-weights.ssim,
            grad=grad if wanted else None,
        )
        share = int(np.count_nonzero(changed)) / changed.size
        total = _balance(*found, index, share=share, weights=weights)
        metrics = image.new_tensor([*found, total]).unbind()
        ctx.save_for_backward(torch.from_numpy(grad).view(1, *image.shape[2:], -1))
        ctx.mark_non_differentiable(*metrics[:3])
        return metrics

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, *by_metrics: Tensor) -> tuple[Tensor, None, None, None, None]:
        (grad,) = ctx.saved_tensors  # type: ignore[attr-defined]
        factor = by_metrics[3].item()
        if factor != 1.0:  # as it is where only this is minimised
            grad = grad * factor
        return grad.permute(0, 3, 1, 2), None, None, None, None


@loop
def _squared_error(image, target):
    total = 0.0
    for row in range(image.shape[0]):
        total += _square_row(image[row], target[row])
    return total / image.size


@inner_loop
def _square_row(image, target):
    total = _ZERO
    for k in range(image.size):
        error = image[k] - target[k]
        total += error * error
    return total


@loop
def _errors(image, target, mask, changed, detail_weight, gradient_weight, grad):
    (height, length), channels = image.shape, image.shape[1] // mask.shape[1]
    share, counted = detail_weight * changed / mask.size, changed if changed else mask.size
    by_mse = np.float32(2.0 / ((1.0 + share) * image.size))
    by_detail = np.float32(2.0 * share / ((1.0 + share) * counted * channels))
    sides, ends = height * (length - channels), (height - 1) * length
    by_side = np.float32(0.5 * gradient_weight / sides)
    by_end = np.float32(0.5 * gradient_weight / ends)
    work = np.empty((4, length), np.float32)
    work[:] = _ZERO
    error, above, weight, signs = work[0], work[1], work[2], work[3]
    mse = detail = across = down = 0.0
    for row in range(height):
        above, error = error, above
        mse += _squares(image[row], target[row], error, by_mse, grad[row])
        if not changed or mask[row].any():
            _spread_mask(mask[row], not changed, weight)
            detail += _chosen_squares(error, weight, by_detail, grad[row])
        right = signs[channels:]
        across += _differences(error[:-channels], error[channels:], by_side, right)
        _add(right, grad[row, channels:], grad[row, :-channels])
        if row:
            down += _differences(above, error, by_end, signs)
            _add(signs, grad[row], grad[row - 1])
    return mse / image.size, detail / (counted * channels), 0.5 * (across / sides + down / ends)


@inner_loop
def _squares(image, target, error, factor, grad):
    total = _ZERO
    for k in range(error.size):
        value = image[k] - target[k]
        error[k], grad[k] = value, factor * value
        total += value * value
    return total


@inner_loop
def _spread_mask(mask, everything, weight):
    channels = weight.size // mask.size
    for j in range(mask.size):
        weight[j * channels : (j + 1) * channels] = np.float32(everything or mask[j])


@inner_loop
def _chosen_squares(error, weight, factor, grad):
    total = _ZERO
    for k in range(error.size):
        value = error[k] * weight[k]
        grad[k] += factor * value
        total += value * value
    return total


@inner_loop
def _differences(one, other, factor, signs):
    """The sum of |other − one|, and its gradient by ``other``."""
    total = _ZERO
    for k in range(signs.size):
        value = other[k] - one[k]
        total += abs(value)
        signs[k] = factor * np.float32(value > _ZERO) - factor * np.float32(value < _ZERO)
    return total


@inner_loop
def _add(signs, gains, losses):
    for k in range(signs.size):
        gains[k] += signs[k]
    for k in range(signs.size):
        losses[k] -= signs[k]
