"""The resizing of :mod:`stream_ae.nn.preprocessing`, row by row of the result.

Beside the learner: no second picture in float is made, and the interpreter is left to others.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.jit import Rows, inner_loop, loop

_ZERO, _ONE, _WHITE = np.float32(0.0), np.float32(1.0), np.float32(255.0)


class Taps(NamedTuple):
    """Which source pixels make up each of n output pixels of an axis, and with what weight.

    Args:
        positions: of the source pixels, (n, k).
        weights: of each, (n, k), with rows that sum to 1.
    """

    positions: NDArray[np.int64]
    weights: Rows


def resize(lines: NDArray[np.uint8], *, rows: Taps, columns: Taps) -> Rows:
    """(H, 3 W) levels to (h, 3 w) in [0, 1], rows first: they lie together in memory.

    Args:
        lines: a picture, three colours of a pixel side by side.
        rows: of the result.
        columns: of the result, in pixels.
    """
    out = np.empty((len(rows.positions), 3 * len(columns.positions)), np.float32)
    _resize(lines, *rows, *columns, out)
    return out


@loop
def _resize(lines, rows, shares, columns, weights, out):
    total = np.empty(lines.shape[1], np.float32)
    for row in range(out.shape[0]):
        total[:] = _ZERO
        for tap in range(shares.shape[1]):
            if shares[row, tap] > _ZERO:
                _add(lines[rows[row, tap]], shares[row, tap], total)
        _gather(total, columns, weights, out[row])


@inner_loop
def _add(line, share, total):
    for k in range(total.size):
        total[k] += share * np.float32(line[k])


@inner_loop
def _gather(total, columns, weights, out):
    """A row of the result; weights that are rounded can add up to a hair above 1."""
    for j in range(weights.shape[0]):
        red = green = blue = _ZERO
        for tap in range(weights.shape[1]):
            weight, k = weights[j, tap], 3 * columns[j, tap]
            if weight > _ZERO:
                red += weight * total[k]
                green += weight * total[k + 1]
                blue += weight * total[k + 2]
        out[3 * j] = min(red / _WHITE, _ONE)
        out[3 * j + 1] = min(green / _WHITE, _ONE)
        out[3 * j + 2] = min(blue / _WHITE, _ONE)
