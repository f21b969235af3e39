"""What can be said of a picture at a glance, from a sixteenth of it.

Means of 4 × 4 pixels have a quarter of the noise; one pixel of each 4 × 4 shows whether anything
has changed at all.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.jit import loop

SIZE = 4
"""Pixels on each side of a block."""


def block_means(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Mean luma of each block of 4 × 4 pixels, (h // 4, w // 4) in [0, 255].

    Args:
        rgb: (h, w, 3), at least 4 × 4; what is over at the right and below is left out.
    """
    out = np.empty((rgb.shape[0] // SIZE, rgb.shape[1] // SIZE), np.float32)
    _block_means(rgb, out)
    return out


class Summary(NamedTuple):
    """What a picture of block means shows.

    Args:
        mean: of all, in levels.
        deviation: standard deviation, in levels.
        steepness: what 5 % of the absolute differences between neighbours, across and down, are
            above; noise is not.
        dark: share of the blocks below a limit.
    """

    mean: float
    deviation: float
    steepness: float
    dark: float


def summarize(means: NDArray[np.float32], *, dark: float) -> Summary:
    """Sum a picture of block means up.

    Args:
        means: (rows, columns), at least 2 × 2.
        dark: levels below which a block is dark.
    """
    return Summary(*_summarize(means, np.float32(dark)))


def compare(
    rgb: NDArray[np.uint8], sample: NDArray[np.uint8], *, mask: NDArray[np.bool_]
) -> tuple[float, float | None]:
    """How much of a sample of a picture has changed, exactly; the sample becomes the new one.

    Args:
        rgb: (h, w, 3).
        sample: (h // 4, w // 4, 3), of the picture before; changed.
        mask: (h, w), what is left out of the second share.

    Returns:
        share of the pixels of which any colour differs; and the same outside the mask, None where
        all of it is in the mask.
    """
    differ, outside, differ_outside = _compare(rgb, sample, mask.view(np.uint8))
    return differ / (sample.size / 3), differ_outside / outside if outside else None


@loop
def _block_means(rgb, out):
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            red = green = blue = np.int32(0)
            for y in range(4 * row, 4 * row + 4):
                for x in range(4 * column, 4 * column + 4):
                    red += np.int32(rgb[y, x, 0])
                    green += np.int32(rgb[y, x, 1])
                    blue += np.int32(rgb[y, x, 2])
            total = np.float32(0.299) * red + np.float32(0.587) * green + np.float32(0.114) * blue
            out[row, column] = total / np.float32(16)


@loop
def _summarize(means, dark):
    rows, columns = means.shape
    total = squares = 0.0
    below = 0
    steps = np.zeros(256 * 4, np.int64)  # in quarters of a level
    for row in range(rows):
        for column in range(columns):
            value = means[row, column]
            total += value
            squares += value * value
            below += value < dark
            if column > 0:
                steps[int(4 * abs(value - means[row, column - 1]))] += 1
            if row > 0:
                steps[int(4 * abs(value - means[row - 1, column]))] += 1
    size = rows * columns
    mean = total / size
    deviation = np.sqrt(max(squares / size - mean * mean, 0.0))
    above, steepest = int(0.05 * (2 * size - rows - columns)), steps.size - 1
    while steepest > 0 and above >= steps[steepest]:
        above -= steps[steepest]
        steepest -= 1
    return mean, deviation, steepest / 4, below / size


@loop
def _compare(rgb, sample, mask):
    differ = outside = differ_outside = 0
    for row in range(sample.shape[0]):
        for column in range(sample.shape[1]):
            y, x = 4 * row + 1, 4 * column + 1
            differs = False
            for k in range(3):
                differs |= rgb[y, x, k] != sample[row, column, k]
                sample[row, column, k] = rgb[y, x, k]
            differ += differs
            if mask[y, x] == 0:
                outside += 1
                differ_outside += differs
    return differ, outside, differ_outside
