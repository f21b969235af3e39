"""LeakyReLU of a map that is blended with its own layer normalisation.

On a CPU in float32 that is one pass over the map for its moments and one more; back, it is two.
Everything else is plain tensor operations, whose gradient is autograd's.

With x̂ = (x − μ) / σ, σ² the variance and ε (Ba, Kiros, Hinton 2016, "Layer Normalization", eq. 3),
a blend g for each channel, a bias m for each entry, and the gradient dz by z::

    z = x + g (x̂ − x) + m                         y = LeakyReLU(z)

    dg = Σ dz (x̂ − x)    over the channel         dm = dz
    dx = (1 − g + g / σ) dz − (mean(g dz) + x̂ mean(g dz x̂)) / σ
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx

from stream_ae.kernels.jit import Rows, can_loop, inner_loop, loop, plain_gradients, rows_of

SLOPE = 0.01
"""Of LeakyReLU below zero."""

EPSILON = 0.1
"""Added to the variance. With next to nothing the norm undoes any scale of the weights before it,
the pull to the first weights shrinks them year in, year out, and the loss becomes so sharp along
them that the bound lets no step through (docs/experiments/normalisation.md)."""

_ZERO, _SLOPE = np.float32(0.0), np.float32(SLOPE)


def norm_and_activate(x: Tensor, *, blend: Tensor, bias: Tensor | None = None) -> Tensor:
    """Blend a map with its layer normalisation, add a bias, apply LeakyReLU; differentiable.

    Args:
        x: the map, (1, C, h, w), best in channels-last memory.
        blend: g of each channel, (C,); 0 leaves it as it is, 1 normalises it.
        bias: m, of the map's shape; None for none.

    Returns:
        The activated map, (1, C, h, w).
    """
    if _can_loop(x, blend, bias):
        looped: Tensor = _Looped.apply(x, blend, bias)  # type: ignore[no-untyped-call]
        return looped
    return _plain(x, blend, bias)


def _can_loop(x: Tensor, blend: Tensor, bias: Tensor | None) -> bool:
    fits = x.ndim == 4 and len(x) == 1 and blend.shape == x.shape[1:2]
    return fits and can_loop(blend) and can_loop(x, *([] if bias is None else [bias]))


def _plain(x: Tensor, blend: Tensor, bias: Tensor | None) -> Tensor:
    normed = F.layer_norm(x, x.shape[1:], eps=EPSILON)
    z = x + blend[:, None, None] * (normed - x)
    return F.leaky_relu(z if bias is None else z + bias, SLOPE)


class _Looped(torch.autograd.Function):
    """The same in compiled loops.

    They write into PyTorch's own memory, whose alignment makes the convolutions after it faster.
    """

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, blend: Tensor, bias: Tensor | None) -> Tensor:
        y = torch.empty_like(x, memory_format=torch.channels_last)
        moments = _forward(rows_of(x), blend.detach().numpy(), _rows(bias), rows_of(y))
        ctx.save_for_backward(x, blend, bias)  # type: ignore[arg-type]  # it takes None, too
        ctx.moments = moments  # type: ignore[attr-defined]
        return y

    @staticmethod
    def backward(ctx: FunctionCtx, by_y: Tensor) -> tuple[Tensor | None, ...]:
        x, blend, bias = ctx.saved_tensors  # type: ignore[attr-defined]
        if torch.is_grad_enabled():  # the gradient is to be differentiated itself
            return plain_gradients(ctx, _plain, (x, blend, bias), by_output=by_y)
        by_x = torch.empty_like(x, memory_format=torch.channels_last)
        by_z = None if bias is None else torch.empty_like(by_x)
        by_blend = torch.empty_like(blend)
        _backward(
            rows_of(x),
            _rows(bias),
            rows_of(by_y),
            rows_of(by_x),
            _rows(by_z),
            blend.detach().numpy(),
            by_blend.numpy(),
            *ctx.moments,  # type: ignore[attr-defined]
        )
        return by_x, by_blend, by_z


def _rows(x: Tensor | None) -> Rows | None:
    return None if x is None else rows_of(x)


@loop
def _forward(x, blend, bias, y):
    """Write the activated map, and give μ and 1 / σ; maps are rows (h, w C)."""
    height, length = x.shape
    mean, inverse = _moments(x)
    factor, offset = _line(blend, mean, inverse, length)
    for row in range(height):
        _scale(x[row], factor, offset, y[row])
        if bias is not None:
            _add(bias[row], y[row])
        _activate(y[row])
    return mean, inverse


@loop
def _backward(x, bias, by_y, by_x, by_z, blend, by_blend, mean, inverse):
    """Write the gradients by the map, by the blend, and by z where there is a bias."""
    height, length = x.shape
    slopes = by_x if by_z is None else by_z
    factor, offset = _line(blend, mean, inverse, length)
    centre, sums = np.float32(mean), np.zeros((2, length), np.float32)
    for row in range(height):
        _scale(x[row], factor, offset, slopes[row])
        if bias is not None:
            _add(bias[row], slopes[row])
        _back_activate(by_y[row], slopes[row])
        _take_in(x[row], slopes[row], centre, sums[0], sums[1])
    shared, sloped = _gather(sums, blend, mean, inverse, x.size, by_blend)
    for row in range(height):
        _spread(x[row], slopes[row], factor, centre, shared, sloped, by_x[row])


@inner_loop
def _moments(x):
    total = 0.0
    for row in range(x.shape[0]):
        total += _sum(x[row])
    mean = total / x.size
    squares = 0.0
    for row in range(x.shape[0]):
        squares += _squares(x[row], np.float32(mean))
    return mean, 1.0 / math.sqrt(squares / x.size + EPSILON)


@inner_loop
def _sum(x):
    total = _ZERO
    for k in range(x.size):
        total += x[k]
    return total


@inner_loop
def _squares(x, mean):
    total = _ZERO
    for k in range(x.size):
        total += (x[k] - mean) * (x[k] - mean)
    return total


@inner_loop
def _line(blend, mean, inverse, length):
    """Factor and offset of x along a row: z = factor · x + offset + m."""
    factor, offset = np.empty(length, np.float32), np.empty(length, np.float32)
    for k in range(length):
        g = blend[k % blend.size]
        factor[k], offset[k] = 1.0 - g + g * inverse, -g * inverse * mean
    return factor, offset


@inner_loop
def _scale(x, factor, offset, z):
    for k in range(x.size):
        z[k] = factor[k] * x[k] + offset[k]


@inner_loop
def _add(bias, z):
    for k in range(z.size):
        z[k] += bias[k]


@inner_loop
def _activate(z):
    for k in range(z.size):
        z[k] = max(z[k], _SLOPE * z[k])


@inner_loop
def _back_activate(by_y, z):
    """Put the gradient by z in its place."""
    for k in range(z.size):
        z[k] = by_y[k] if z[k] > _ZERO else _SLOPE * by_y[k]


@inner_loop
def _take_in(x, by_z, mean, total, product):
    for k in range(x.size):
        total[k] += by_z[k]
        product[k] += by_z[k] * (x[k] - mean)


@inner_loop
def _gather(sums, blend, mean, inverse, size, by_blend):
    """Write dg, from Σ dz and Σ dz (x − μ) along a row; give what dx shares, and what it slopes."""
    total, product = np.zeros(blend.size), np.zeros(blend.size)
    for k in range(sums.shape[1]):
        total[k % blend.size] += sums[0, k]
        product[k % blend.size] += sums[1, k]
    shared = sloped = 0.0
    for c in range(blend.size):
        by_blend[c] = inverse * product[c] - product[c] - mean * total[c]
        shared += blend[c] * total[c]
        sloped += blend[c] * product[c]
    return np.float32(shared * inverse / size), np.float32(sloped * inverse**3 / size)


@inner_loop
def _spread(x, by_z, factor, mean, shared, sloped, by_x):
    for k in range(x.size):
        by_x[k] = factor[k] * by_z[k] - shared - sloped * (x[k] - mean)
