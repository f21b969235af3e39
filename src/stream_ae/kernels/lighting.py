"""What light does to a whole picture: how much of it changed, and by which curve."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.jit import Rows, inner_loop, loop

TONES, MOST = 32, 64
"""Of histograms of tones: bins of brightness, and levels up to which a difference is told."""

SPARSE = 4
"""Pixels from one that is looked at to the next, where a picture is judged as a whole."""

_QUARTERS = 64  # bins of differences, each a quarter of a level
_HALF, _WHITE = np.float32(0.5), np.float32(255.0)

Bytes = NDArray[np.uint8]


class Summary(NamedTuple):
    """A picture as a whole.

    Args:
        mean: of its brightness, in levels.
        deviation: standard deviation of its brightness, in levels.
    """

    mean: float
    deviation: float


def summarize(rgb: Bytes) -> Summary:
    """Mean and deviation of the brightness of sparse pixels of a picture (h, w, 3) uint8."""
    return Summary(*_summarize(rgb))


def share_that_differs(one: Bytes, other: Bytes, *, limit: float) -> float:
    """Share of the sparse pixels that differ by more than a limit.

    Args:
        one: (h, w, 3) uint8.
        other: likewise.
        limit: levels over three colours.
    """
    return float(_share_that_differs(one, other, np.float32(limit)))


def shares_that_differ(
    one: Bytes, other: Bytes, *, tables: Bytes, limit: float
) -> tuple[float, float]:
    """The same as it is, and with each level of the first picture replaced.

    Args:
        one: (h, w, 3) uint8.
        other: likewise.
        tables: (3, 256) uint8, see :func:`apply_tables`.
        limit: levels over three colours.
    """
    before, after = _shares_that_differ(one, other, tables, np.float32(limit))
    return float(before), float(after)


def are_equal(one: Bytes, other: Bytes) -> bool:
    """Whether two pictures of one shape (h, w, 3) are the same; the first difference is enough."""
    return bool(_are_equal(one, other))


def median_difference(one: Bytes, other: Bytes) -> float:
    """Median over sparse pixels of how much their brightness differs, in levels below 16.

    Args:
        one: (h, w, 3) uint8.
        other: likewise.
    """
    counts = np.zeros(_QUARTERS, np.int64)
    _count_differences(one, other, counts)
    total = np.cumsum(counts)
    at = int(np.searchsorted(total, total[-1] / 2))
    below = total[at - 1] if at else 0
    share = (total[-1] / 2 - below) / max(counts[at], 1)
    return float(max(at - 0.5 + share, 0.0)) / 4  # a bin reaches half a quarter to both sides


def median_tones(
    rgb: Bytes, background: Bytes, *, skip: Bytes
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """How many places there are of each tone, and by how much too dark their median is.

    Args:
        rgb: (h, w, 3) uint8.
        background: likewise.
        skip: (h, w) uint8, 1 where nothing is counted.

    Returns:
        (3, 32) int32 each, of each colour and mean brightness of both in steps of 8 levels: places,
        and the median of background minus frame, from -64 to 64; -64 where there is no place.
    """
    places, medians = np.zeros((3, TONES), np.int32), np.empty((3, TONES), np.int32)
    _median_tones(rgb, background, skip, places, medians)
    return places, medians


def apply_tables(rgb: Bytes, tables: Bytes) -> Bytes:
    """Replace each level of each colour.

    Args:
        rgb: (h, w, 3) uint8.
        tables: (3, 256) uint8.
    """
    out = np.empty_like(rgb)
    _apply_tables(rgb, tables, out)
    return out


def multiply(samples: Bytes, mean: Rows, *, gains: Rows) -> None:
    """Brighten all that a background has kept, in place.

    Args:
        samples: (h, w, 3, n) uint8.
        mean: (h, w, 3) float32.
        gains: likewise.
    """
    _multiply(samples, mean, gains)


@loop
def _summarize(rgb):
    total, squares, count = 0.0, 0.0, 0
    for y in range(SPARSE // 2, rgb.shape[0], SPARSE):
        for x in range(SPARSE // 2, rgb.shape[1], SPARSE):
            luma = _luma(rgb[y, x]) / 256.0
            total, squares, count = total + luma, squares + luma * luma, count + 1
    mean = total / max(count, 1)
    return mean, np.sqrt(max(squares / max(count, 1) - mean * mean, 0.0))


@inner_loop
def _luma(pixel):
    """Of ITU-R BT.601, in 256ths of a level."""
    return 77 * np.int32(pixel[0]) + 150 * np.int32(pixel[1]) + 29 * np.int32(pixel[2])


@loop
def _share_that_differs(one, other, limit):
    count, total = 0, 0
    for y in range(SPARSE // 2, one.shape[0], SPARSE):
        for x in range(SPARSE // 2, one.shape[1], SPARSE):
            distance = 0
            for c in range(3):
                distance += abs(np.int32(one[y, x, c]) - np.int32(other[y, x, c]))
            count += distance > limit
            total += 1
    return count / max(total, 1)


@loop
def _shares_that_differ(one, other, tables, limit):
    before, after, total = 0, 0, 0
    for y in range(SPARSE // 2, one.shape[0], SPARSE):
        for x in range(SPARSE // 2, one.shape[1], SPARSE):
            far = replaced = 0
            for c in range(3):
                level, wanted = one[y, x, c], np.int32(other[y, x, c])
                far += abs(np.int32(level) - wanted)
                replaced += abs(np.int32(tables[c, level]) - wanted)
            before, after, total = before + (far > limit), after + (replaced > limit), total + 1
    return before / max(total, 1), after / max(total, 1)


@loop
def _are_equal(one, other):
    for y in range(one.shape[0]):
        here, there, differ = one[y].reshape(-1), other[y].reshape(-1), np.uint8(0)
        for k in range(here.size):
            differ |= here[k] ^ there[k]
        if differ:
            return False
    return True


@loop
def _count_differences(one, other, out):
    for y in range(SPARSE // 2, one.shape[0], SPARSE):
        for x in range(SPARSE // 2, one.shape[1], SPARSE):
            quarters = (abs(_luma(one[y, x]) - _luma(other[y, x])) + 32) >> 6
            out[min(quarters, out.size - 1)] += 1


@loop
def _median_tones(frame, background, skip, places, medians):
    counts = np.zeros((3, TONES, 2 * MOST + 1), np.int32)
    for y in range(0, skip.shape[0], 2):
        for x in range(0, skip.shape[1], 2):
            if skip[y, x] == 0:
                for c in range(3):
                    one, two = np.int32(frame[y, x, c]), np.int32(background[y, x, c])
                    tone = (one + two) >> 4
                    counts[c, tone, min(max(two - one, -MOST), MOST) + MOST] += 1
                    places[c, tone] += 1
    for c in range(3):
        for tone in range(TONES):
            at, seen = 0, counts[c, tone, 0]
            while 2 * seen < places[c, tone]:
                at += 1
                seen += counts[c, tone, at]
            medians[c, tone] = at - MOST


@loop
def _apply_tables(frame, tables, out):
    for y in range(frame.shape[0]):
        for x in range(frame.shape[1]):
            for c in range(3):
                out[y, x, c] = tables[c, frame[y, x, c]]


@loop
def _multiply(samples, mean, gains):
    for y in range(mean.shape[0]):
        for x in range(mean.shape[1]):
            for c in range(3):
                gain = gains[y, x, c]
                mean[y, x, c] = min(gain * mean[y, x, c], _WHITE)
                for k in range(samples.shape[3]):
                    value = gain * np.float32(samples[y, x, c, k]) + _HALF
                    samples[y, x, c, k] = np.uint8(min(value, _WHITE))
