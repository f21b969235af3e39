"""From tensors to images: what TensorBoard and the report show.

An image is an array (height, width, 3) uint8, red first. Only :func:`jpeg` needs Pillow.
"""

import io
import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stream_ae.errors import MissingExtraError
from stream_ae.frame import Rgb
from stream_ae.learning.step import Step
from stream_ae.nn.preprocessing import to_picture

GAP = 4
"""Pixels between two images of a panel; the maps of a grid are 1 pixel apart."""

_GAP_GREY = 48
_GRID_SIZE = 224  # a smaller grid is enlarged to about this many pixels
_HEAT = (
    (0, 0, 0),
    (22, 14, 88),
    (91, 10, 135),
    (163, 10, 115),
    (221, 33, 87),
    (244, 101, 59),
    (254, 155, 69),
    (255, 204, 115),
    (255, 247, 204),
)  # black, violet, red, orange, cream: in equal steps of CIE lightness, so that brighter is more


def tensor_image(image: Tensor) -> Rgb:
    """A frame or a reconstruction, (1, 3, h, w) in [0, 1] → (h, w, 3) uint8.

    Values outside [0, 1] are clipped; NaN becomes 0.
    """
    return to_picture(torch.nan_to_num(image))


def mask_image(mask: Tensor) -> Rgb:
    """A change mask, (h, w) bool → white where it is set, else black, (h, w, 3) uint8."""
    return _three_channels(mask.detach().byte().mul(255).cpu().numpy())


def error_heat_map(image: Tensor, target: Tensor) -> Rgb:
    """Where a reconstruction is wrong, (1, 3, h, w) twice in [0, 1] → (h, w, 3) uint8.

    A pixel's colour stands for ``√(mean over r, g, b of |image − target|)`` on a scale that never
    moves, from black (0) by violet (0.25), red (0.5) and orange (0.75) to cream (1): an error of
    0.01 is a tenth of the scale, one of 0.25 is half. Maps of different frames can be compared.
    """
    error = (image.detach() - target.detach()).abs().mean(dim=1)[0]
    return heat_colours(torch.nan_to_num(error, nan=1.0).clamp(0, 1).sqrt().cpu().numpy())


def heat_colours(level: NDArray[np.float32]) -> Rgb:
    """From black (0) by violet (0.25), red (0.5) and orange (0.75) to cream (1), (h, w, 3) uint8.

    Args:
        level: (h, w) in [0, 1].
    """
    rgb: Rgb = _heat_table()[np.rint(255 * level).astype(np.uint8)]
    return rgb


def views(step: Step) -> dict[str, Rgb]:
    """The four images of a step by name, in the order in which they are shown, each (h, w, 3)."""
    return {
        "input": tensor_image(step.target),
        "reconstruction": tensor_image(step.image),
        "change_mask": mask_image(step.change.mask),
        "error": error_heat_map(step.image, step.target),
    }


def panel(step: Step) -> Rgb:
    """Input, reconstruction, change mask and error side by side, (h, 4 w + 3 GAP, 3) uint8."""
    return side_by_side(list(views(step).values()))


def side_by_side(images: list[Rgb]) -> Rgb:
    """Images of the same height from left to right, :data:`GAP` pixels apart."""
    gap = np.full((images[0].shape[0], GAP, 3), _GAP_GREY, np.uint8)
    row = [part for one in images for part in (gap, one)]
    return np.concatenate(row[1:], axis=1)


def feature_grid(features: Tensor) -> Rgb:
    """The maps of one stage as a grid that is nearly square, (1, C, h, w) → uint8.

    What has other axes, such as a vector (1, C) or tokens (1, n, C), is one map of its last axis.

    Each map goes from black at its own lowest value to white at its highest, whatever its scale; a
    constant map is black. Small maps are enlarged by a whole factor.
    """
    if features.ndim != 4:
        features = features.reshape(1, 1, -1, features.shape[-1] if features.ndim else 1)
    maps = torch.nan_to_num(features.detach()[0].float())  # (C, h, w)
    low, high = maps.amin(dim=(1, 2), keepdim=True), maps.amax(dim=(1, 2), keepdim=True)
    # A constant map has no range: divided by the smallest number, its zeros stay zeros.
    span = (high - low).clamp_min(torch.finfo(maps.dtype).tiny)
    grey = ((maps - low) / span).mul(255).round().byte().cpu().numpy()
    count, height, width = grey.shape
    columns = _columns(count)
    rows = math.ceil(count / columns)
    scale = max(1, _GRID_SIZE // (max(rows, columns) * max(height, width)))
    grey = grey.repeat(scale, axis=1).repeat(scale, axis=2)
    height, width = height * scale + 1, width * scale + 1
    grid = np.full((rows * height - 1, columns * width - 1), _GAP_GREY, np.uint8)
    for index, one in enumerate(grey):
        top, left = index // columns * height, index % columns * width
        grid[top : top + height - 1, left : left + width - 1] = one
    return _three_channels(grid)


def jpeg(rgb: Rgb, quality: int = 85) -> bytes:
    """An image (h, w, 3) uint8 as the bytes of a JPEG file.

    Args:
        rgb: the image.
        quality: 1 (small) to 95 (close to the original).

    Raises:
        MissingExtraError: Pillow is not installed.
    """
    return _encoded(rgb, "JPEG", quality)


def webp(rgb: Rgb, quality: int = 75) -> bytes:
    """An image (h, w, 3) uint8 as the bytes of a WebP file, which is smaller and slower to make.

    Args:
        rgb: the image.
        quality: 1 (small) to 100 (close to the original).

    Raises:
        MissingExtraError: Pillow is not installed.
    """
    return _encoded(rgb, "WEBP", quality)


def _encoded(rgb: Rgb, kind: str, quality: int) -> bytes:
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtraError("Pillow", purpose="writing an image", extra="images") from error
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, kind, quality=quality)
    return file.getvalue()


def _three_channels(grey: NDArray[np.uint8]) -> Rgb:
    return np.repeat(grey[:, :, None], 3, axis=2)


def _heat_table() -> NDArray[np.uint8]:
    """The colour of each of 256 levels, (256, 3)."""
    stops = np.linspace(0, 255, len(_HEAT))
    channels = [np.interp(np.arange(256), stops, channel) for channel in zip(*_HEAT, strict=True)]
    return np.stack(channels, axis=1).round().astype(np.uint8)


def _columns(count: int) -> int:
    """How many maps to a row: a full grid at most four times as wide as high, or a square one."""
    side = math.ceil(math.sqrt(count))
    return next((n for n in range(side, 2 * side + 1) if count % n == 0), side)
