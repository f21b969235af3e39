"""The structural similarity of two pictures, and its gradient.

On a CPU in float32 it is one pass: a row of windows after another. The pixels that they cover are
blurred along the columns, then along the row; the index and its gradients follow, and are spread
back the same way. Of what is spread only as many rows are kept as reach the next one, so that all
of it stays near the processor. Everything else is plain tensor operations, whose gradient is
autograd's.

Wang, Bovik, Sheikh, Simoncelli 2004, "Image Quality Assessment: From Error Visibility to Structural
Similarity". In its symbols, with E the mean in a window, the index of a window is (eq. 13)::

    s = A₁ A₂ / (B₁ B₂)      A₁ = 2 μₓ μᵧ + C₁       A₂ = 2 σₓᵧ + C₂
                             B₁ = μₓ² + μᵧ² + C₁     B₂ = σₓ² + σᵧ² + C₂

    μₓ = E[x]    σₓ² + σᵧ² = S − μₓ² − μᵧ², S = E[x² + y²]    σₓᵧ = P − μₓ μᵧ, P = E[x y]

So s depends on the image x through three means alone. Their partial derivatives, where μₓ counts
in each of the four factors, and then the chain rule, with Eᵀ the transposed window::

    ∂s/∂P = 2 A₁ / (B₁ B₂)       ∂s/∂S = −s / B₂
    ∂s/∂μₓ = 2 μᵧ A₂ / (B₁ B₂) − 2 μₓ s / B₁ − μᵧ ∂s/∂P − 2 μₓ ∂s/∂S

    ∂(Σ s)/∂x = Eᵀ[∂s/∂μₓ] + 2 x Eᵀ[∂s/∂S] + y Eᵀ[∂s/∂P]

Variances do not depend on the origin of x and y, but their rounding errors do: they are the small
difference of large squares. All of it is reckoned from an origin near the mean of the picture. Only
A₁ and B₁, and their share of ∂s/∂μₓ, take the means as they are.

Pictures are rows (h, w C). *Lanes* are such a row dealt out by the position within ``stride``
pixels, (stride, w / stride C), so that what is a stride apart lies side by side.
"""

from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from stream_ae.kernels.jit import Rows, can_loop, inner_loop, loop, rows_of

TAPS, SIGMA = 11, 1.5
"""The window of section III.B."""

C1, C2 = 0.01**2, 0.03**2
"""The two constants, for values in [0, 1]."""

_TWO = np.float32(2.0)


def mean_ssim(image: Tensor, target: Tensor, *, stride: int) -> Tensor:
    """Mean structural similarity over all windows, 0-dim; differentiable in ``image``.

    Args:
        image: (n, C, h, w) in [0, 1].
        target: the same shape and range.
        stride: of the windows, along both axes.
    """
    if not image.requires_grad and len(image) == 1 and can_loop(image, target):
        rows, wanted = rows_of(image), rows_of(target)
        return image.new_tensor(ssim_of_rows(rows, wanted, channels=image.shape[1], stride=stride))
    origin = target.mean()
    x, y = image - origin, target - origin
    maps = torch.stack([x, y, x * x + y * y, x * y])
    mean_x, mean_y, squares, product = _blur(maps, stride)
    mu_x, mu_y = mean_x + origin, mean_y + origin
    a1, b1 = 2.0 * mu_x * mu_y + C1, mu_x.square() + mu_y.square() + C1
    a2 = 2.0 * (product - mean_x * mean_y) + C2
    b2 = squares - mean_x.square() - mean_y.square() + C2
    index: Tensor = a1 * a2 / (b1 * b2)
    return index.mean()


def ssim_of_rows(
    image: Rows,
    target: Rows,
    *,
    channels: int,
    stride: int,
    weight: float = 0.0,
    grad: Rows | None = None,
) -> float:
    """The same of two pictures as rows; its gradient is added where one is asked for.

    Args:
        image: (h, w C) in [0, 1], C values of a pixel side by side.
        target: the same shape and range.
        channels: C.
        stride: of the windows, along both axes.
        weight: what the gradient is multiplied by.
        grad: to which it is added, shaped like ``image``; None for no gradient.
    """
    taps: Rows = _window(torch.float32, torch.device("cpu")).numpy()
    out = np.empty((0, 0), np.float32) if grad is None else grad
    c1, c2 = np.float32(C1), np.float32(C2)
    index: float = _ssim(image, target, channels, taps, c1, c2, stride, weight, out)
    return index


def _blur(maps: Tensor, stride: int) -> Tensor:
    """The mean of maps (k, n, C, h, w) in every window: along the columns, then along the rows."""
    taps = _window(maps.dtype, maps.device)
    flat = maps.reshape(-1, 1, *maps.shape[3:])
    flat = F.conv2d(flat, taps.view(1, 1, -1, 1), stride=(stride, 1))
    flat = F.conv2d(flat, taps.view(1, 1, 1, -1), stride=(1, stride))
    return flat.view(*maps.shape[:3], *flat.shape[2:])


@lru_cache
def _window(dtype: torch.dtype, device: torch.device) -> Tensor:
    """The taps, (11,), of sum 1."""
    taps = torch.arange(TAPS, dtype=dtype, device=device) - TAPS // 2
    window = torch.exp(-0.5 * (taps / SIGMA) ** 2)
    return window / window.sum()


