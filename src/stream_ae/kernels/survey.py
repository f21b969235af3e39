"""A picture at a quarter of its size: means of 4 × 4 pixels, which have a quarter of the noise."""

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
