"""How far apart two small pictures are, in place and once the camera's own movement is taken out.

A small picture holds the means of 4 × 4 pixels: 56 × 56 of a frame of 224 × 224. A coarse one holds
those of 16 × 16: 14 × 14.
"""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from stream_ae.kernels.jit import can_loop, inner_loop, loop, rows_of

SIZE = 4
"""Pixels on each side of a block that becomes one."""

LEVELS = 255.0
"""What the brightest pixel becomes."""

_REACH = 3  # blocks by which a camera may move in a frame: 12 pixels

Small = NDArray[np.float32]
"""(rows, columns, 3), in levels of 255."""

IN_PLACE = (0.0, 0.0)
"""No shift."""


def shrink(image: Tensor) -> Small:
    """The means of blocks of 4 × 4 pixels of a frame.

    Args:
        image: (1, 3, h, w) in [0, 1], on any device; h and w are multiples of 4.
    """
    if not can_loop(image):
        means = F.avg_pool2d(image[0].to(torch.float32), SIZE).mul(LEVELS).permute(1, 2, 0)
        return np.ascontiguousarray(means if means.is_cpu else means.cpu())
    out = np.empty((image.shape[2] // SIZE, image.shape[3] // SIZE, 3), np.float32)
    _shrink(rows_of(image), out)
    return out


def find_shift(now: Small, then: Small) -> tuple[float, float]:
    """How far down and to the right in an earlier picture the content of this one is, in blocks.

    The least mean absolute difference of the brightness over what both show, among shifts of up
    to 3 blocks; then, on each axis, the lowest point of the parabola through it and its neighbours.

    Args:
        now: a picture.
        then: an earlier one of the same shape.
    """
    found: tuple[float, float] = _find_shift(now, then)
    return found


def difference(now: Small, then: Small, *, shift: tuple[float, float] = IN_PLACE) -> float:
    """The square of the mean root of the differences of blocks, in levels over three colours.

    A root counts what is everywhere for more than what is large and in few places: a person who
    passes is no other scene.

    Args:
        now: a picture.
        then: an earlier one of the same shape, read between its blocks.
        shift: what :func:`find_shift` gave.
    """
    return float(_difference(now, then, shift[0], shift[1]))


def coarsen(small: Small) -> Small:
    """The means of blocks of 4 × 4 of a small picture, that is of 16 × 16 pixels of the frame.

    Args:
        small: (rows, columns, 3); what is left at the right and below is not looked at.
    """
    out = np.empty((small.shape[0] // SIZE, small.shape[1] // SIZE, 3), np.float32)
    _coarsen(small, out)
    return out


@loop
def _coarsen(small, out):
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for c in range(3):
                total = np.float32(0.0)
                for y in range(4 * i, 4 * i + 4):
                    for x in range(4 * j, 4 * j + 4):
                        total += small[y, x, c]
                out[i, j, c] = total / np.float32(16.0)


@loop
def _shrink(rows, out):
    scale = np.float32(255.0 / 16.0)
    for i in range(out.shape[0]):
        a, b, c, d = rows[4 * i], rows[4 * i + 1], rows[4 * i + 2], rows[4 * i + 3]
        for j in range(out.shape[1]):
            for k in range(3):
                total = np.float32(0.0)
                for x in range(12 * j + k, 12 * j + 12, 3):
                    total += a[x] + b[x] + c[x] + d[x]
                out[i, j, k] = scale * total


@loop
def _find_shift(now, then):
    one, other = _brightness(now), _brightness(then)
    best, down, right = _apart(one, other, 0, 0), 0, 0
    for i in range(-_REACH, _REACH + 1):
        for j in range(-_REACH, _REACH + 1):
            apart = _apart(one, other, i, j)
            if apart < best:
                best, down, right = apart, i, j
    above, below = _apart(one, other, down - 1, right), _apart(one, other, down + 1, right)
    before, after = _apart(one, other, down, right - 1), _apart(one, other, down, right + 1)
    return down + _lowest(above, best, below), right + _lowest(before, best, after)


@inner_loop
def _brightness(small):
    out = np.empty(small.shape[:2], np.float32)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = small[i, j, 0] + small[i, j, 1] + small[i, j, 2]
    return out


@inner_loop
def _apart(one, other, down, right):
    """Mean absolute difference over what both pictures show."""
    height, width = one.shape
    top, bottom = max(0, -down), min(height, height - down)
    left, end = max(0, -right), min(width, width - right)
    total = np.float32(0.0)
    for i in range(top, bottom):
        a, b = one[i, left:end], other[i + down, left + right : end + right]
        for j in range(a.size):
            total += abs(a[j] - b[j])
    return total / np.float32((bottom - top) * (end - left))


@inner_loop
def _lowest(before, here, after):
    """Where between −1/2 and 1/2 a parabola through three values is lowest."""
    bend, half = before - 2 * here + after, np.float32(0.5)
    if bend <= 0:
        return np.float32(0.0)
    return min(max(half * (before - after) / bend, -half), half)


@loop
def _difference(now, then, down, right):
    height, width = now.shape[0], now.shape[1]
    y, x = np.int64(np.floor(down)), np.int64(np.floor(right))
    v, u = np.float32(down - y), np.float32(right - x)
    next_y, next_x = (1 if v > 0 else 0), (1 if u > 0 else 0)
    top, bottom = max(0, -y), min(height, height - y - next_y)
    left, end = max(0, -x), min(width, width - x - next_x)
    one, total = np.float32(1.0), np.float32(0.0)
    a, b, c, d = (one - v) * (one - u), (one - v) * u, v * (one - u), v * u
    for i in range(top, bottom):
        first, second = then[i + y], then[i + y + next_y]
        for j in range(left, end):
            m, n = j + x, j + x + next_x
            apart = np.float32(0.0)
            for k in range(3):
                value = a * first[m, k] + b * first[n, k] + c * second[m, k] + d * second[n, k]
                apart += abs(now[i, j, k] - value)
            total += np.sqrt(apart)
    mean = total / np.float32((bottom - top) * (end - left))
    return mean * mean
