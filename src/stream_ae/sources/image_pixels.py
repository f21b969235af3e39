"""The pixels of one Pillow image, upright and in RGB.

Pillow's own conversions clip 16 bits and floats, and its turning upright fails on damaged EXIF. So
only what has no array of plain channels is converted by Pillow, and the array is turned here.
"""

from collections.abc import Callable, Mapping
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from stream_ae.frame import Rgb
from stream_ae.kernels.pixels import to_rgb

_ORIENTATION = 0x0112  # the EXIF tag

_CHANNELS = frozenset(("1", "L", "LA", "F", "I;16", "I;16B", "I;16L", "I;16N", "RGB", "RGBA"))

_Turn = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]

# By the EXIF value: where the first row and the first column of what is stored are to be seen.
_UPRIGHT: dict[int, _Turn] = {
    2: lambda stored: stored[:, ::-1],  # top, right
    3: lambda stored: stored[::-1, ::-1],  # bottom, right
    4: lambda stored: stored[::-1],  # bottom, left
    5: lambda stored: stored.swapaxes(0, 1),  # left, top
    6: lambda stored: np.rot90(stored, -1),  # right, top
    7: lambda stored: stored[::-1, ::-1].swapaxes(0, 1),  # right, bottom
    8: lambda stored: np.rot90(stored, 1),  # left, bottom
}


class PillowImage(Protocol):
    """What is used of Pillow's ``Image``, whose class is there only once Pillow is loaded."""

    info: dict[str | tuple[int, int], object]

    @property
    def mode(self) -> str:
        """Pillow's name of its channels."""

    @property
    def has_transparency_data(self) -> bool:
        """Whether any pixel may be transparent."""

    def convert(self, mode: str) -> "PillowImage":
        """A copy in another mode."""

    def getexif(self) -> Mapping[int, object]:
        """Its EXIF tags by number."""


def upright_rgb(image: PillowImage, *, bits: int = 16) -> Rgb:
    """Give the pixels of a loaded image, (H, W, 3) uint8, as a person should see them.

    Upright by the EXIF orientation, as far as that is readable; what is transparent over black;
    each mode in its own range: 8 and 16 bits in full, floating point in [0, 1], whole numbers of
    32 bits as 16 (that is how Pillow holds those of a PGM).

    Args:
        image: loaded.
        bits: how many of 16 bits are used, from the lowest on.

    Raises:
        ValueError: values outside of the range of their mode.
        Exception: whatever Pillow raises where it cannot convert.
    """
    rgb = to_rgb(_channels(image, bits))
    turn = _UPRIGHT.get(_orientation(image))
    return np.ascontiguousarray(turn(rgb)) if turn else rgb


def _channels(image: PillowImage, bits: int) -> NDArray[np.generic]:
    """An array of plain channels, writable and our own."""
    if image.mode == "I":
        return _as_16_bits(np.array(image))
    if image.mode.startswith("I;16"):
        grey = np.array(image)
        if isinstance(key := image.info.get("transparency"), int):
            grey[grey == key] = 0
        return grey if bits == 16 else np.rint(grey * (65535 / (2**bits - 1))).astype(np.uint16)
    if image.mode == "LAB":
        return np.array(_from_lab(image))
    if image.mode not in _CHANNELS or "transparency" in image.info:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    return np.array(image)


def _as_16_bits(levels: NDArray[np.int32]) -> NDArray[np.uint16]:
    if levels.min() < 0 or levels.max() > 65535:
        raise ValueError(
            "whole numbers of 32 bits must lie in [0, 65535], got values from"
            f" {levels.min()} to {levels.max()}; save it with 16 bits"
        )
    return levels.astype(np.uint16)


def _from_lab(image: PillowImage) -> PillowImage:
    from PIL import Image, ImageCms

    made = ImageCms.profileToProfile(
        cast(Image.Image, image),
        ImageCms.createProfile("LAB"),
        ImageCms.createProfile("sRGB"),
        outputMode="RGB",
        flags=ImageCms.Flags.NOOPTIMIZE,  # or black is (1, 0, 1)
    )
    return cast(PillowImage, made)


def _orientation(image: PillowImage) -> int:
    try:
        value = image.getexif().get(_ORIENTATION)
    except Exception:  # noqa: BLE001 - damaged EXIF raises nearly anything; the pixels are sound
        return 1
    return value if isinstance(value, int) else 1
