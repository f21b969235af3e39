"""How long each pixel has looked the same, and how much edge there is along an outline.

Everything works on the luma (ITU-R BT.601) as a mean over 3 × 3 pixels, the edges repeated: noise
falls to a third.
"""

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.jit import inner_loop, loop

Levels = NDArray[np.float32]


def smooth_luma(rgb: NDArray[np.uint8]) -> Levels:
    """The luma of a picture (h, w, 3) uint8, (h, w) in [0, 255], as a mean over 3 × 3 pixels."""
    out = np.empty(rgb.shape[:2], np.float32)
    _smooth(rgb, out)
    return out


def grow_older(
    luma: Levels,
    *,
    anchor: Levels,
    age: Levels,
    elapsed: float,
    threshold: float,
    rate: float,
) -> None:
    """Count how long each pixel has been near its anchor; where it is not, begin again.

    Args:
        luma: (h, w), as it is now.
        anchor: (h, w), as it has been; follows slowly where it is near, at once where not.
        age: (h, w), seconds; changed, like ``anchor``.
        elapsed: seconds since the frame before.
        threshold: grey levels that are no longer near.
        rate: at which the anchor follows.
    """
    limits = np.float32(elapsed), np.float32(threshold), np.float32(rate)
    _grow_older(luma, anchor, age, *limits)


def edge_energy(luma: Levels, labels: NDArray[np.uint8], *, label: int) -> float:
    """Mean steepness of a picture along the outline of one blob, in levels a pixel.

    At each pixel of the outline it is the largest within one pixel, as a mask is not that exact.
    """
    return float(_edge_energy(luma, labels, np.uint8(label)))


@loop
def _smooth(rgb, out):
    height, width = out.shape
    rows = np.empty((3, width), np.float32)
    _sum_of_three(rgb[0], rows[0])
    for row in range(height):
        if row + 1 < height:
            _sum_of_three(rgb[row + 1], rows[(row + 1) % 3])
        above, here, below = (
            rows[max(row - 1, 0) % 3],
            rows[row % 3],
            rows[min(row + 1, height - 1) % 3],
        )
        line = out[row]
        for column in range(width):
            line[column] = (above[column] + here[column] + below[column]) / np.float32(9)


@inner_loop
def _sum_of_three(pixels, out):
    """The luma of a row, summed over three pixels."""
    width = out.size
    luma = np.empty(width + 2, np.float32)
    for k in range(width):
        red, green, blue = (
            np.float32(pixels[k, 0]),
            np.float32(pixels[k, 1]),
            np.float32(pixels[k, 2]),
        )
        luma[k + 1] = np.float32(0.299) * red + np.float32(0.587) * green + np.float32(0.114) * blue
    luma[0], luma[width + 1] = luma[1], luma[width]
    for k in range(width):
        out[k] = luma[k] + luma[k + 1] + luma[k + 2]


@loop
def _grow_older(luma, anchor, age, elapsed, threshold, rate):
    height, width = luma.shape
    for row in range(height):
        now, before, old = luma[row], anchor[row], age[row]
        for column in range(width):
            step = now[column] - before[column]
            is_near = abs(step) <= threshold
            before[column] += step * (rate if is_near else np.float32(1))
            old[column] = old[column] + elapsed if is_near else np.float32(0)


@loop
def _edge_energy(luma, labels, label):
    height, width = luma.shape
    total, number = 0.0, 0
    for row in range(2, height - 2):
        for column in range(2, width - 2):
            if labels[row, column] != label or _is_inside(labels, label, row, column):
                continue
            steepest = 0.0
            for y in range(row - 1, row + 2):
                for x in range(column - 1, column + 2):
                    across = abs(luma[y, x + 1] - luma[y, x - 1])
                    down = abs(luma[y + 1, x] - luma[y - 1, x])
                    steepest = max(steepest, 0.5 * max(across, down))
            total += steepest
            number += 1
    return total / max(number, 1)


@inner_loop
def _is_inside(labels, label, row, column):
    level = labels[row - 1, column] == label and labels[row + 1, column] == label
    return level and labels[row, column - 1] == label and labels[row, column + 1] == label
