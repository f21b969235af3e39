"""How far one picture is shifted against another: least squares on their brightness.

Lucas and Kanade, "An Iterative Image Registration Technique", 1981, for one shift of the whole
picture and one offset of its brightness; what does not fit is left out.
"""

import ctypes
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.jit import Rows, inner_loop, loop

TILES = 4
"""Parts of each axis of a picture that are judged for themselves."""

_LEAST = 0.05  # share of the places that must fit to say anything
_STRUCTURE = 1e-3  # determinant over squared trace below which there is structure in one direction
_RED, _GREEN, _BLUE = np.float32(0.299 / 4), np.float32(0.587 / 4), np.float32(0.114 / 4)
_ZERO, _ONE, _HALF = np.float32(0.0), np.float32(1.0), np.float32(0.5)

Bytes = NDArray[np.uint8]


class Fit(NamedTuple):
    """One step of the least squares.

    Args:
        change: by which the shift should change, (x, y) in pixels; None where the picture does not
            say, for want of structure or of places that fit.
        rest: mean of what is left, in levels; a place that does not fit counts as the limit.
    """

    change: tuple[float, float] | None
    rest: float


def half_luma(rgb: Bytes) -> Rows:
    """Brightness at half size, (h // 2, w // 2) float32: the mean of 2 × 2 pixels.

    Args:
        rgb: (h, w, 3) uint8.
    """
    out = np.empty((rgb.shape[0] // 2, rgb.shape[1] // 2), np.float32)
    _half_luma(rgb, out)
    return out


def fit_shift(
    picture: Rows, reference: Rows, *, skip: Bytes, shift: tuple[float, float], limit: float
) -> Fit:
    """Compare a picture at p + shift with a reference at p, and say how to shift it better.

    With e = reference − picture and the slopes x, y of the reference, over the places where |e| is
    below the limit, the change d and an offset o minimise Σ (x dx + y dy + o − e)².

    Args:
        picture: (h, w) float32.
        reference: likewise.
        skip: (h, w) uint8, 1 where nothing is compared.
        shift: (x, y) in pixels.
        limit: levels by which a place may differ.
    """
    sums = np.zeros(11)
    right, down = np.float32(shift[0]), np.float32(shift[1])
    _add_up(picture, reference, skip, right, down, np.float32(limit), sums)
    xx, xy, yy, x, y, n, xe, ye, e, rest, compared = (float(value) for value in sums)
    rest = (rest + limit * (compared - n)) / compared if compared else limit
    if n < max(_LEAST * skip.size, 1):
        return Fit(None, rest)
    xx, xy, yy = xx - x * x / n, xy - x * y / n, yy - y * y / n
    xe, ye = xe - x * e / n, ye - y * e / n
    determinant = xx * yy - xy * xy
    if determinant <= _STRUCTURE * (xx + yy) ** 2 + n:
        return Fit(None, rest)
    return Fit(((yy * xe - xy * ye) / determinant, (xx * ye - xy * xe) / determinant), rest)


def rest_by_tile(
    picture: Rows, reference: Rows, *, skip: Bytes, shift: tuple[float, float], limit: float
) -> NDArray[np.float64]:
    """What is left of each of 4 × 4 tiles, (4, 4): mean over what is compared, up to the limit.

    Args:
        picture: (h, w) float32.
        reference: likewise; its tiles.
        skip: (h, w) uint8, 1 where nothing is compared.
        shift: (x, y) in pixels.
        limit: levels that a place counts for at most.
    """
    sums = np.zeros((TILES, TILES, 2))
    right, down = np.float32(shift[0]), np.float32(shift[1])
    _add_rests(picture, reference, skip, right, down, np.float32(limit), sums)
    rests: NDArray[np.float64] = sums[..., 0] / np.maximum(sums[..., 1], 1)
    return rests


def warp(rgb: Bytes, *, right: float, down: float) -> Bytes:
    """A picture between its pixels, linearly: the result at p is ``rgb`` at p + (right, down).

    Args:
        rgb: (h, w, 3) uint8; its edges are repeated.
        right: pixels, in (-1, 1).
        down: likewise.
    """
    out = np.empty_like(rgb)
    _warp(rgb, np.float32(right), np.float32(down), out)
    return out


def roll(values: NDArray[np.generic], *, step: int) -> None:
    """Move entries along a list in place; places that come free keep what they hold.

    Args:
        values: (n, ...), contiguous.
        step: places by which each entry moves to higher places, below 0 to lower ones.
    """
    size = values.nbytes // max(len(values), 1)  # of an entry, in bytes
    kept, start = max(len(values) - abs(step), 0), values.ctypes.data
    target, source = start + max(step, 0) * size, start + max(-step, 0) * size
    ctypes.memmove(target, source, kept * size)  # NumPy would first copy what overlaps


@loop
def _half_luma(rgb, out):
    for y in range(out.shape[0]):
        one, two, line = rgb[2 * y], rgb[2 * y + 1], out[y]
        for x in range(line.size):
            j = 2 * x
            red = _sum(one[j, 0], one[j + 1, 0], two[j, 0], two[j + 1, 0])
            green = _sum(one[j, 1], one[j + 1, 1], two[j, 1], two[j + 1, 1])
            blue = _sum(one[j, 2], one[j + 1, 2], two[j, 2], two[j + 1, 2])
            line[x] = _RED * red + _GREEN * green + _BLUE * blue


@inner_loop
def _sum(a, b, c, d):
    return np.float32(np.int32(a) + np.int32(b) + np.int32(c) + np.int32(d))


@loop
def _add_up(picture, reference, skip, dx, dy, limit, out):
    height, width = reference.shape
    left, top = np.int64(np.floor(dx)), np.int64(np.floor(dy))
    right, down = dx - np.float32(left), dy - np.float32(top)
    begin, end = max(1, -left), min(width - 1, width - 1 - left)
    for y in range(max(1, -top), min(height - 1, height - 1 - top)):
        if begin < end:
            one, two = picture[y + top, begin + left :], picture[y + top + 1, begin + left :]
            above, below = reference[y - 1, begin:end], reference[y + 1, begin:end]
            here = reference[y, begin - 1 : end + 1]
            _add_row(one, two, right, down, above, here, below, skip[y, begin:end], limit, out)


@inner_loop
def _add_row(one, two, right, down, above, here, below, skip, limit, out):
    xx = xy = yy = sx = sy = n = xe = ye = se = rest = compared = _ZERO
    for k in range(skip.size):
        upper = one[k] + right * (one[k + 1] - one[k])
        lower = two[k] + right * (two[k + 1] - two[k])
        error = here[k + 1] - (upper + down * (lower - upper))
        seen = _ONE - np.float32(skip[k])
        used = seen if abs(error) < limit else _ZERO
        x, y = used * _HALF * (here[k + 2] - here[k]), used * _HALF * (below[k] - above[k])
        xx, xy, yy = xx + x * x, xy + x * y, yy + y * y
        sx, sy, n = sx + x, sy + y, n + used
        xe, ye = xe + x * error, ye + y * error
        se, rest = se + used * error, rest + used * abs(error)
        compared += seen
    sums = (xx, xy, yy, sx, sy, n, xe, ye, se, rest, compared)
    for k in range(len(sums)):
        out[k] += sums[k]


@loop
def _add_rests(picture, reference, skip, dx, dy, limit, out):
    height, width = reference.shape
    left, top = np.int64(np.floor(dx)), np.int64(np.floor(dy))
    right, down = dx - np.float32(left), dy - np.float32(top)
    for y in range(max(0, -top), min(height, height - 1 - top)):
        for column in range(TILES):
            begin = max(column * width // TILES, -left)
            end = min((column + 1) * width // TILES, width - 1 - left)
            rest = compared = _ZERO
            one, two, here, hidden = picture[y + top], picture[y + top + 1], reference[y], skip[y]
            for x in range(begin, end):
                j = x + left
                upper = one[j] + right * (one[j + 1] - one[j])
                lower = two[j] + right * (two[j + 1] - two[j])
                seen = _ONE - np.float32(hidden[x])
                error = abs(here[x] - (upper + down * (lower - upper)))
                rest += seen * min(error, limit)
                compared += seen
            out[y * TILES // height, column, 0] += rest
            out[y * TILES // height, column, 1] += compared


@loop
def _warp(rgb, right, down, out):
    height, width = rgb.shape[:2]
    x_step, y_step = (1 if right >= _ZERO else -1), (1 if down >= _ZERO else -1)
    right, down = abs(right), abs(down)
    line = np.empty(3 * width + 6, np.float32)
    middle, beside = line[3:-3], line[3 + 3 * x_step :]
    for y in range(height):
        one = rgb[y].reshape(-1)
        two = rgb[min(max(y + y_step, 0), height - 1)].reshape(-1)
        for k in range(one.size):
            upper = np.float32(one[k])
            middle[k] = upper + down * (np.float32(two[k]) - upper)
        for c in range(3):
            line[c], line[3 * width + 3 + c] = line[3 + c], line[3 * width + c]
        result = out[y].reshape(-1)
        for k in range(result.size):
            result[k] = np.uint8(middle[k] + right * (beside[k] - middle[k]) + _HALF)
