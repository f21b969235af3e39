"""From the pixels that differ to the objects that they belong to."""

import numpy as np
from numpy.typing import NDArray

from stream_ae.frame import Rgb
from stream_ae.kernels.masks import Least, count_around, keep_regions
from stream_ae.kernels.shadow import find_shadow

COLOUR, TEXTURE = 0.03, 0.13
"""By how much shadow may change the share of a colour, and a texture."""

_VOTE, _VOTERS = 0.7, 3  # weight of objects against shadow, and the reach of the vote
_MAJORITY = 2  # its reach; 5 × 5 pixels
_CLOSING = 3  # pixels
_WEAK, _STRONG = 0.35, 3.0  # distance in radii of what may be filled, and of what is beyond doubt
_LEAST, _LEAST_STRONG, _HOLE = 0.0004, 10, 0.004  # share of the picture, pixels, share

Bytes = NDArray[np.uint8]


def find_objects(
    rgb: Rgb, background: Rgb, *, raw: Bytes, distance: NDArray[np.float32], radius: float
) -> Bytes:
    """Take shadows, specks and holes out of a raw mask.

    Args:
        rgb: (h, w, 3) uint8.
        background: likewise.
        raw: (h, w) uint8, 1 where a pixel differs from the background.
        distance: (h, w) float32, by how much, in levels over three colours.
        radius: from which distance on a pixel differs.

    Returns:
        (h, w) uint8, 1 for objects.
    """
    shadow = find_shadow(rgb, background, where=raw, colour=COLOUR, texture=TEXTURE)
    objects = count_around(raw - shadow, _VOTERS)
    mask = raw & (_VOTE * objects >= count_around(shadow, _VOTERS))
    mask = _majority(mask.view(np.uint8))
    closed = 1 - grow(1 - grow(mask, _CLOSING), _CLOSING)
    mask |= closed & (distance >= _WEAK * radius) & (1 - shadow)
    least = Least(_LEAST * mask.size, _LEAST_STRONG, _HOLE * mask.size)
    keep_regions(mask, (distance > _STRONG * radius).view(np.uint8), least=least)
    return mask


def grow(mask: Bytes, reach: int) -> Bytes:
    """1 where any of the square of 2 reach + 1 pixels around is 1."""
    return (count_around(mask, reach) > 0).view(np.uint8)


def _majority(mask: Bytes) -> Bytes:
    side = 2 * _MAJORITY + 1
    return (2 * count_around(mask, _MAJORITY) > side * side).view(np.uint8)
