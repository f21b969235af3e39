"""A mask parted into what moves and what belongs to layers of still things."""

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.jit import loop
from stream_ae.kernels.stillness import Levels

COLUMNS = 4
"""Counts of each layer: its pixels off the mask; of these, those that look as remembered; its
pixels in the mask; of these, those that have been still for long."""


def part(
    mask: NDArray[np.bool_],
    luma: Levels,
    *,
    age: Levels,
    labels: NDArray[np.uint8],
    memory: Levels,
    waits: NDArray[np.float32],
    like: float,
    old: float,
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Take what belongs to a layer out of a mask.

    A pixel of a layer that waits belongs to it when it has been still for so long; else it does
    while it looks as remembered, and what is remembered follows slowly.

    Args:
        mask: (h, w).
        luma: (h, w), as it is now.
        age: (h, w), seconds for which each pixel has been still.
        labels: (h, w), of the layers, 0 for none.
        memory: (h, w), the luma as remembered; changed.
        waits: seconds for each label, below 0 for layers that do not wait.
        like: levels within which a pixel looks as remembered.
        old: seconds after which a pixel counts as long still.

    Returns:
        what moves, (h, w), and for each label its :data:`COLUMNS` counts.
    """
    moving = mask.copy()
    counts = np.zeros((len(waits), COLUMNS), np.int64)
    _part(
        moving.view(np.uint8),
        luma,
        age,
        labels,
        memory,
        waits,
        np.float32(like),
        np.float32(old),
        counts,
    )
    return moving, counts


@loop
def _part(mask, luma, age, labels, memory, waits, like, old, counts):
    height, width = luma.shape
    for row in range(height):
        for column in range(width):
            label = labels[row, column]
            if label == 0:
                continue
            step = luma[row, column] - memory[row, column]
            is_like = abs(step) <= like
            is_old = age[row, column] >= old
            if mask[row, column] == 0:
                counts[label, 0] += 1
                counts[label, 1] += is_like
                continue
            counts[label, 2] += 1
            counts[label, 3] += is_old
            is_own = is_like if waits[label] < 0 else age[row, column] >= waits[label]
            if is_own:
                mask[row, column] = 0
                memory[row, column] += np.float32(0.02) * step
