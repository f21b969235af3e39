"""A mask parted into what moves and what belongs to layers of still things."""

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.jit import loop
from stream_ae.kernels.stillness import Levels

COLUMNS = 4
"""Counts of each layer: its pixels off the mask; of these, those that look as remembered; its
pixels in the mask; of these, those that have been still for long, and in a layer that waits do not
look as remembered."""


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

    A pixel belongs to its layer while it looks as remembered, and what is remembered follows
    slowly. In a layer that waits, it also does when it has been still for so long, and what is
    remembered there is how it looks outside the mask.

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
            does_wait = waits[label] >= 0
            is_settled = does_wait and age[row, column] >= waits[label]
            if mask[row, column] == 0:
                counts[label, 0] += 1
                counts[label, 1] += is_like
                if is_settled:
                    memory[row, column] = luma[row, column]
                continue
            counts[label, 2] += 1
            counts[label, 3] += age[row, column] >= old and not (does_wait and is_like)
            if is_like or is_settled:
                mask[row, column] = 0
            if is_like:
                memory[row, column] += np.float32(0.02) * step
