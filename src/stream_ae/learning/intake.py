"""Pictures as people have them, made frames: arrays, tensors, Pillow's images, nested lists.

The same picture gives the same frame in any of these forms, bit for bit.
"""

from pathlib import PurePath
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stream_ae.frame import Frame
from stream_ae.kernels.pixels import to_rgb
from stream_ae.sources.base import Source
from stream_ae.sources.image_folder import NOMINAL_FPS
from stream_ae.sources.image_pixels import PillowImage, upright_rgb

Array = NDArray[np.generic]

Picture = object
"""One picture in any form that :func:`to_frame` takes; what is none is refused when it is seen."""

_CHANNELS = (1, 2, 3, 4)  # grey, grey and opacity, RGB, RGBA
_FIRST = (1, 3, 4)  # two pictures of grey are likelier than (2, H, W) with opacity
_FORMS = "a Frame, an array, a tensor, a Pillow image or nested lists of numbers"
_SHAPES = "(H, W), (H, W, channels) or (channels, H, W) with 1, 3 or 4 channels"


def to_frame(picture: object, *, index: int) -> Frame:
    """Make a frame of one picture in any form; a frame stays what it is.

    Args:
        picture: (H, W), (H, W, channels) or (channels, H, W), also as a batch of one. Channels are
            1 (grey), 3 (RGB), 4 (RGBA, laid over black) or, only last, 2 (grey and opacity); red
            comes first. Where both ends could be channels, as in (3, W, 3), they are last in an
            array or a list and first in a tensor. Values are in the range of their type, as
            :func:`stream_ae.nn.to_rgb` says: uint16 is 0 to 65535, other whole numbers are 0 to
            255, floating point is 0 to 1. They come to 8 bits. A tensor may be on any device and
            require a gradient. A Pillow image may have any mode, and is turned upright.
        index: how many frames came before. Pictures have no time of their own; they are taken to
            be 25 a second.

    That OpenCV's channels come blue first cannot be seen: give it ``picture[..., ::-1]``.

    Raises:
        TypeError: it is no picture, or its values are of another type.
        ValueError: another shape, no pixel, several pictures, or values out of range.
    """
    if isinstance(picture, Frame):
        return picture
    rgb = to_rgb(_channels_last(_to_array(picture), first=isinstance(picture, Tensor)))
    return Frame(rgb, index=index, time=index / NOMINAL_FPS, is_first=index == 0)


def _to_array(picture: object) -> Array:
    if isinstance(picture, Tensor):
        return _of_tensor(picture)
    if any(kind.__module__ == "PIL.Image" for kind in type(picture).__mro__):
        return _of_pillow(cast(PillowImage, picture))
    if isinstance(picture, np.ma.MaskedArray) and np.ma.is_masked(picture):
        raise ValueError(
            f"a picture must be whole, got an array with {np.count_nonzero(picture.mask)}"
            " values masked; say what they are with filled(0)"
        )
    try:
        array = np.asarray(picture)
    except ValueError as error:
        raise ValueError(
            f"a picture must be {_SHAPES}, got a {type(picture).__name__} of unequal parts;"
            " give one picture, whose rows have the same length"
        ) from error
    except Exception as error:  # of whoever's __array__ it is
        raise TypeError(
            f"a picture must be {_FORMS}, got a {type(picture).__name__} that NumPy cannot read:"
            f" {' '.join(str(error).split())}; give one array or tensor"
        ) from error
    if array.ndim == 0 or array.dtype.kind not in "biuf":
        raise TypeError(f"a picture must be {_FORMS}, got {_kind(picture)}; {_advice(picture)}")
    return array


def _of_tensor(picture: Tensor) -> Array:
    try:
        exact = picture.float() if picture.dtype == torch.bfloat16 else picture
        array: Array = exact.numpy(force=True)
    except (TypeError, RuntimeError, NotImplementedError) as error:
        raise TypeError(
            "a picture must be a dense tensor of uint8, uint16 or floating point, got"
            f" {picture.dtype} ({picture.layout}, on {picture.device}); convert it"
        ) from error
    return array


def _of_pillow(picture: PillowImage) -> Array:
    try:
        return upright_rgb(picture)
    except Exception as error:
        raise ValueError(
            f"a picture must be a sound Pillow image, got one of mode {picture.mode}:"
            f" {' '.join(str(error).split())}; was its file whole, and still open?"
        ) from error


def _channels_last(picture: Array, *, first: bool) -> Array:
    """One picture (H, W) or (H, W, C); ``first`` where that is the custom of its library."""
    shape = picture.shape
    if picture.ndim == 4 and shape[0] == 1:
        picture = picture[0]
    elif picture.ndim == 4:
        raise ValueError(
            f"a picture must be {_SHAPES}, got {shape}, a batch of {shape[0]}; learn them one"
            " after the other"
        )
    if picture.ndim == 3:
        starts, ends = picture.shape[0] in _FIRST, picture.shape[2] in _CHANNELS
        if starts and (first or not ends):
            picture = np.moveaxis(picture, 0, 2)
    is_grey = picture.ndim == 2
    if picture.size == 0 or not (is_grey or (picture.ndim == 3 and picture.shape[2] in _CHANNELS)):
        raise ValueError(f"a picture must be {_SHAPES}, got {shape}; give one with these axes")
    return picture


def _kind(picture: object) -> str:
    if picture is None or isinstance(picture, str | int | float):
        return f"{picture!r:.60}"
    if isinstance(picture, np.ndarray):
        return f"an array {picture.shape} of {picture.dtype}"
    return f"a {type(picture).__name__}"


def _advice(picture: object) -> str:
    if picture is None:
        return "was it the end of the stream?"
    if isinstance(picture, str | bytes | PurePath | Source):
        return "open a stream with stream_ae.open_source and learn its frames"
    return "give one picture, for instance (H, W, 3) uint8"
