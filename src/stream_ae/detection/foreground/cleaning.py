"""From the pixels that differ to the objects that they belong to."""

import numpy as np
from numpy.typing import NDArray

from stream_ae.frame import Rgb
from stream_ae.kernels.masks import Least, count_around, keep_regions, trim
from stream_ae.kernels.shadow import find_shadow

COLOUR, TEXTURE = 0.035, 0.2
"""By how much shadow may change the share of a colour, or else a texture."""

TRIM = 0.4
"""Share of the farthest pixel beside it that a pixel at an edge must be far to be an object."""

_VOTE, _VOTERS = 0.7, 3  # weight of objects against shadow, and the reach of the vote
_MAJORITY = 1  # its reach; 3 × 3 pixels
_CLOSING = 4  # pixels
_WEAK, _STRONG = 0.35, 3.0  # distance in radii of what may be filled, and of what is beyond doubt
_LEAST, _LEAST_STRONG, _HOLE = 0.0004, 10, 0.004  # share of the picture, pixels, share

Bytes = NDArray[np.uint8]


def find_objects(
    rgb: Rgb, background: Rgb, *, raw: Bytes, distance: NDArray[np.int16], radius: float
) -> Bytes:
    """Take shadows, specks and holes out of a raw mask.

    Args:
        rgb: (h, w, 3) uint8.
        background: likewise.
        raw: (h, w) uint8, 1 where a pixel differs from the background.
        distance: (h, w) int16, by how much, in levels over three colours.
        radius: from which distance on a pixel differs.

    Returns:
        (h, w) uint8, 1 for objects.
    """
    if not raw.any():
        return raw
    shadow = find_shadow(rgb, background, where=raw, colour=COLOUR, texture=TEXTURE)
    objects = count_around(raw - shadow, _VOTERS)
    mask = _majority(raw & (_VOTE * objects >= count_around(shadow, _VOTERS)))
    if not mask.any():
        return mask
    closed = 1 - grow(1 - grow(mask, _CLOSING), _CLOSING)
    mask |= closed & (distance >= _WEAK * radius) & (1 - shadow)
    least = Least(_LEAST * mask.size, _LEAST_STRONG, _HOLE * mask.size)
    keep_regions(mask, (distance > _STRONG * radius).view(np.uint8), least=least)
    return trim(mask, distance, share=TRIM)


def grow(mask: Bytes, reach: int) -> Bytes:
    """1 where any of the square of 2 reach + 1 pixels around is 1."""
    return (count_around(mask, reach) > 0).view(np.uint8)


def _majority(mask: NDArray[np.generic]) -> Bytes:
    side = 2 * _MAJORITY + 1
    return (2 * count_around(mask.view(np.uint8), _MAJORITY) > side * side).view(np.uint8)
