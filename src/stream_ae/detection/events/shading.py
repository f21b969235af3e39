"""Light that falls on the background is no thing.

A thing hides what is behind it. Light, a soft shadow or a camera's exposure only makes it brighter
or darker, all of it by one factor, and leaves its colour as it is.
"""

import numpy as np
from numpy.typing import NDArray

from stream_ae.detection.events.ages import Look
from stream_ae.detection.findings import Mask
from stream_ae.kernels.stillness import smooth_luma

_FACTORS = (0.8, 1.25)
"""By which light changes a place; a larger change is a thing whatever it leaves."""

_LEFT = 0.08  # mean difference that the factor leaves, as a share of the mean luma
_COLOUR = 0.01  # by which the share of a colour in the place's mean may change


def is_shading(where: Mask, look: Look, *, background: NDArray[np.uint8]) -> bool:
    """Whether a place of the picture shows its background in another light.

    With the lumas L and B of frame and background in the place, and q = ΣL / ΣB::

        q in [0.8, 1.25]  and  Σ |L − q B| < 0.08 ΣL

    and of its mean colour no part differs by 0.01 from that of the background.

    Args:
        where: (h, w), the place, with at least one pixel.
        look: of the frame.
        background: (h, w, 3), of the foreground.
    """
    here, behind = look.luma[where], smooth_luma(background)[where]
    factor = float(here.sum()) / max(float(behind.sum()), 1.0)
    if not _FACTORS[0] <= factor <= _FACTORS[1]:
        return False
    if float(np.abs(here - factor * behind).sum()) >= _LEFT * float(here.sum()):
        return False
    return bool(np.abs(_colour(look.rgb[where]) - _colour(background[where])).max() < _COLOUR)


def _colour(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The share that each colour has in the mean of some pixels."""
    mean: NDArray[np.float64] = pixels.mean(0, dtype=np.float64) + 1
    shares: NDArray[np.float64] = mean / mean.sum()
    return shares
