"""Masks seen through a square that is moved over them; (h, w) uint8 of 0 and 1.

Sums over squares go along one axis and then the other. Beyond the edges nothing is set. Most rows
of most masks are empty: these cost a glance.
"""

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.jit import inner_loop, loop

_MOST = np.uint8(255)  # no limit

Bytes = NDArray[np.uint8]


def count_around(mask: Bytes, reach: int) -> Bytes:
    """How many are set in the square of 2 reach + 1 pixels around each one, (h, w) uint8.

    Args:
        mask: (h, w) uint8 of 0 and 1.
        reach: pixels from the middle of the square to its edge, at most 7.
    """
    out = np.empty_like(mask)
    _count_around(mask, reach, _MOST, out)
    return out


def grow(mask: Bytes, reach: int) -> Bytes:
    """1 where any of the square of 2 reach + 1 pixels around is 1, (h, w) uint8.

    Args:
        mask: (h, w) uint8 of 0 and 1.
        reach: pixels from the middle of the square to its edge, at most 7.
    """
    out = np.empty_like(mask)
    _count_around(mask, reach, np.uint8(1), out)
    return out


def close(mask: Bytes, reach: int) -> Bytes:
    """Fill what is narrower than a square: grow a mask, and shrink it again, (h, w) uint8.

    Args:
        mask: (h, w) uint8 of 0 and 1.
        reach: pixels from the middle of the square to its edge, at most 7.
    """
    out = np.empty_like(mask)
    _shrink(grow(mask, reach), reach, out)
    return out


def outweigh(mask: Bytes, other: Bytes, *, weight: float, reach: int) -> Bytes:
    """1 where a mask, times a weight, is set at least as often around as another one.

    Args:
        mask: (h, w) uint8 of 0 and 1.
        other: likewise.
        weight: of the first.
        reach: pixels from the middle of the square to its edge, at most 7.
    """
    out = np.empty_like(mask)
    counts = count_around(mask, reach), count_around(other, reach)
    _outweigh(*counts, np.float32(weight), out)
    return out


@loop
def _outweigh(one, other, weight, out):
    for y in range(one.shape[0]):
        mine, others, found = one[y], other[y], out[y]
        for x in range(found.size):
            found[x] = weight * np.float32(mine[x]) >= np.float32(others[x])


@loop
def _count_around(mask, reach, most, out):
    """Sums over rows are those of the row before, with one more and one less; up to a limit."""
    height, width = mask.shape
    line, filled = np.zeros(width + 2 * reach, np.uint8), 0
    middle = line[reach : reach + width]
    for y in range(-reach, height):
        ahead, behind = y + reach, y - reach - 1
        if ahead < height and _has_any(mask[ahead]):
            _add(mask[ahead], middle)
            filled += 1
        if behind >= 0 and _has_any(mask[behind]):
            _subtract(mask[behind], middle)
            filled -= 1
        if y >= 0:
            out[y] = 0
            if filled:  # rows that are set
                for k in range(2 * reach + 1):
                    _add(line[k : k + width], out[y])
                _limit(out[y], most)


@loop
def _shrink(mask, reach, out):
    """1 where all of the square around that lies in the picture is 1."""
    height, width = mask.shape
    line = np.ones(width + 2 * reach, np.uint8)
    middle = line[reach : reach + width]
    for y in range(height):
        out[y] = 0
        if _has_any(mask[y]):
            middle[:] = 1
            for near in range(max(y - reach, 0), min(y + reach + 1, height)):
                _keep_both(mask[near], middle)
            out[y] = 1
            for k in range(2 * reach + 1):
                _keep_both(line[k : k + width], out[y])


@inner_loop
def _has_any(line):
    found = np.uint8(0)
    for x in range(line.size):
        found |= line[x]
    return found != 0


@inner_loop
def _add(line, out):
    for x in range(out.size):
        out[x] += line[x]


@inner_loop
def _subtract(line, out):
    for x in range(out.size):
        out[x] -= line[x]


@inner_loop
def _limit(line, most):
    for x in range(line.size):
        line[x] = min(line[x], most)


@inner_loop
def _keep_both(line, out):
    for x in range(out.size):
        out[x] &= line[x]
