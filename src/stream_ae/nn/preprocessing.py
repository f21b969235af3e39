"""Frame to tensor and back: RGB to what the network takes, and the way back.

It runs in the reader thread, beside the learner. So the arithmetic is one compiled loop: a tensor
operation here would start a second pool of threads, and array operations hold the interpreter.
"""

import math
from functools import lru_cache

import numpy as np
import torch

from stream_ae.frame import Rgb
from stream_ae.kernels.jit import Rows, can_loop
from stream_ae.kernels.levels import to_levels
from stream_ae.kernels.resize import Taps, resize
from stream_ae.settings.choices import FIT, Fit, check_choice


def to_tensor(
    rgb: Rgb,
    *,
    size: tuple[int, int] = (224, 224),
    fit: Fit = FIT,
    pixel_aspect: float = 1.0,
) -> torch.Tensor:
    """Bring a frame to the network's size and range.

    Each axis for itself: where the picture shrinks, an output pixel is the mean of the source
    pixels it covers, each weighted by the covered share of it; where it grows, the two nearest
    source pixels are interpolated linearly (pixel centres at i + ½, edges repeated).

    Args:
        rgb: (H, W, 3) uint8.
        size: height h and width w of the result.
        fit: what is done with another aspect ratio, see :data:`stream_ae.settings.choices.Fit`.
        pixel_aspect: width over height of a pixel of ``rgb`` as it is meant to be seen; ``crop``
            and ``pad`` go by the picture's shape with such pixels. The network's are square.

    Returns:
        (1, 3, h, w) float32 in [0, 1], channels last in memory; exactly ``rgb / 255`` where the
        sizes agree.

    Raises:
        TypeError: ``rgb`` is not an array of uint8.
        ValueError: ``rgb`` is not (H, W, 3), ``size`` holds no pixel, ``fit`` is unknown, or
            ``pixel_aspect`` is not positive.

    >>> halves = np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)
    >>> to_tensor(halves, size=(1, 1)).flatten()
    tensor([0.5000, 0.5000, 0.5000])
    """
    _check(rgb, size=size)
    if not 0 < pixel_aspect < math.inf:
        raise ValueError(
            f"pixel_aspect must be positive and finite, got {pixel_aspect};"
            " give the width of a pixel over its height, 1 for a square one"
        )
    check_choice(fit, Fit, name="fit")
    if fit == "stretch":
        image = _resize(rgb, *size)
    elif fit == "crop":
        image = _resize(_crop(rgb, *size, pixel_aspect), *size)
    else:
        image = _pad(rgb, *size, pixel_aspect)
    return torch.from_numpy(image).permute(2, 0, 1).unsqueeze(0)


def to_picture(image: torch.Tensor) -> Rgb:
    """The way back: a tensor as a picture to look at.

    Args:
        image: (1, 3, h, w) floating point, on any device; clipped to [0, 1].

    Returns:
        (h, w, 3) uint8, rounded to the nearest level.

    Raises:
        ValueError: another shape.
    """
    if image.ndim != 4 or image.shape[:2] != (1, 3):
        raise ValueError(
            f"an image must be (1, 3, h, w), got {tuple(image.shape)}; give one RGB image"
        )
    if can_loop(image):
        return to_levels(image)
    levels = image.detach()[0].permute(1, 2, 0).clamp(0, 1).mul(255).round()
    picture: Rgb = levels.to("cpu", torch.uint8).contiguous().numpy()
    return picture


def _check(rgb: Rgb, *, size: tuple[int, int]) -> None:
    if not isinstance(rgb, np.ndarray) or rgb.dtype != np.uint8:
        kind = rgb.dtype if isinstance(rgb, np.ndarray) else type(rgb).__name__
        raise TypeError(
            f"a frame must be an array (H, W, 3) uint8, got {kind};"
            " convert it with stream_ae.nn.to_rgb"
        )
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0:
        raise ValueError(
            f"a frame must be (H, W, 3), got {rgb.shape}; convert it with stream_ae.nn.to_rgb"
        )
    if min(size) < 1:
        raise ValueError(f"size must be at least (1, 1), got {size}; give height and width")


def _crop(rgb: Rgb, h: int, w: int, pixel_aspect: float) -> Rgb:
    """The largest centred part that has the aspect of h by w."""
    height, width = rgb.shape[:2]
    rows = min(height, max(1, round(pixel_aspect * width * h / w)))
    columns = min(width, max(1, round(height * w / (h * pixel_aspect))))
    top, left = (height - rows) // 2, (width - columns) // 2
    return rgb[top : top + rows, left : left + columns]


def _pad(rgb: Rgb, h: int, w: int, pixel_aspect: float) -> Rows:
    """The whole picture, as large as it fits, between black bars."""
    height, width = rgb.shape[0], pixel_aspect * rgb.shape[1]
    rows = min(h, max(1, round(w * height / width)))
    columns = min(w, max(1, round(h * width / height)))
    top, left = (h - rows) // 2, (w - columns) // 2
    image = np.zeros((h, w, 3), np.float32)
    image[top : top + rows, left : left + columns] = _resize(rgb, rows, columns)
    return image


def _resize(rgb: Rgb, h: int, w: int) -> Rows:
    """(H, W, 3) uint8 to (h, w, 3) float32 in [0, 1]."""
    height, width = rgb.shape[:2]
    lines = np.ascontiguousarray(rgb).reshape(height, 3 * width)
    return resize(lines, rows=_taps(height, h), columns=_taps(width, w)).reshape(h, w, 3)


@lru_cache(maxsize=64)
def _taps(source: int, target: int) -> Taps:
    """Of an axis; counted in whole numbers, so that no rounding decides what is covered.

    *Smaller*: laid over each other, the axis is ``source · target`` units long. A source pixel j
    covers the units from ``j · target`` on, an output pixel i those from ``i · source`` on, and the
    weight is the number of units that both cover, as a share of an output pixel. An output pixel
    that begins inside a source pixel may reach one pixel more than ``source / target`` rounded up;
    those that need fewer taps have a weight of 0 in the last ones.

    *Larger*: the centre of output pixel i is at (i + ½) source / target − ½ in source pixels. Times
    ``2 · target`` that is a whole number, whose quotient is the pixel below and whose remainder is
    the share of the one above.
    """
    output = np.arange(target)[:, None]
    if target < source:
        begin, end = output * source, (output + 1) * source
        positions = begin // target + np.arange(-(-source // target) + 1)
        overlap = np.minimum((positions + 1) * target, end) - np.maximum(positions * target, begin)
        weights = np.maximum(overlap, 0) / source
        positions = np.minimum(positions, (end - 1) // target)  # the idle taps, within the axis
    else:
        doubled = (2 * output + 1) * source - target
        below, rest = np.divmod(doubled, 2 * target)
        positions = np.clip(np.hstack([below, below + 1]), 0, source - 1)
        weights = np.hstack([2 * target - rest, rest]) / (2 * target)
    return Taps(positions, weights.astype(np.float32))
