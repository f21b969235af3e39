"""The three errors of :mod:`stream_ae.nn.losses` and their gradient in one pass over two pictures.

Pictures are rows (h, w C). A row's error is needed once more, below it, and then let go.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.jit import Compiled, Rows

_ZERO = np.float32(0.0)


def errors(
    image: Rows,
    target: Rows,
    *,
    mask: NDArray[np.bool_],
    changed: int,
    detail_weight: float,
    gradient_weight: float,
    slope: Rows,
) -> tuple[float, float, float]:
    """``mse``, ``detail`` and ``gradient``, and the slope of what training makes of them.

    That is ``(mse + k r · detail) / (1 + k r) + w · gradient`` with r the share of changed pixels.

    Args:
        image: (h, w C) in [0, 1], C values of a pixel side by side.
        target: the same shape and range.
        mask: the changed pixels, (h, w).
        changed: how many they are.
        detail_weight: k.
        gradient_weight: w.
        slope: what is written, shaped like ``image``.
    """
    found: Any = _errors(image, target, mask, changed, detail_weight, gradient_weight, slope)
    mse, detail, gradient = found
    return mse, detail, gradient


def squared_error(image: Rows, target: Rows) -> float:
    """Mean squared error of two pictures, (h, w C)."""
    mean: float = _squared_error(image, target)
    return mean


@Compiled
def _squared_error(image, target):
    total = 0.0
    for row in range(image.shape[0]):
        total += _square_row(image[row], target[row])
    return total / image.size


@Compiled
def _square_row(image, target):
    total = _ZERO
    for k in range(image.size):
        error = image[k] - target[k]
        total += error * error
    return total


@Compiled
def _errors(image, target, mask, changed, detail_weight, gradient_weight, slope):
    (height, length), channels = image.shape, image.shape[1] // mask.shape[1]
    share, counted = detail_weight * changed / mask.size, changed if changed else mask.size
    by_mse = np.float32(2.0 / ((1.0 + share) * image.size))
    by_detail = np.float32(2.0 * share / ((1.0 + share) * counted * channels))
    sides, ends = height * (length - channels), (height - 1) * length
    by_side = np.float32(0.5 * gradient_weight / sides)
    by_end = np.float32(0.5 * gradient_weight / ends)
    work = np.zeros((4, length), np.float32)
    error, above, weight, signs = work[0], work[1], work[2], work[3]
    mse = detail = across = down = 0.0
    for row in range(height):
        above, error = error, above
        mse += _squares(image[row], target[row], error, by_mse, slope[row])
        if not changed or mask[row].any():
            _spread_mask(mask[row], not changed, weight)
            detail += _chosen_squares(error, weight, by_detail, slope[row])
        right = signs[channels:]
        across += _differences(error[:-channels], error[channels:], by_side, right)
        _add(right, slope[row, channels:], slope[row, :-channels])
        if row:
            down += _differences(above, error, by_end, signs)
            _add(signs, slope[row], slope[row - 1])
    return mse / image.size, detail / (counted * channels), 0.5 * (across / sides + down / ends)


@Compiled
def _squares(image, target, error, factor, slope):
    total = _ZERO
    for k in range(error.size):
        value = image[k] - target[k]
        error[k], slope[k] = value, factor * value
        total += value * value
    return total


@Compiled
def _spread_mask(mask, everything, weight):
    channels = weight.size // mask.size
    for j in range(mask.size):
        weight[j * channels : (j + 1) * channels] = np.float32(everything or mask[j])


@Compiled
def _chosen_squares(error, weight, factor, slope):
    total = _ZERO
    for k in range(error.size):
        value = error[k] * weight[k]
        slope[k] += factor * value
        total += value * value
    return total


@Compiled
def _differences(one, other, factor, signs):
    """The sum of |other − one|, and its slope by ``other``."""
    total = _ZERO
    for k in range(signs.size):
        value = other[k] - one[k]
        total += abs(value)
        signs[k] = factor * np.float32(value > _ZERO) - factor * np.float32(value < _ZERO)
    return total


@Compiled
def _add(signs, gains, losses):
    for k in range(signs.size):
        gains[k] += signs[k]
    for k in range(signs.size):
        losses[k] -= signs[k]
