"""Frame to tensor and back: any picture to RGB, RGB to what the network takes, and the way back.

It runs in the reader thread, beside the learner. So the arithmetic is NumPy's alone (a tensor
operation here would start a second pool of threads, a matrix product a third) and comes in few
large calls, which leave the interpreter to the learner.
"""

import math
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from stream_ae.frame import Rgb

Fit = Literal["stretch", "crop", "pad"]
"""How another aspect ratio is brought to the network's: distorted, cut at the centre, or with
black bars."""

_BLOCK = 2**18
"""Values that are turned to float32 at a time: 1 MiB stays in the cache."""

_Floats = NDArray[np.float32]


def to_rgb(picture: NDArray[Any]) -> Rgb:
    """Bring any picture to (H, W, 3) uint8, red first.

    Args:
        picture: grey (H, W) or (H, W, 1), RGB (H, W, 3) or RGBA (H, W, 4), which is laid over
            black; uint8, uint16 (0 to 65535) or floating point in [0, 1]. One that is already
            RGB of uint8 is given back as it is.

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


def to_tensor(
    rgb: Rgb, *, size: tuple[int, int] = (224, 224), fit: Fit = "stretch"
) -> torch.Tensor:
    """Bring a frame to the network's size and range.

    Each axis for itself: where the picture shrinks, an output pixel is the mean of the source
    pixels it covers, each weighted by the covered share of it; where it grows, the two nearest
    source pixels are interpolated linearly (pixel centres at i + ½, edges repeated).

    Args:
        rgb: (H, W, 3) uint8.
        size: height h and width w of the result.
        fit: what is done with another aspect ratio, see :data:`Fit`.

    Returns:
        (1, 3, h, w) float32 in [0, 1], channels last in memory; exactly ``rgb / 255`` where the
        sizes agree.

    Raises:
        TypeError: ``rgb`` is not an array of uint8.
        ValueError: ``rgb`` is not (H, W, 3), ``size`` holds no pixel, or ``fit`` is unknown.

    >>> halves = np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)
    >>> to_tensor(halves, size=(1, 1)).flatten()
    tensor([0.5000, 0.5000, 0.5000])
    """
    _check(rgb, size=size)
    if fit == "stretch":
        image = _resize(rgb, *size)
    elif fit == "crop":
        image = _resize(_crop(rgb, *size), *size)
    elif fit == "pad":
        image = _pad(rgb, *size)
    else:
        raise ValueError(f"fit must be 'stretch', 'crop' or 'pad', got {fit!r}; choose one")
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
    levels = image.detach()[0].permute(1, 2, 0).clamp(0, 1).mul(255).round()
    picture: Rgb = levels.to("cpu", torch.uint8).contiguous().numpy()
    return picture


def _to_unit(picture: NDArray[Any]) -> _Floats:
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


def _check(rgb: Rgb, *, size: tuple[int, int]) -> None:
    if not isinstance(rgb, np.ndarray) or rgb.dtype != np.uint8:
        kind = rgb.dtype if isinstance(rgb, np.ndarray) else type(rgb).__name__
        raise TypeError(
            f"a frame must be an array (H, W, 3) uint8, got {kind}; convert it with pixels.to_rgb"
        )
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0:
        raise ValueError(
            f"a frame must be (H, W, 3), got {rgb.shape}; convert it with pixels.to_rgb"
        )
    if min(size) < 1:
        raise ValueError(f"size must be at least (1, 1), got {size}; give height and width")


def _crop(rgb: Rgb, h: int, w: int) -> Rgb:
    """The largest centred part that has the aspect of h by w."""
    height, width = rgb.shape[:2]
    rows = min(height, max(1, round(width * h / w)))
    columns = min(width, max(1, round(height * w / h)))
    top, left = (height - rows) // 2, (width - columns) // 2
    return rgb[top : top + rows, left : left + columns]


def _pad(rgb: Rgb, h: int, w: int) -> _Floats:
    """The whole picture, as large as it fits, between black bars."""
    height, width = rgb.shape[:2]
    rows = min(h, max(1, round(w * height / width)))
    columns = min(w, max(1, round(h * width / height)))
    top, left = (h - rows) // 2, (w - columns) // 2
    image = np.zeros((h, w, 3), np.float32)
    image[top : top + rows, left : left + columns] = _resize(rgb, rows, columns)
    return image


def _resize(rgb: Rgb, h: int, w: int) -> _Floats:
    """(H, W, 3) uint8 to (h, w, 3) float32 in [0, 1]; rows first, they lie together in memory."""
    height, width = rgb.shape[:2]
    lines: NDArray[Any] = rgb.reshape(height, width * 3)
    if h < height:
        lines = _shrink_rows(lines, h)
    elif h > height:
        indices, weights = _taps(height, h)
        lines = _gather(lines, indices, weights[..., None], axis=0)
    if w != width:
        lines = _gather(lines, *_column_taps(width, w), axis=1)
    image: _Floats = np.divide(lines, np.float32(255), dtype=np.float32)
    np.minimum(image, 1, out=image)  # weights that are rounded can add up to a hair above 1
    return image.reshape(h, w, 3)


def _shrink_rows(lines: NDArray[np.uint8], h: int) -> _Floats:
    """(H, m) to (h, m) by area.

    With g = gcd(H, h) the pattern of covered rows repeats after H / g source rows, so all output
    rows of one phase are one weighted sum.
    """
    height, m = lines.shape
    periods = math.gcd(height, h)
    source, target = height // periods, h // periods
    indices, weights = _taps(source, target)
    at_once = max(1, _BLOCK // (len(indices) * m))
    blocks = lines.reshape(periods, source, m)
    result = np.empty((periods, target, m), np.float32)
    for phase in range(target):
        covered = slice(indices[0, phase], indices[-1, phase] + 1)
        shares = weights[: covered.stop - covered.start, phase]
        for start in range(0, periods, at_once):
            some = slice(start, start + at_once)
            block = blocks[some, covered].astype(np.float32)
            np.einsum("k,pkm->pm", shares, block, out=result[some, phase])
    return result.reshape(h, m)


def _gather(
    lines: NDArray[Any], indices: NDArray[np.intp], weights: _Floats, *, axis: int
) -> _Floats:
    """The weighted sum of source rows or columns for each output row or column."""
    total: _Floats = np.take(lines, indices[0], axis=axis, mode="clip") * weights[0]
    for index, weight in zip(indices[1:], weights[1:], strict=True):
        total += np.take(lines, index, axis=axis, mode="clip") * weight
    return total


@lru_cache(maxsize=64)
def _taps(source: int, target: int) -> tuple[NDArray[np.intp], _Floats]:
    """Which source pixels make up each output pixel of an axis, and with what weight.

    Counted in whole numbers, so that no rounding decides whether a pixel is covered.

    Returns:
        (k, target) indices, ascending and clipped to the axis, and weights that sum to 1.
    """
    output = np.arange(target)
    if target < source:  # a source pixel is `target` units long, an output pixel `source` units
        begin, end = output * source, (output + 1) * source
        indices = begin // target + np.arange(-(-source // target) + 1)[:, None]
        overlap = np.minimum((indices + 1) * target, end) - np.maximum(indices * target, begin)
        weights = np.maximum(overlap, 0) / source
        indices = np.minimum(indices, (end - 1) // target)  # beyond the covered ones: weight 0
    else:
        doubled = (2 * output + 1) * source - target  # the centre in source pixels × 2 target
        below, rest = np.divmod(doubled, 2 * target)
        indices = np.clip(np.stack([below, below + 1]), 0, source - 1)
        weights = np.stack([2 * target - rest, rest]) / (2 * target)
    return indices.astype(np.intp), weights.astype(np.float32)


@lru_cache(maxsize=64)
def _column_taps(source: int, target: int) -> tuple[NDArray[np.intp], _Floats]:
    """:func:`_taps` for lines of interleaved red, green and blue."""
    indices, weights = _taps(source, target)
    flat = indices[..., None] * 3 + np.arange(3)
    return flat.reshape(len(indices), -1), np.repeat(weights, 3, axis=1)
