import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.kernels.pixels import to_rgb


def test_rgb_of_uint8_is_returned_unchanged() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (3, 4, 3), dtype=np.uint8)
    assert to_rgb(rgb) is rgb


def grey(*levels: int) -> list[list[list[int]]]:
    return [[[level] * 3 for level in levels]]


RANGES: dict[str, tuple[list[float], list[int]]] = {
    "?": ([0, 1], [0, 255]),
    "u1": ([0, 7, 200, 255], [0, 7, 200, 255]),
    "<u2": ([0, 257, 128 * 257 + 128, 65535], [0, 1, 128, 255]),
    ">u2": ([0, 257, 128 * 257 + 129, 65535], [0, 1, 129, 255]),
    "u4": ([0, 7, 200, 255], [0, 7, 200, 255]),
    "u8": ([0, 7, 200, 255], [0, 7, 200, 255]),
    "i1": ([0, 7, 127], [0, 7, 127]),
    "i2": ([0, 7, 200, 255], [0, 7, 200, 255]),
    ">i4": ([0, 7, 200, 255], [0, 7, 200, 255]),
    "i8": ([0, 7, 200, 255], [0, 7, 200, 255]),
    "f2": ([0.0, 0.25, 0.5, 1.0], [0, 64, 128, 255]),
    "f4": ([0.0, 0.2, 0.5, 1.0], [0, 51, 128, 255]),
    ">f4": ([0.0, 0.2, 0.5, 1.0], [0, 51, 128, 255]),
    "f8": ([0.0, 0.2, 0.5, 1.0], [0, 51, 128, 255]),
    "g": ([0.0, 0.2, 0.5, 1.0], [0, 51, 128, 255]),
}


@pytest.mark.parametrize("channels", [None, 1, 2, 3, 4])
@pytest.mark.parametrize("dtype", RANGES)
def test_every_dtype_has_its_range_with_every_number_of_channels(
    dtype: str, channels: int | None
) -> None:
    values, levels = RANGES[dtype]
    picture = np.array([values], dtype)
    if channels is not None:
        picture = np.repeat(picture[..., None], channels, axis=2)
    if channels in (2, 4):
        picture[..., -1] = {"i1": 127}.get(dtype, values[-1])
    rgb = to_rgb(picture)
    assert rgb.dtype == np.uint8
    opacity = 127 / 255 if channels in (2, 4) and dtype == "i1" else 1
    assert rgb.tolist() == grey(*(round(level * opacity) for level in levels))


@given(
    dtype=st.sampled_from([dtype for dtype in RANGES if dtype != "?"]),
    level=st.integers(0, 127),
    opacity=st.integers(0, 127),
)
def test_what_is_transparent_is_laid_over_black(dtype: str, level: int, opacity: int) -> None:
    scale = {"u": 257 if "u2" in dtype else 1, "i": 1}.get(dtype.strip("<>")[0], 1 / 255)
    pixel = np.array([[[level * scale] * 3 + [opacity * scale]]], dtype)
    close = 0 if scale >= 1 else 1  # a half may be rounded either way in a short float
    expected = np.array(grey((2 * level * opacity + 255) // 510))
    for picture in (pixel, pixel[..., 2:]):
        np.testing.assert_allclose(to_rgb(picture).astype(int), expected, atol=close)


def test_channels_keep_their_places() -> None:
    assert to_rgb(np.array([[[200, 100, 50, 51]]], np.uint8)).tolist() == [[[40, 20, 10]]]
    assert to_rgb(np.array([[[0.2, 0.4, 1.0]]])).tolist() == [[[51, 102, 255]]]


def test_all_levels_survive_the_way_through_16_bits_and_through_floats() -> None:
    levels = np.arange(256)[None]
    for picture in ((levels * 257).astype(np.uint16), (levels / 255).astype(np.float32)):
        assert to_rgb(picture)[..., 0].tolist() == levels.tolist()


@pytest.mark.parametrize(
    ("picture", "error", "message"),
    [
        ([[1]], TypeError, "NumPy array, got list"),
        (np.zeros((2, 2), complex), TypeError, "floating point, got complex128"),
        (np.zeros((2, 2), object), TypeError, "got object"),
        (np.array([["a"]]), TypeError, "got <U1"),
        (np.zeros((2, 2), "M8[s]"), TypeError, "got datetime64[s]"),
        (np.zeros((2, 2, 5), np.uint8), ValueError, "got (2, 2, 5)"),
        (np.array(7, np.uint8), ValueError, "got ()"),
        (np.array([[0, 256]]), ValueError, "int64 must lie in [0, 255], got values from 0 to 256"),
        (np.array([[0, 999]], np.uint32), ValueError, "16 bits need the dtype uint16"),
        (np.array([[-1, 9]], np.int16), ValueError, "int16 must lie in [0, 255]"),
        (np.zeros((3, 8, 8), np.uint8), ValueError, "got (3, 8, 8)"),
        (np.zeros((1, 8, 8, 3), np.uint8), ValueError, "got (1, 8, 8, 3)"),
        (np.zeros((0, 8, 3), np.uint8), ValueError, "got (0, 8, 3)"),
        (np.array([[0.0, 1.5]]), ValueError, "from 0 to 1.5"),
        (np.array([[0.0, 1.002]]), ValueError, "from 0 to 1.002; divide it by 255, convert"),
        (np.array([[0.0, 256.0]]), ValueError, "from 0 to 256; scale or clip it"),
        (np.array([[0.5, 1 + 2**-20]]), ValueError, "from 0.5 to 1.00000095; divide it by 255"),
        (np.array([[-(2**-20), 1.0]]), ValueError, "from -9.53674316e-07 to 1; scale or clip it"),
        (np.array([[-0.5, 1.0]]), ValueError, "from -0.5 to 1"),
        (np.array([[0.0, np.nan]]), ValueError, "[0, 1], got NaN for 1 of 2 values; say"),
    ],
)
def test_what_is_no_picture_is_refused(
    picture: object, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        to_rgb(picture)  # type: ignore[arg-type]
