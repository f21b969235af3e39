"""What is usually done to the mask of a background model before it is used.

Written out, so that the same is done to all masks and no other library is needed for it: the median
of 5 × 5 pixels, and closing by an ellipse of 9 × 9, as OpenCV's ``medianBlur`` and
``morphologyEx(MORPH_CLOSE)`` give them.
"""

import numpy as np
from numpy.typing import NDArray

from stream_ae.detection.findings import Mask

MEDIAN, CLOSING = 5, 9
"""Sides of the two, in pixels."""


def median(mask: Mask) -> Mask:
    """What most of the 5 × 5 pixels around each one say, the edges repeated."""
    padded = np.pad(mask, MEDIAN // 2, mode="edge")
    height, width = mask.shape
    rows = np.zeros((height, padded.shape[1]), np.uint8)
    for k in range(MEDIAN):
        rows += padded[k : k + height]
    total = np.zeros((height, width), np.uint8)
    for k in range(MEDIAN):
        total += rows[:, k : k + width]
    return total > MEDIAN**2 // 2


def closed(mask: Mask) -> Mask:
    """Gaps filled that no ellipse of 9 × 9 fits into; beyond the edges nothing is known."""
    return ~_grown(~_grown(mask))


def _grown(mask: Mask) -> Mask:
    """Where any pixel of the ellipse around is set."""
    reach = CLOSING // 2
    padded = np.pad(mask, ((0, 0), (reach, reach)))
    sums = np.cumsum(padded, axis=1, dtype=np.int32)
    sums = np.pad(sums, ((0, 0), (1, 0)))
    width, out = mask.shape[1], np.zeros_like(mask)
    for offset, half in zip(range(-reach, reach + 1), _half_widths(), strict=True):
        first, last = reach - half, reach + half + 1
        near = sums[:, last : last + width] > sums[:, first : first + width]
        if offset < 0:
            out[-offset:] |= near[:offset]
        else:
            out[: out.shape[0] - offset] |= near[offset:]
    return out


def _half_widths() -> NDArray[np.int64]:
    """How far the ellipse reaches to each side in its rows, rounded."""
    reach = CLOSING // 2
    offsets = np.arange(-reach, reach + 1)
    return np.rint(np.sqrt(reach**2 - offsets**2)).astype(np.int64)
