"""How fast what is about as large as a person moves, by place.

A vector that is averaged over a window cancels swinging legs and noise, and keeps what a whole
thing does.
"""

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.flow import BLOCK, Flow
from stream_ae.kernels.jit import Rows, inner_loop, loop

CELL = 2
"""Blocks along the side of a cell, the smallest place that novelty tells apart."""

CELL_SIZE = CELL * BLOCK
"""The same in pixels, so that a cell is a position of the network's latent."""

_HALF_WIDTH, _HALF_HEIGHT = 2, 4  # blocks: 20 × 36 pixels, a person of some distance
_FULL = np.float32(0.15)  # share of a window that must be foreground for its speed to count fully
_CALM = np.float32(0.1)  # share of still foreground that a window has in addition, against specks


def block_shares(mask: NDArray[np.bool_], *, current: Rows, usual: Rows, least: float) -> Rows:
    """Which share of each block of 4 × 4 pixels is in a mask or differs from what is usual.

    Args:
        mask: (h, w) bool.
        current: (h, w) float32.
        usual: (h, w) float32.
        least: a pixel differs where the two are farther apart than that.

    Returns:
        (h // 4, w // 4) float32 in [0, 1].
    """
    shares = np.empty((mask.shape[0] // BLOCK, mask.shape[1] // BLOCK), np.float32)
    _block_shares(mask.view(np.uint8), current, usual, np.float32(least), shares)
    return shares


def cell_shares(blocks: Rows) -> Rows:
    """The same of each cell of 2 × 2 blocks, (rows // 2, columns // 2)."""
    shares = np.empty((blocks.shape[0] // CELL, blocks.shape[1] // CELL), np.float32)
    _cell_shares(blocks, shares)
    return shares


def mean_around(cells: Rows) -> Rows:
    """The mean of the 3 × 3 cells around each, the edges repeated; the same shape."""
    mean = np.empty_like(cells)
    _mean_around(cells, mean)
    return mean


def highest_around(cells: Rows) -> Rows:
    """The highest of the 3 × 3 cells around each; the same shape."""
    highest = np.empty_like(cells)
    _highest_around(cells, highest)
    return highest


def window_speeds(flow: Flow, blocks: Rows) -> Rows:
    """The highest speed of a window with its centre in a cell.

    With sums over the blocks b of a window of n blocks, their flows u and their shares of
    foreground w::

        speed = |Σ w u| / (Σ w + 0.1 n) · min(1, Σ w / 0.15 n)

    Args:
        flow: (rows, columns, 2) float32, of each block.
        blocks: (rows, columns) float32 in [0, 1].

    Returns:
        (rows // 2, columns // 2) float32, in the unit of the flow.
    """
    rows, columns = blocks.shape
    speeds = np.zeros((rows // CELL, columns // CELL), np.float32)
    _window_speeds(flow, blocks, speeds)
    return speeds


@loop
def _block_shares(mask, current, usual, least, shares):
    rows, columns = shares.shape
    for i in range(rows):
        for j in range(columns):
            count = 0
            for y in range(4 * i, 4 * i + 4):
                for x in range(4 * j, 4 * j + 4):
                    differs = abs(current[y, x] - usual[y, x]) > least
                    count += np.int32(differs or mask[y, x] > 0)
            shares[i, j] = np.float32(count) / np.float32(16)


@loop
def _cell_shares(blocks, shares):
    for i in range(shares.shape[0]):
        above, below = blocks[2 * i], blocks[2 * i + 1]
        for j in range(shares.shape[1]):
            total = above[2 * j] + above[2 * j + 1] + below[2 * j] + below[2 * j + 1]
            shares[i, j] = np.float32(0.25) * total


@loop
def _mean_around(cells, mean):
    rows, columns = cells.shape
    for i in range(rows):
        for j in range(columns):
            total = np.float32(0)
            for p in range(i - 1, i + 2):
                for q in range(j - 1, j + 2):
                    total += cells[min(max(p, 0), rows - 1), min(max(q, 0), columns - 1)]
            mean[i, j] = total / np.float32(9)


@loop
def _highest_around(cells, highest):
    rows, columns = cells.shape
    for i in range(rows):
        for j in range(columns):
            value = cells[i, j]
            for p in range(max(i - 1, 0), min(i + 2, rows)):
                for q in range(max(j - 1, 0), min(j + 2, columns)):
                    value = max(value, cells[p, q])
            highest[i, j] = value


@loop
def _window_speeds(flow, blocks, speeds):
    rows, columns = blocks.shape
    across = np.zeros((3, rows, columns), np.float32)
    for i in range(rows):
        for j in range(columns):
            for k in range(max(j - _HALF_WIDTH, 0), min(j + _HALF_WIDTH + 1, columns)):
                across[0, i, j] += blocks[i, k]
                across[1, i, j] += blocks[i, k] * flow[i, k, 0]
                across[2, i, j] += blocks[i, k] * flow[i, k, 1]
    for i in range(speeds.shape[0] * CELL):
        for j in range(speeds.shape[1] * CELL):
            speed = _speed(across, i, j)
            speeds[i // CELL, j // CELL] = max(speeds[i // CELL, j // CELL], speed)


@inner_loop
def _speed(across, i, j):
    weight = x = y = np.float32(0)
    for k in range(max(i - _HALF_HEIGHT, 0), min(i + _HALF_HEIGHT + 1, across.shape[1])):
        weight += across[0, k, j]
        x += across[1, k, j]
        y += across[2, k, j]
    area = np.float32((2 * _HALF_WIDTH + 1) * (2 * _HALF_HEIGHT + 1))
    part = min(np.float32(1), weight / (_FULL * area))
    return part * np.sqrt(x * x + y * y) / (weight + _CALM * area)
