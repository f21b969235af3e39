"""Optical flow of what moves: one vector for each block of 4 × 4 pixels that shows foreground.

Lucas and Kanade, "An Iterative Image Registration Technique with an Application to Stereo Vision",
1981, from coarse to fine (Bouguet 2001). Where nothing moves, nothing is computed.
"""

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.jit import Rows, inner_loop, loop

BLOCK = 4
"""Pixels along the side of a block."""

_RED, _GREEN, _BLUE = np.float32(0.299), np.float32(0.587), np.float32(0.114)  # ITU-R BT.601
_RIDGE = np.float32(40.0)  # squared grey levels, summed over 12 × 12 pixels: flat places stay
_COARSE_STEP, _FINE_STEP = np.float32(3.0), np.float32(1.0)  # pixels a step may go
_COARSE_STEPS, _FINE_STEPS = 2, 2

Flow = NDArray[np.float32]


def smooth_luma(rgb: NDArray[np.uint8]) -> Rows:
    """The brightness of a picture, blurred by one pixel so that its slopes can be measured.

    Args:
        rgb: (h, w, 3) uint8.

    Returns:
        (h, w) float32 in [0, 255], blurred by the binomial 1 4 6 4 1, the edges repeated.
    """
    luma = np.empty(rgb.shape[:2], np.float32)
    _smooth_luma(rgb, luma)
    return luma


