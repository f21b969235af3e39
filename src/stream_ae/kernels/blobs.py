"""Blobs: the parts of a mask that hang together, over sides and corners.

One pass over the mask finds its runs, the set pixels side by side in a row, and joins those that
touch by union-find; the rest works on runs, which are few. An empty mask costs one glance.

Union-find: Tarjan, "Efficiency of a Good But Not Linear Set Union Algorithm", 1975.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.jit import inner_loop, loop

MOST = 64
"""Blobs that are told apart, the largest ones; a mask that has more is noise."""


class Blobs(NamedTuple):
    """The parts of a mask.

    Args:
        labels: (h, w) uint8, 0 where there is no blob, k + 1 on blob k.
        areas: (n,) int64, pixels of each, in the order in which their first pixels are read.
        boxes: (n, 4) int64, left, top, right and bottom of each; the last two lie outside.
    """

    labels: NDArray[np.uint8]
    areas: NDArray[np.int64]
    boxes: NDArray[np.int64]


def find_blobs(mask: NDArray[np.bool_], *, least: int) -> Blobs:
    """Tell the parts of a mask apart; of more than :data:`MOST`, the largest.

    Args:
        mask: (h, w).
        least: pixels that a part must have.
    """
    labels = np.zeros(mask.shape, np.uint8)
    none = Blobs(labels, np.zeros(0, np.int64), np.zeros((0, 4), np.int64))
    if not mask.any():
        return none
    height, width = mask.shape
    runs = np.empty((height * (width // 2 + 1), 3), np.int32)
    parents = np.empty(len(runs), np.int32)
    number = _find_runs(mask.view(np.uint8), runs, parents)
    runs, parents = runs[:number], parents[:number]
    areas, boxes = np.zeros(number, np.int64), np.empty((number, 4), np.int64)
    _measure(runs, parents, areas, boxes)
    found = np.flatnonzero(areas >= max(least, 1))
    if len(found) > MOST:
        found = np.sort(found[np.argsort(-areas[found], kind="stable")[:MOST]])
    names = np.zeros(number, np.uint8)
    names[found] = np.arange(1, len(found) + 1)
    _paint(runs, parents, names, labels)
    return Blobs(labels, areas[found], boxes[found])


def shares_below(
    blobs: Blobs, values: NDArray[np.float32], *, limits: Sequence[float]
) -> list[list[float]]:
    """For each limit, the share of each blob's pixels whose value is below it."""
    counts = np.zeros((MOST + 1, len(limits)), np.int64)
    _count_below(blobs.labels, values, np.array(limits, np.float32), counts)
    shares: list[list[float]] = (counts[1 : len(blobs.areas) + 1].T / blobs.areas).tolist()
    return shares


def rename(labels: NDArray[np.uint8], names: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Other labels: ``names[label]`` at each pixel."""
    out = np.empty_like(labels)
    _rename(labels, names, out)
    return out


def count_shared(labels: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How many pixels each pair of labels shares, (:data:`MOST` + 1, 256); row 0 is not counted."""
    counts = np.zeros((MOST + 1, 256), np.int64)
    _count_shared(labels, others, counts)
    return counts


@loop
def _find_runs(mask, runs, parents):
    """Each run as its row, its first column and the one after its last; give their number."""
    height, width = mask.shape
    number = above = 0
    for row in range(height):
        line, start, column = mask[row], number, 0
        if not _has_any(line):  # as most are
            column = width
        while column < width:
            if line[column] == 0:
                column += 1
                continue
            first = column
            while column < width and line[column] != 0:
                column += 1
            runs[number, 0], runs[number, 1], runs[number, 2] = row, first, column
            parents[number] = number
            while above < start and runs[above, 2] < first:
                above += 1
            near = above
            while near < start and runs[near, 1] <= column:
                one, other = _root(parents, near), _root(parents, number)
                parents[max(one, other)] = min(one, other)
                near += 1
            number += 1
        above = start
    return number


@inner_loop
def _has_any(line):
    found = np.uint8(0)
    for x in range(line.size):
        found |= line[x]
    return found != 0


@inner_loop
def _root(parents, run):
    while parents[run] != run:
        parents[run] = parents[parents[run]]
        run = parents[run]
    return run


@loop
def _measure(runs, parents, areas, boxes):
    """Area and box of each blob at its root; afterwards each run's parent is its root."""
    for run in range(len(runs)):
        root = _root(parents, run)
        parents[run] = root
        row, first, last = runs[run, 0], runs[run, 1], runs[run, 2]
        if areas[root] == 0:
            boxes[root, 0], boxes[root, 1], boxes[root, 2] = first, row, last
        boxes[root, 0] = min(boxes[root, 0], first)
        boxes[root, 2] = max(boxes[root, 2], last)
        boxes[root, 3] = row + 1
        areas[root] += last - first


@loop
def _paint(runs, parents, names, labels):
    for run in range(len(runs)):
        name = names[parents[run]]
        if name > 0:
            labels[runs[run, 0], runs[run, 1] : runs[run, 2]] = name


@loop
def _count_below(labels, values, limits, counts):
    height, width = labels.shape
    for row in range(height):
        for column in range(width if _has_any(labels[row]) else 0):
            label = labels[row, column]
            if label != 0:
                for k in range(limits.size):
                    counts[label, k] += values[row, column] < limits[k]


@loop
def _rename(labels, names, out):
    height, width = labels.shape
    for row in range(height):
        for column in range(width):
            out[row, column] = names[labels[row, column]]


@loop
def _count_shared(labels, others, counts):
    height, width = labels.shape
    for row in range(height):
        for column in range(width):
            if labels[row, column] != 0:
                counts[labels[row, column], others[row, column]] += 1
