"""From the pixels that differ to the objects that they belong to."""

import math

import numpy as np
from numpy.typing import NDArray

from stream_ae.frame import Rgb
from stream_ae.kernels.masks import Least, keep_regions, trim, weigh
from stream_ae.kernels.shadow import find_shadow
from stream_ae.kernels.squares import close, count_around, outweigh

COLOUR, TEXTURE = 0.035, 0.2
"""By how much shadow may change the share of a colour, or else a texture."""

TRIM = 0.5
"""How far a pixel at an edge must be, as a share of those beside it, to be more object than not."""

_VOTE, _VOTERS = 0.7, 3  # weight of objects against shadow, and the reach of the vote
_MAJORITY, _THIN = 5, 3  # of 3 × 3 pixels that must be there, also around one beyond doubt
_CLOSING = 4  # pixels
_WEAK, _STRONG = 0.35, 3.0  # distance in radii of what may be filled, and of what is beyond doubt
_LEAST, _LEAST_STRONG, _HOLE = 0.0004, 10, 0.004  # share of the picture, pixels, share
_LASTING, _LEAST_LASTING = 5, 6  # for how many a lasting pixel counts, and how many need no size
_CLEAR, _DOUBT = 0.12, 0.5  # radii within which a hole shows the background, share that must not

Bytes = NDArray[np.uint8]


def find_objects(
    rgb: Rgb,
    background: Rgb,
    *,
    raw: Bytes,
    distance: NDArray[np.int16],
    radius: float,
    lasting: NDArray[np.bool_],
) -> Bytes:
    """Take shadows, specks and holes out of a raw mask.

    Args:
        rgb: (h, w, 3) uint8.
        background: likewise.
        raw: (h, w) uint8, 1 where a pixel differs from the background.
        distance: (h, w) int16, by how much, in levels over three colours.
        radius: from which distance on a pixel differs.
        lasting: (h, w) bool, where one colour has been seen for a while that is new to the scene.

    Returns:
        (h, w) uint8, 1 for objects.
    """
    if not raw.any():
        return raw
    shadow = find_shadow(rgb, background, where=raw, colour=COLOUR, texture=TEXTURE)
    voted = raw
    if shadow.any():
        voted = raw & outweigh(raw - shadow, shadow, weight=_VOTE, reach=_VOTERS)
    strong = (distance > math.floor(_STRONG * radius)).view(np.uint8)  # whole levels
    around = count_around(voted, 1)
    mask = ((around >= _MAJORITY) | (voted & strong & (around >= _THIN))).view(np.uint8)
    if not mask.any():
        return mask
    closed = close(mask, _CLOSING)
    mask |= closed & (distance >= math.ceil(_WEAK * radius)) & (1 - shadow)
    is_clear = distance < math.ceil(_CLEAR * radius)
    _keep_regions(mask, strong, lasting=lasting, is_clear=is_clear)
    return trim(mask, distance, share=TRIM)


def _keep_regions(
    mask: Bytes, strong: Bytes, *, lasting: NDArray[np.bool_], is_clear: NDArray[np.bool_]
) -> None:
    """Small regions go, if they do not last; holes are filled that do not show the background."""
    least = Least(
        size=_LEAST * mask.size,
        support=_LEAST_STRONG,
        alone=_LASTING * _LEAST_LASTING,
        hole=_HOLE * mask.size,
        doubt=_DOUBT,
    )
    weights = weigh(mask, strong, lasting=lasting, is_clear=is_clear, weight=_LASTING)
    keep_regions(mask, weights, least=least)