def block_flow(
    previous: Rows, current: Rows, *, blocks: NDArray[np.float32], start: tuple[float, float]
) -> Flow:
    """By how many pixels each block has moved from one picture to the next.

    With the gradient g of the mean of both pictures, the difference d between them, and sums over
    a block and its eight neighbours, each step adds ``−(Σ g gᵀ + ridge)⁻¹ Σ g d``, at half size
    first; d is that of the pictures as the steps before have moved them.

    Args:
        previous: (h, w) float32, smooth; at least 16 × 16.
        current: the next picture, likewise.
        blocks: (h // 4, w // 4), above 0 where a flow is wanted.
        start: (x, y) in pixels, how far the whole picture has moved.

    Returns:
        (h // 4, w // 4, 2) float32, x and y; 0 where none is wanted.
    """
    rows, columns = blocks.shape
    flow = np.zeros((rows, columns, 2), np.float32)
    coarse = np.zeros(((rows + 1) // 2, (columns + 1) // 2, 2), np.float32)
    _block_flow(previous, current, blocks, np.float32(start[0]), np.float32(start[1]), coarse, flow)
    return flow


@loop
def _smooth_luma(rgb, out):
    height, width, _ = rgb.shape
    across = np.empty((height, width), np.float32)
    line = np.empty(width + 4, np.float32)
    for row in range(height):
        pixels, middle = rgb[row], line[2:-2]
        for x in range(width):
            red, green, blue = pixels[x, 0], pixels[x, 1], pixels[x, 2]
            middle[x] = _RED * red + _GREEN * green + _BLUE * blue
        line[0] = line[1] = line[2]
        line[width + 2] = line[width + 3] = line[width + 1]
        a, b, c, d, e, found = line, line[1:], line[2:], line[3:], line[4:], across[row]
        for x in range(width):
            found[x] = a[x] + e[x] + np.float32(4) * (b[x] + d[x]) + np.float32(6) * c[x]
    last, share = height - 1, np.float32(1 / 256)
    for row in range(height):
        a, b = across[max(row - 2, 0)], across[max(row - 1, 0)]
        d, e = across[min(row + 1, last)], across[min(row + 2, last)]
        c, found = across[row], out[row]
        for x in range(width):
            total = a[x] + e[x] + np.float32(4) * (b[x] + d[x]) + np.float32(6) * c[x]
            found[x] = share * total


@loop
def _block_flow(previous, current, blocks, x, y, coarse, flow):
    rows, columns = blocks.shape
    wanted = np.zeros(coarse.shape[:2], np.bool_)
    for i in range(rows):
        for j in range(columns):
            wanted[i // 2, j // 2] |= blocks[i, j] > 0
    coarse[:, :, 0], coarse[:, :, 1] = np.float32(0.5) * x, np.float32(0.5) * y
    small_previous, small_current = _half(previous), _half(current)
    for _ in range(_COARSE_STEPS):
        _refine(small_previous, small_current, wanted, _COARSE_STEP, coarse)
    for i in range(rows):
        for j in range(columns):
            flow[i, j, 0] = np.float32(2) * coarse[i // 2, j // 2, 0]
            flow[i, j, 1] = np.float32(2) * coarse[i // 2, j // 2, 1]
    for _ in range(_FINE_STEPS):
        _refine(previous, current, blocks, _FINE_STEP, flow)
    for i in range(rows):
        for j in range(columns):
            if not blocks[i, j] > 0:
                flow[i, j, 0] = flow[i, j, 1] = np.float32(0)


@inner_loop
def _half(picture):
    height, width = picture.shape[0] // 2, picture.shape[1] // 2
    out = np.empty((height, width), np.float32)
    for row in range(height):
        above, below, found = picture[2 * row], picture[2 * row + 1], out[row]
        for x in range(width):
            total = above[2 * x] + above[2 * x + 1] + below[2 * x] + below[2 * x + 1]
            found[x] = np.float32(0.25) * total
    return out


@inner_loop
def _refine(previous, current, blocks, limit, flow):
    """One step for all wanted blocks, each with what its neighbours see."""
    rows = min(blocks.shape[0], current.shape[0] // 4)
    columns = min(blocks.shape[1], current.shape[1] // 4)
    sums = np.zeros((rows + 2, columns + 2, 5), np.float32)
    patch = np.empty((2, 6, 6), np.float32)
    for i in range(rows):
        for j in range(columns):
            near = False
            for p in range(max(i - 1, 0), min(i + 2, rows)):
                for q in range(max(j - 1, 0), min(j + 2, columns)):
                    near |= blocks[p, q] > 0
            if near:
                _warp(previous, current, i, j, flow[i, j], patch)
                _see(patch, flow[i, j], sums[i + 1, j + 1])
    for i in range(rows):
        for j in range(columns):
            if blocks[i, j] > 0:
                _solve(sums[i : i + 3, j : j + 3], limit, flow[i, j])


@inner_loop
def _warp(previous, current, i, j, moved, patch):
    """A block and one pixel around it, of the picture before as it has moved and of this one."""
    height, width = current.shape
    left, top = np.int64(np.floor(-moved[0])), np.int64(np.floor(-moved[1]))
    right, down = -moved[0] - np.float32(left), -moved[1] - np.float32(top)
    one = np.float32(1)
    for k in range(6):
        row = 4 * i + k - 1
        above = previous[min(max(row + top, 0), height - 1)]
        below = previous[min(max(row + top + 1, 0), height - 1)]
        here = current[min(max(row, 0), height - 1)]
        for m in range(6):
            x = 4 * j + m - 1
            a, b = min(max(x + left, 0), width - 1), min(max(x + left + 1, 0), width - 1)
            upper = (one - right) * above[a] + right * above[b]
            lower = (one - right) * below[a] + right * below[b]
            patch[0, k, m] = (one - down) * upper + down * lower
            patch[1, k, m] = here[min(max(x, 0), width - 1)]


@inner_loop
def _see(patch, moved, sums):
    """Of a block: Σ g gᵀ, and Σ g (gᵀ u − d) with its flow u, so that those of blocks add up."""
    before, now, quarter = patch[0], patch[1], np.float32(0.25)
    xx = xy = yy = xd = yd = np.float32(0)
    for k in range(1, 5):
        for m in range(1, 5):
            x = now[k, m + 1] - now[k, m - 1] + before[k, m + 1] - before[k, m - 1]
            y = now[k + 1, m] - now[k - 1, m] + before[k + 1, m] - before[k - 1, m]
            x *= quarter
            y *= quarter
            d = now[k, m] - before[k, m]
            xx += x * x
            xy += x * y
            yy += y * y
            xd += x * d
            yd += y * d
    sums[0], sums[1], sums[2] = xx, xy, yy
    sums[3] = xx * moved[0] + xy * moved[1] - xd
    sums[4] = xy * moved[0] + yy * moved[1] - yd


@inner_loop
def _solve(sums, limit, moved):
    """Move a block by what its neighbourhood sees of it, at most by ``limit`` on each axis."""
    xx = xy = yy = x = y = np.float32(0)
    for k in range(3):
        for m in range(3):
            xx += sums[k, m, 0]
            xy += sums[k, m, 1]
            yy += sums[k, m, 2]
            x += sums[k, m, 3]
            y += sums[k, m, 4]
    x -= xx * moved[0] + xy * moved[1]
    y -= xy * moved[0] + yy * moved[1]
    xx += _RIDGE
    yy += _RIDGE
    share = np.float32(1) / (xx * yy - xy * xy)
    moved[0] += min(max((yy * x - xy * y) * share, -limit), limit)
    moved[1] += min(max((xx * y - xy * x) * share, -limit), limit)
