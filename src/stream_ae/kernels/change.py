"""The change mask of :mod:`stream_ae.detection.change` in few passes over two frames.

Frames are rows (h, 3 w).
"""

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.jit import Compiled, Rows

_ONE = np.float32(1.0)


def intensity(previous: Rows, current: Rows, *, weights: tuple[float, float, float]) -> Rows:
    """How much each pixel changed, (h, w) in [0, 1]: blurred over 3 × 3 pixels, then weighed.

    Args:
        previous: (h, 3 w) in [0, 1].
        current: the same shape and range.
        weights: of the three colours.
    """
    out = np.empty((len(current), current.shape[1] // 3), np.float32)
    red, green, blue = (np.float32(weight / 9.0) for weight in weights)
    _intensity(previous, current, red, green, blue, out)
    return out


def clean(intensity: Rows, threshold: float) -> NDArray[np.bool_]:
    """Where it is above a threshold, (h, w): without specks, and with gaps filled."""
    mask = np.empty(intensity.shape, np.uint8)
    _clean(intensity, np.float32(threshold), mask)
    return mask.view(np.bool_)


@Compiled
def _intensity(previous, current, red, green, blue, out):
    height, length = current.shape
    rows, total = np.empty((3, length), np.float32), np.empty(length + 6, np.float32)
    _subtract(current[0], previous[0], rows[0])
    for row in range(height):
        if row + 1 < height:
            _subtract(current[row + 1], previous[row + 1], rows[(row + 1) % 3])
        above, below = rows[max(row - 1, 0) % 3], rows[min(row + 1, height - 1) % 3]
        _add_rows(above, rows[row % 3], below, total[3:-3])
        total[:3], total[-3:] = total[3:6], total[-6:-3]  # the edges are repeated
        _weigh(total, red, green, blue, out[row])


@Compiled
def _subtract(one, other, out):
    for k in range(out.size):
        out[k] = one[k] - other[k]


@Compiled
def _add_rows(one, two, three, out):
    for k in range(out.size):
        out[k] = one[k] + two[k] + three[k]


@Compiled
def _weigh(total, red, green, blue, out):
    """From the sums of three pixels side by side; three weights may add up to a hair above 1."""
    left, middle, right = total, total[3:], total[6:]
    for j in range(out.size):
        k = 3 * j
        value = red * abs(left[k] + middle[k] + right[k])
        value += green * abs(left[k + 1] + middle[k + 1] + right[k + 1])
        value += blue * abs(left[k + 2] + middle[k + 2] + right[k + 2])
        out[j] = min(value, _ONE)


@Compiled
def _clean(intensity, threshold, mask):
    height, width = intensity.shape
    changed = np.empty_like(mask)
    for row in range(height):
        for j in range(width):
            changed[row, j] = intensity[row, j] > threshold
    _majority(changed, mask)
    _grow(mask, 0, changed)
    _grow(changed, 1, mask)


@Compiled
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


@Compiled
def _grow(mask, value, out):
    """Where any of the 5 × 5 pixels around is not ``value``, 0 or 1; else it."""
    height, width = mask.shape
    total = np.zeros(width + 4, np.uint8)
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
