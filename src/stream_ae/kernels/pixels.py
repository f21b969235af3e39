"""Any picture to RGB of 8 bits: what people and libraries have to what a frame holds."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream_ae.frame import Rgb
from stream_ae.kernels.jit import Rows


def to_rgb(picture: NDArray[Any]) -> Rgb:
    """Bring any picture to (H, W, 3) uint8, red first.

    The range follows from the dtype alone, never from the values: a dark picture stays dark.

    | dtype | black to white |
    | --- | --- |
    | bool | False to True |
    | uint8 | 0 to 255 |
    | uint16 | 0 to 65535 |
    | any other integer | 0 to 255 |
    | floating point | 0 to 1 |

    Args:
        picture: grey (H, W) or (H, W, 1), RGB (H, W, 3), or either with a last channel for
            opacity, (H, W, 2) or (H, W, 4), which is laid over black. One that is already RGB of
            uint8 is returned unchanged.

    Returns:
        (H, W, 3) uint8, rounded to the nearest level.

    Raises:
        TypeError: not a NumPy array, or complex numbers, text, objects.
        ValueError: another shape, no pixel at all, or values outside of the range.

    >>> to_rgb(np.array([[0.0, 1.0]])).tolist()
    [[[0, 0, 0], [255, 255, 255]]]
    """
    if not isinstance(picture, np.ndarray):
        raise TypeError(
            f"a picture must be a NumPy array, got {type(picture).__name__};"
            " convert it with numpy.asarray"
        )
    if picture.ndim == 2:
        picture = picture[..., None]
    if picture.ndim != 3 or picture.shape[2] not in (1, 2, 3, 4) or picture.size == 0:
        raise ValueError(
            "a picture must be (H, W) or (H, W, channels) with 1 to 4 channels,"
            f" got {picture.shape}; give one picture, channels last"
        )
    if picture.dtype == np.uint8:
        levels = _over_black(picture) if picture.shape[2] in (2, 4) else picture
    else:
        unit = _to_unit(picture)
        if unit.shape[2] in (2, 4):
            unit = unit[..., :-1] * unit[..., -1:]
        levels = np.rint(unit * 255).astype(np.uint8)
    return levels if levels.shape[2] == 3 else np.repeat(levels, 3, axis=2)


def _over_black(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Level times opacity over 255, rounded; in whole numbers, which is three times as fast."""
    product = picture[..., :-1].astype(np.uint16)
    product *= picture[..., -1:]
    product += 127
    product //= 255
    return product.astype(np.uint8)


def _to_unit(picture: NDArray[Any]) -> Rows:
    kind, dtype = picture.dtype.kind, picture.dtype
    if kind == "b":
        return picture.astype(np.float32)
    if kind == "f":
        _check_range(picture, most=1, advice="scale or clip it")
        return picture.astype(np.float32)
    if kind not in "ui":
        raise TypeError(
            f"a picture must be of bool, integers or floating point, got {dtype};"
            " convert it with numpy.astype"
        )
    if kind == "u" and dtype.itemsize == 2:
        return picture.astype(np.float32) / np.float32(65535)
    _check_range(picture, most=255, advice="16 bits need the dtype uint16")
    return picture.astype(np.float32) / np.float32(255)


def _check_range(picture: NDArray[Any], *, most: int, advice: str) -> None:
    if not ((picture >= 0) & (picture <= most)).all():  # in this form NaN is refused, too
        least, largest = picture.min(), picture.max()
        if least != least:
            raise ValueError(
                f"a picture of {picture.dtype} must lie in [0, {most}], got NaN for"
                f" {np.isnan(picture).sum()} of {picture.size} values; say what they are to be with"
                " numpy.nan_to_num"
            )
        if most == 1 and least >= 0 and largest <= 255:
            advice = "divide it by 255, convert it to uint8, or clip it"
        raise ValueError(
            f"a picture of {picture.dtype} must lie in [0, {most}], got values from"
            f" {least:.9g} to {largest:.9g}; {advice}"
        )
