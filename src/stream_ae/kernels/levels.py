"""A picture of floating point in [0, 1] as 8 bits, in one pass."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from stream_ae.kernels.jit import loop, rows_of

_ZERO, _WHITE = np.float32(0.0), np.float32(255.0)


def to_levels(image: Tensor) -> NDArray[np.uint8]:
    """Round a picture to 8 bits.

    Args:
        image: (1, 3, h, w) float32 on the CPU, best in channels-last memory; clipped to [0, 1], and
            finite.

    Returns:
        (h, w, 3) uint8; halves go to the even level.
    """
    rows = rows_of(image)
    levels = np.empty(rows.shape, np.uint8)
    _to_levels(rows, levels)
    return levels.reshape(rows.shape[0], -1, 3)


@loop
def _to_levels(rows, levels):
    for row in range(rows.shape[0]):
        values, out = rows[row], levels[row]
        for k in range(values.size):
            out[k] = np.uint8(np.rint(min(max(values[k] * _WHITE, _ZERO), _WHITE)))