@loop
def _ssim(image, target, channels, taps, c1, c2, stride, weight, grad):
    height, length = image.shape
    down = (height - taps.size) // stride + 1
    across = (length // channels - taps.size) // stride + 1
    values = down * across * channels
    reach = (taps.size + stride - 1) // stride
    lane = (length // channels + stride - 1) // stride * channels
    origin, share = np.float32(_mean(target[::8])), np.float32(weight / values)
    rows = np.empty((4, stride * lane), np.float32)
    spread = np.empty((reach, 3, stride * lane), np.float32)
    lanes = np.empty((4, stride, lane), np.float32)
    means = np.empty((4, across * channels), np.float32)
    grads = np.empty((3, across * channels), np.float32)
    total = 0.0
    for window in range(down):
        first = window * stride
        _blur_columns(image[first:], target[first:], origin, taps, rows)
        _deal(rows, channels, lanes)
        _blur_row(lanes, channels, taps, means)
        total += _index(means, origin, c1, c2, grads)
        if grad.size:
            _spread_row(grads, channels, taps, lanes)
            _collect(lanes, channels, spread[window % reach])
            end = height if window == down - 1 else first + stride
            for row in range(first, end):
                _spread_columns(spread, row, window, stride, taps, rows)
                _add_grad(image[row], target[row], origin, rows, share, grad[row])
    return total / values


@inner_loop
def _mean(picture):
    total = 0.0
    for row in picture:
        part = np.float32(0.0)
        for k in range(row.size):
            part += row[k]
        total += part
    return total / picture.size


@inner_loop
def _blur_columns(image, target, origin, taps, rows):
    """E[x], E[y], E[x² + y²] and E[x y] of each column, of values relative to the origin."""
    rows[:] = 0.0
    mean_x, mean_y, squares, product = rows[0], rows[1], rows[2], rows[3]
    for t in range(taps.size):
        tap, xs, ys = taps[t], image[t], target[t]
        for k in range(xs.size):
            x, y = xs[k] - origin, ys[k] - origin
            mean_x[k] += tap * x
            mean_y[k] += tap * y
            squares[k] += tap * (x * x + y * y)
            product[k] += tap * x * y


@inner_loop
def _deal(rows, channels, lanes):
    count, stride, length = lanes.shape
    for m in range(count):
        for s in range(stride):
            row, lane = rows[m, s * channels :], lanes[m, s]
            for c in range(channels):
                for j in range(length // channels):
                    lane[j * channels + c] = row[j * stride * channels + c]


@inner_loop
def _collect(lanes, channels, rows):
    """The transpose of :func:`_deal`."""
    _, stride, length = lanes.shape
    for m in range(rows.shape[0]):
        for s in range(stride):
            row, lane = rows[m, s * channels :], lanes[m, s]
            for c in range(channels):
                for j in range(length // channels):
                    row[j * stride * channels + c] = lane[j * channels + c]


@inner_loop
def _blur_row(lanes, channels, taps, means):
    """The four maps of every window of a row, (4, windows C)."""
    means[:] = 0.0
    stride = lanes.shape[1]
    for m in range(4):
        mean = means[m]
        for t in range(taps.size):
            tap, lane = taps[t], lanes[m, t % stride, t // stride * channels :]
            for k in range(mean.size):
                mean[k] += tap * lane[k]


@inner_loop
def _index(means, origin, c1, c2, grads):
    """The sum of the index over a row, and its gradients by μₓ, by S and by P."""
    mean_x, mean_y, squares, product = means[0], means[1], means[2], means[3]
    by_mean, by_square, by_product = grads[0], grads[1], grads[2]
    total = np.float32(0.0)
    for j in range(mean_x.size):
        x, y = mean_x[j], mean_y[j]
        mu_x, mu_y = x + origin, y + origin
        a1, b1 = _TWO * mu_x * mu_y + c1, mu_x * mu_x + mu_y * mu_y + c1
        a2 = _TWO * (product[j] - x * y) + c2
        b2 = squares[j] - x * x - y * y + c2
        inverse = np.float32(1.0) / (b1 * b2)
        index = a1 * a2 * inverse
        total += index
        square = -index * b1 * inverse
        joint = _TWO * a1 * inverse
        mean = mu_y * a2 * inverse - mu_x * index * b2 * inverse - x * square
        by_mean[j], by_square[j], by_product[j] = _TWO * mean - y * joint, square, joint
    return total


@inner_loop
def _spread_row(grads, channels, taps, lanes):
    """The transpose of :func:`_blur_row`."""
    lanes[:3] = 0.0
    stride = lanes.shape[1]
    for t in range(taps.size):
        lane_of = lanes[:, t % stride, t // stride * channels :]
        for m in range(3):
            tap, grad, lane = taps[t], grads[m], lane_of[m]
            for k in range(grad.size):
                lane[k] += tap * grad[k]


@inner_loop
def _spread_columns(spread, row, window, stride, taps, rows):
    """What the rows of windows up to ``window`` say of a row of pixels."""
    rows[:3] = 0.0
    for back in range(min(spread.shape[0], window + 1)):
        t = row - (window - back) * stride
        if t < taps.size:
            tap, values = taps[t], spread[(window - back) % spread.shape[0]]
            for m in range(3):
                out, row_of = rows[m], values[m]
                for k in range(out.size):
                    out[k] += tap * row_of[k]


@inner_loop
def _add_grad(xs, ys, origin, rows, weight, grad):
    by_mean, by_square, by_product = rows[0], rows[1], rows[2]
    for k in range(grad.size):
        x, y = xs[k] - origin, ys[k] - origin
        grad[k] += weight * (by_mean[k] + _TWO * x * by_square[k] + y * by_product[k])
