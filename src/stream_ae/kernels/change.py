"""Which pixels changed between two frames, and how much.

On a CPU in float32 that is a few passes over two frames as rows (h, 3 w). Everything else is plain
tensor operations, and nothing is read back from another device, so that it is not waited for.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from stream_ae.kernels.jit import can_loop, inner_loop, loop, rows_of

_ONE = np.float32(1.0)

Colours = tuple[float, float, float]


def intensity(previous: Tensor, current: Tensor, *, weights: Colours) -> Tensor:
    """How much each pixel changed, (h, w) in [0, 1]: averaged over 3 × 3 pixels, then weighed.

    Args:
        previous: (1, 3, h, w) float32 in [0, 1].
        current: the same shape and range.
        weights: of the three colours.
    """
    if not can_loop(previous, current):
        return _plain_intensity(previous, current, weights)
    out = np.empty(tuple(current.shape[2:]), np.float32)
    red, green, blue = (np.float32(weight / 9.0) for weight in weights)
    _intensity(rows_of(previous), rows_of(current), red, green, blue, out)
    return torch.from_numpy(out)


def clean_mask(intensity: Tensor, threshold: Tensor) -> Tensor:
    """Where an intensity is above a threshold, (h, w) bool, without specks and with gaps filled.

    Args:
        intensity: (h, w) float32.
        threshold: 0-dim.
    """
    if not can_loop(intensity):
        return _closed(_without_specks(intensity > threshold))
    mask = np.empty(tuple(intensity.shape), np.uint8)
    _clean(intensity.numpy(), np.float32(threshold.item()), mask)
    return torch.from_numpy(mask.view(np.bool_))


def _plain_intensity(previous: Tensor, current: Tensor, weights: Colours) -> Tensor:
    difference = _sum_3x3(current - previous).abs_()[0]  # (3, h, w)
    red, green, blue = (weight / 9 for weight in weights)
    intensity = difference[0] * red
    intensity.add_(difference[1], alpha=green).add_(difference[2], alpha=blue)
    return intensity.clamp_(max=1)  # three weights that are rounded can add up to a hair above 1


def _without_specks(mask: Tensor) -> Tensor:
    """What the majority of the 3 × 3 pixels around each one says."""
    return _sum_3x3(mask.to(torch.uint8)) >= 5


def _closed(mask: Tensor) -> Tensor:
    """Closing by two pixels: grown by them, so that gaps close, and shrunk again."""
    return ~_grow(~_grow(mask))


def _grow(mask: Tensor) -> Tensor:
    """Whether any of the 5 × 5 pixels around is set: two beside each other, four, then five."""
    mask = F.pad(mask, (2, 2, 2, 2))
    for axis in (0, 1):
        n = mask.shape[axis] - 4
        two = mask.narrow(axis, 0, n + 3) | mask.narrow(axis, 1, n + 3)
        four = two.narrow(axis, 0, n + 1) | two.narrow(axis, 2, n + 1)
        mask = four.narrow(axis, 0, n) | mask.narrow(axis, 4, n)
    return mask


def _sum_3x3(values: Tensor) -> Tensor:
    """Sum over 3 × 3 pixels in the last two axes, the edges repeated; one axis after the other."""
    for axis in (-2, -1):
        last = values.shape[axis] - 1
        total = values.clone()
        total.narrow(axis, 1, last).add_(values.narrow(axis, 0, last))
        total.narrow(axis, 0, last).add_(values.narrow(axis, 1, last))
        for edge in (0, last):
            total.narrow(axis, edge, 1).add_(values.narrow(axis, edge, 1))
        values = total
    return values


@loop
def _intensity(previous, current, red, green, blue, out):
    height, length = current.shape
    rows, total = np.empty((3, length), np.float32), np.empty(length + 6, np.float32)
    _subtract(current[0], previous[0], rows[0])
    for row in range(height):
        if row + 1 < height:
            _subtract(current[row + 1], previous[row + 1], rows[(row + 1) % 3])
        above, below = rows[max(row - 1, 0) % 3], rows[min(row + 1, height - 1) % 3]
        _add_rows(above, rows[row % 3], below, total[3:-3])
        for k in range(3):  # the edges are repeated
            total[k], total[length + 3 + k] = total[3 + k], total[length + k]
        _weigh(total, red, green, blue, out[row])


@inner_loop
def _subtract(one, other, out):
    for k in range(out.size):
        out[k] = one[k] - other[k]


@inner_loop
def _add_rows(one, two, three, out):
    for k in range(out.size):
        out[k] = one[k] + two[k] + three[k]


@inner_loop
def _weigh(total, red, green, blue, out):
    """From the sums of three pixels side by side; three weights may add up to a hair above 1."""
    left, middle, right = total, total[3:], total[6:]
    for j in range(out.size):
        k = 3 * j
        value = red * abs(left[k] + middle[k] + right[k])
        value += green * abs(left[k + 1] + middle[k + 1] + right[k + 1])
        value += blue * abs(left[k + 2] + middle[k + 2] + right[k + 2])
        out[j] = min(value, _ONE)


@loop
def _clean(intensity, threshold, mask):
    height, width = intensity.shape
    changed = np.empty_like(mask)
    for row in range(height):
        for j in range(width):
            changed[row, j] = intensity[row, j] > threshold
    _majority(changed, mask)
    _looped_grow(mask, np.uint8(0), changed)
    _looped_grow(changed, np.uint8(1), mask)


@inner_loop
def _majority(mask, out):
    """What most of the 3 × 3 pixels around each one say, the edges repeated."""
    height, width = mask.shape
    total = np.empty(width + 2, np.uint8)
    for row in range(height):
        above, here, below = mask[max(row - 1, 0)], mask[row], mask[min(row + 1, height - 1)]
        middle = total[1:-1]
        for j in range(width):
            middle[j] = above[j] + here[j] + below[j]
        total[0], total[-1] = total[1], total[-2]
        left, right, found = total[:-2], total[2:], out[row]
        for j in range(width):
            found[j] = left[j] + middle[j] + right[j] >= 5


@inner_loop
def _looped_grow(mask, value, out):
    """Where any of the 5 × 5 pixels around is not ``value``, 0 or 1; else it."""
    height, width = mask.shape
    total = np.empty(width + 4, np.uint8)
    total[0] = total[1] = total[width + 2] = total[width + 3] = 0
    for row in range(height):
        middle, found = total[2:-2], out[row]
        middle[:] = 0
        for near in range(max(row - 2, 0), min(row + 3, height)):
            line = mask[near]
            for j in range(width):
                middle[j] |= line[j] ^ value
        a, b, d, e = total, total[1:], total[3:], total[4:]
        for j in range(width):
            found[j] = (a[j] | b[j] | middle[j] | d[j] | e[j]) ^ value
