"""Any picture to RGB of 8 bits: what people and libraries have to what a frame holds."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream_ae.frame import Rgb
from stream_ae.kernels.jit import Rows


def to_rgb(picture: NDArray[Any]) -> Rgb:
    """Bring any picture to (H, W, 3) uint8, red first.

    Args:
        picture: grey (H, W) or (H, W, 1), RGB (H, W, 3) or RGBA (H, W, 4), which is laid over
            black; uint8, uint16 (0 to 65535) or floating point in [0, 1]. One that is already
            RGB of uint8 is returned unchanged.

    Raises:
        TypeError: not a NumPy array, or of another dtype.
        ValueError: another shape, no pixel at all, or a float that is not in [0, 1].

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
    if picture.ndim != 3 or picture.shape[2] not in (1, 3, 4) or picture.size == 0:
        raise ValueError(
            f"a picture must be (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), got {picture.shape};"
            " give one picture, channels last"
        )
    if picture.dtype == np.uint8 and picture.shape[2] == 3:
        return picture
    unit = _to_unit(picture)
    if unit.shape[2] == 4:
        unit = unit[..., :3] * unit[..., 3:]
    rgb = np.rint(unit * 255).astype(np.uint8)
    return rgb if rgb.shape[2] == 3 else np.repeat(rgb, 3, axis=2)


def _to_unit(picture: NDArray[Any]) -> Rows:
    kind, width = picture.dtype.kind, picture.dtype.itemsize
    if kind == "u" and width <= 2:
        return picture.astype(np.float32) / np.float32(2 ** (8 * width) - 1)
    if kind != "f":
        raise TypeError(
            f"a picture must be uint8, uint16 or floating point, got {picture.dtype};"
            " scale it to one of these"
        )
    if not ((picture >= 0) & (picture <= 1)).all():  # in this form NaN is refused, too
        raise ValueError(
            "a picture of floating point must lie in [0, 1], got values from"
            f" {picture.min():g} to {picture.max():g}; scale it"
        )
    return picture.astype(np.float32)
