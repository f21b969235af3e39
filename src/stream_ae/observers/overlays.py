"""What was found, drawn over the picture in which it was found.

Pictures are (h, w, 3) uint8, red first. A mask and a heat map have a size of their own and cover
the whole picture; a box is given in shares of it.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from stream_ae.detection.findings import Box, Mask
from stream_ae.frame import Rgb
from stream_ae.nn.preprocessing import to_tensor
from stream_ae.observers.images import heat_colours

LONGEST_SIDE = 320
"""Pixels of a small picture's longer side: as wide as a card of the report."""

_Value = TypeVar("_Value", bound=np.generic)

HOTTEST = 2.0  # around 1 is the rarest that is usual: the middle of the scale
_MARK = (255, 196, 0)  # amber: on grass, asphalt, skin and snow alike
_TINT = 0.55  # of the mark's colour over what is marked; what is below still shows


def small_picture(rgb: Rgb, *, pixel_aspect: float = 1.0) -> Rgb:
    """A frame as a small picture of the same shape, at most :data:`LONGEST_SIDE` pixels long.

    Args:
        rgb: (H, W, 3) uint8; one that is small already keeps its height.
        pixel_aspect: width over height of its pixels; those of the result are square.
    """
    height, width = rgb.shape[0], rgb.shape[1] * pixel_aspect
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    if size == rgb.shape[:2]:
        return rgb.copy()
    image = to_tensor(rgb, size=size)[0].permute(1, 2, 0).numpy()  # (h, w, 3) in [0, 1]
    # Pictures that are kept lie between what is freed: torch's tensors would leave large holes.
    small: Rgb = (255 * image + np.float32(0.5)).astype(np.uint8)
    return small


def with_box(picture: Rgb, box: Box) -> Rgb:
    """The picture with a frame around a place, two pixels wide with a dark edge."""
    height, width = picture.shape[:2]
    left, right = _pixels(box.x, box.x + box.width, width)
    top, bottom = _pixels(box.y, box.y + box.height, height)
    drawn = picture.copy()
    for grow, colour in ((1, (0, 0, 0)), (0, _MARK), (-1, _MARK), (-2, (0, 0, 0))):
        x0, x1 = max(0, left - grow), min(width - 1, right + grow)
        y0, y1 = max(0, top - grow), min(height - 1, bottom + grow)
        if x0 < x1 and y0 < y1:
            drawn[[y0, y1], x0 : x1 + 1] = colour
            drawn[y0 : y1 + 1, [x0, x1]] = colour
    return drawn


def with_mask(picture: Rgb, mask: Mask) -> Rgb:
    """The picture in grey, what the mask covers in amber."""
    grey = picture.mean(axis=2, keepdims=True)
    tinted = (1 - _TINT) * grey + _TINT * np.array(_MARK)
    covered = _enlarged(mask, picture.shape)[:, :, None]
    shown: Rgb = np.rint(np.where(covered, tinted, grey)).astype(np.uint8)
    return shown


def with_heat(picture: Rgb, heat: NDArray[np.float32]) -> Rgb:
    """The picture in grey, redder where it is rarer.

    The scale never moves, so that pictures of different moments can be compared: a heat of 1, the
    rarest that is usual, is red, and one of 2 and more cream.
    """
    level = np.clip(np.nan_to_num(_enlarged(heat, picture.shape)) / HOTTEST, 0.0, 1.0)
    grey = picture.mean(axis=2, keepdims=True)
    shown: Rgb = np.rint(grey + level[:, :, None] * (heat_colours(level) - grey)).astype(np.uint8)
    return shown


def _pixels(begin: float, end: float, length: int) -> tuple[int, int]:
    """The first and last pixel of a stretch given in shares of an axis."""
    first, last = round(begin * length), round(end * length) - 1
    return min(max(first, 0), length - 1), min(max(last, 0), length - 1)


def _enlarged(values: NDArray[_Value], shape: tuple[int, ...]) -> NDArray[_Value]:
    """Each pixel of a picture takes the value that covers its centre."""
    rows, columns = (
        ((2 * np.arange(target) + 1) * source) // (2 * target)
        for source, target in zip(values.shape, shape[:2], strict=True)
    )
    enlarged: NDArray[_Value] = values[rows[:, None], columns]
    return enlarged
