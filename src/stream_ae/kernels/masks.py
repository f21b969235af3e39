"""Masks and their regions; (h, w) uint8 of 0 and 1."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.jit import inner_loop, loop

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]


class Least(NamedTuple):
    """What a region must have to be kept, and a hole to be filled.

    Args:
        size: pixels of a region.
        support: that all of its pixels give together.
        alone: likewise, enough without the size.
        hole: pixels below which a hole is filled.
        doubt: support for each pixel of a hole that is filled.
    """

    size: float
    support: float
    alone: float
    hole: float
    doubt: float


def trim(mask: Bytes, distance: NDArray[np.int16], *, share: float) -> Bytes:
    """Take from the edge of a mask what is mostly background, (h, w) uint8.

    At an edge a pixel shows something of both sides: where its distance is below a share of the
    mean of those beside it that are farther, more of the background.

    Args:
        mask: (h, w) uint8 of 0 and 1.
        distance: from the background, (h, w) int16.
        share: in [0, 1].
    """
    out = mask.copy()
    _trim(mask, distance, np.float32(share), out)
    return out


def find_ghosts(mask: Bytes, *, rgb: Bytes, background: Bytes, ratio: float) -> Bytes:
    """Regions that are seen because something is no longer there, (h, w) uint8.

    Their outline, where rows cross it, has more contrast in the background than in the frame.

    Args:
        mask: (h, w) uint8 of 0 and 1.
        rgb: (h, w, 3) uint8.
        background: likewise.
        ratio: how many times more.
    """
    out = np.zeros_like(mask)
    _find_ghosts(mask, rgb, background, np.float32(ratio), out)
    return out


def weigh(mask: Bytes, strong: Bytes, *, lasting: Mask, is_clear: Mask, weight: int) -> Bytes:
    """How much speaks for an object at each pixel, (h, w) uint8.

    Args:
        mask: (h, w) uint8 of 0 and 1.
        strong: likewise, where what is in the mask is beyond doubt: 1.
        lasting: (h, w) bool, where that has been seen for a while: a weight.
        is_clear: likewise, where what is not in the mask is nothing but background: 0, else 1.
        weight: of what lasts.
    """
    out = np.empty_like(mask)
    _weigh(mask, strong, lasting, is_clear, np.uint8(weight), out)
    return out


def keep_regions(mask: Bytes, support: Bytes, *, least: Least) -> None:
    """Take small regions out of a mask, in place, and fill small holes that do not touch the edge.

    A region hangs together over sides and corners, a hole over sides.

    Args:
        mask: (h, w) uint8 of 0 and 1.
        support: (h, w) uint8, how much speaks for an object at each pixel.
        least: what must be there.
    """
    _keep_regions(mask, support, tuple(least))


@loop
def _weigh(mask, strong, lasting, is_clear, weight, out):
    for y in range(mask.shape[0]):
        sure, lasts, clear, line = strong[y], lasting[y], is_clear[y], out[y]
        for x in range(line.size):
            inside = weight if lasts[x] and sure[x] else sure[x]
            line[x] = inside if mask[y, x] else np.uint8(not clear[x])


@loop
def _keep_regions(mask, weights, least):
    """Runs of equal pixels belong to regions (union-find)."""
    height, width = mask.shape
    least_size, least_support, alone, hole, doubt = least
    starts, begin, parent, size, support = _label(mask, weights)
    number = starts[height]
    for run in range(number):
        root = _root(parent, run)
        if root != run:
            size[root] += size[run]
            support[root] += support[run]
    for y in range(height):
        for run in range(starts[y], starts[y + 1]):
            root = _root(parent, run)
            last = begin[run + 1] if run + 1 < starts[y + 1] else width
            if mask[y, begin[run]]:
                is_large = size[root] >= least_size or support[root] >= alone
                is_set = is_large and support[root] >= least_support
            else:
                is_set = size[root] < hole and support[root] >= doubt * size[root]
            if mask[y, begin[run]] != is_set:
                mask[y, begin[run] : last] = is_set


@inner_loop
def _label(mask, weights):
    """Runs of each row: where its first one starts, where each begins, and what it belongs to."""
    height = mask.shape[0]
    starts = np.zeros(height + 1, np.int64)
    for y in range(height):
        starts[y + 1] = starts[y] + 1 + _count_steps(mask[y])
    number = starts[height]
    begin, parent = np.empty(number, np.int32), np.empty(number, np.int32)
    size, support = np.empty(number, np.int64), np.empty(number, np.int64)
    for y in range(height):
        _find_runs(mask, weights, y, starts, begin, parent, size, support)
        if y > 0:
            _join(mask, y, starts, begin, parent)
    return starts, begin, parent, size, support


@inner_loop
def _count_steps(line):
    steps = 0
    for x in range(1, line.size):
        steps += line[x] != line[x - 1]
    return steps


@inner_loop
def _find_runs(mask, weights, y, starts, begin, parent, size, support):
    height, width = mask.shape
    x, number = 0, starts[y]
    if starts[y + 1] == number + 1 and mask[y, 0] == 0:  # an empty row, as most are
        begin[number], parent[number] = 0, number
        size[number], support[number] = height * width, 0
        x = width
    while x < width:
        value, first, found = mask[y, x], x, 0
        while x < width and mask[y, x] == value:
            found += weights[y, x]
            x += 1
        begin[number], parent[number] = first, number
        size[number], support[number] = x - first, found
        if value == 0 and (y == 0 or y == height - 1 or first == 0 or x == width):
            size[number] = height * width  # at the edge it is no hole
        number += 1


@inner_loop
def _join(mask, y, starts, begin, parent):
    """Join the runs of a row with those of the same value that they touch in the row above."""
    width, first, end, number = mask.shape[1], starts[y - 1], starts[y], starts[y + 1]
    for run in range(starts[y], number):
        last = begin[run + 1] if run + 1 < number else width
        value = mask[y, begin[run]]
        while first + 1 < end and begin[first + 1] < begin[run]:
            first += 1
        above = first
        while above < end and begin[above] <= last:
            last_above = begin[above + 1] if above + 1 < end else width
            shares_side = begin[above] < last and begin[run] < last_above
            if mask[y - 1, begin[above]] == value and (shares_side or value):
                one, other = _root(parent, run), _root(parent, above)
                parent[max(one, other)] = min(one, other)
            above += 1


@inner_loop
def _root(parent, run):
    while parent[run] != run:
        parent[run] = parent[parent[run]]
        run = parent[run]
    return run


@loop
def _trim(mask, distance, share, out):
    height, width = mask.shape
    for y in range(height):
        top, bottom = max(y - 1, 0), min(y + 2, height)
        for x in range(width if _has_any(mask[y]) else 0):
            left, right = max(x - 1, 0), min(x + 2, width)
            if mask[y, x] and _has_edge(mask[top:bottom, left:right]):
                total, count = 0, 0
                for i in range(top, bottom):
                    for j in range(left, right):
                        if mask[i, j] and distance[i, j] > distance[y, x]:
                            total += np.int32(distance[i, j])
                            count += 1
                out[y, x] = np.float32(count) * np.float32(distance[y, x]) >= share * np.float32(
                    total
                )


@inner_loop
def _has_any(line):
    found = np.uint8(0)
    for x in range(line.size):
        found |= line[x]
    return found != 0


@inner_loop
def _has_edge(mask):
    for y in range(mask.shape[0]):
        for x in range(mask.shape[1]):
            if not mask[y, x]:
                return True
    return False


@loop
def _find_ghosts(mask, frame, background, ratio, out):
    height, width = mask.shape
    starts, begin, parent, _, _ = _label(mask, mask)
    number = starts[height]
    now, before = np.zeros(number, np.float32), np.zeros(number, np.float32)
    for y in range(height):
        for run in range(starts[y], starts[y + 1]):
            root, first = _root(parent, run), begin[run]
            last = begin[run + 1] if run + 1 < starts[y + 1] else width
            if mask[y, first]:
                now[root] += _contrast_of_ends(frame[y], first, last)
                before[root] += _contrast_of_ends(background[y], first, last)
    for y in range(height):
        for run in range(starts[y], starts[y + 1]):
            root = _root(parent, run)
            last = begin[run + 1] if run + 1 < starts[y + 1] else width
            if mask[y, begin[run]] and before[root] > ratio * now[root]:
                out[y, begin[run] : last] = 1


@inner_loop
def _contrast_of_ends(line, first, last):
    """Of what lies two pixels outside of a run and what lies one inside, at both of its ends."""
    total = np.float32(0.0)
    for c in range(3):
        if first >= 2 and first + 1 < line.shape[0]:
            total += abs(np.float32(line[first - 2, c]) - np.float32(line[first + 1, c]))
        if last >= 2 and last + 1 < line.shape[0]:
            total += abs(np.float32(line[last + 1, c]) - np.float32(line[last - 2, c]))
    return total
