import io
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps
from tests.support.clips import picture

from stream_ae.sources.image_pixels import PillowImage, upright_rgb

Array = npt.NDArray[np.generic]
RED, BLACK = [255, 0, 0], [0, 0, 0]


def grey(*levels: int) -> list[list[list[int]]]:
    return [[[level] * 3 for level in levels]]


def image(values: Sequence[object], dtype: str, mode: str | None = None) -> Image.Image:
    """One row of pixels; channels that belong together need not be an array of that mode."""
    array = np.array([values], dtype)
    if mode is None:
        return Image.fromarray(array)
    return Image.frombytes(mode, (array.shape[1], 1), array.tobytes())


def with_palette(mode: str, *, transparency: int | bytes | None = None) -> Image.Image:
    paletted = image([0, 1], "u1", "P")
    paletted.putpalette([255, 0, 0, 0, 255, 0])
    if transparency is not None:
        paletted.info["transparency"] = transparency
    return paletted.convert(mode)


def with_key(mode: str, key: object, *values: object) -> Image.Image:
    made = image(list(values), "<u2" if mode == "I;16" else "u1", mode)
    made.info["transparency"] = key
    return made


LEVELS = [0, 257, 32896, 65535]  # of 16 bits; 0, 1, 128, 255 of 8
TABLE = {
    "1": (image([0, 255], "u1", "L").convert("1"), grey(0, 255)),
    "1 with a key": (with_key("1", 255, 0x40), [[BLACK]]),
    "L": (image([0, 7, 255], "u1"), grey(0, 7, 255)),
    "L with a key": (with_key("L", 7, 0, 7, 8, 255), grey(0, 0, 8, 255)),
    "LA": (image([[200, 255], [200, 0], [200, 51]], "u1", "LA"), grey(200, 0, 40)),
    "P": (with_palette("P"), [[RED, [0, 255, 0]]]),
    "P with a key": (with_palette("P", transparency=1), [[RED, BLACK]]),
    "P with alphas": (
        with_palette("P", transparency=bytes([51, 255])),
        [[[51, 0, 0], [0, 255, 0]]],
    ),
    "PA": (with_palette("PA", transparency=0), [[BLACK, [0, 255, 0]]]),
    "I;16": (image(LEVELS, "<u2"), grey(0, 1, 128, 255)),
    "I;16L": (image(LEVELS, "<u2", "I;16L"), grey(0, 1, 128, 255)),
    "I;16B": (image(LEVELS, ">u2", "I;16B"), grey(0, 1, 128, 255)),
    "I;16N": (image(LEVELS, "=u2", "I;16N"), grey(0, 1, 128, 255)),
    "I;16 with a key": (with_key("I;16", 257, *LEVELS), grey(0, 0, 128, 255)),
    "I;16 rounds": (image([128, 129, 65406, 65407], "<u2"), grey(0, 1, 254, 255)),
    "I": (image(LEVELS, "i4"), grey(0, 1, 128, 255)),
    "F": (image([0.0, 0.2, 0.5, 1.0], "f4"), grey(0, 51, 128, 255)),
    "RGB": (image([[1, 2, 3], [255, 0, 254]], "u1"), [[[1, 2, 3], [255, 0, 254]]]),
    "RGB with a key": (with_key("RGB", (1, 2, 3), [1, 2, 3], [1, 2, 4]), [[BLACK, [1, 2, 4]]]),
    "RGBA": (
        image([[200, 100, 50, 255], [200, 100, 50, 0], [200, 100, 50, 51]], "u1", "RGBA"),
        [[[200, 100, 50], BLACK, [40, 20, 10]]],
    ),
    "RGBa": (image([[40, 20, 10, 51]], "u1", "RGBa"), [[[40, 20, 10]]]),
    "RGBX": (image([[1, 2, 3, 0]], "u1", "RGBX"), [[[1, 2, 3]]]),
    "CMYK": (
        image([[0, 255, 255, 0], [0, 0, 0, 255], [0] * 4], "u1", "CMYK"),
        [[RED, BLACK, [255] * 3]],
    ),
    "YCbCr": (image([[76, 85, 255], [128, 128, 128]], "u1", "YCbCr"), [[[254, 0, 0], [128] * 3]]),
    "HSV": (image([[0, 255, 255], [0, 0, 99]], "u1", "HSV"), [[RED, [99] * 3]]),
    "LAB": (image([[0, 0, 0], [255, 0, 0]], "u1", "LAB"), grey(0, 255)),
}


@pytest.mark.parametrize("name", TABLE)
def test_every_mode_has_its_range(name: str) -> None:
    made, expected = TABLE[name]
    rgb = upright_rgb(made)
    assert rgb.dtype == np.uint8
    assert rgb.tolist() == expected
    assert rgb.flags.writeable
    assert rgb.flags.c_contiguous


def test_the_table_has_every_mode_of_pillow() -> None:
    tested = {name.split()[0] for name in TABLE}
    assert tested == set(Image.MODES) - {"La"}, "which no file gives"


def from_lab(lab: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """CIE 15 to XYZ at D50, then Lindbloom's matrix (Bradford) and the curve of IEC 61966-2-1."""
    y = (lab[..., :1] + 16) / 116
    f = np.concatenate([y + lab[..., 1:2] / 500, y, y - lab[..., 2:] / 200], axis=-1)
    xyz = np.where(f > 6 / 29, f**3, (f - 16 / 116) * 3 * (6 / 29) ** 2) * (0.96422, 1, 0.82521)
    matrix = np.array(
        [
            [3.1338561, -1.6168667, -0.4906146],
            [-0.9787684, 1.9161415, 0.0334540],
            [0.0719453, -0.2289914, 1.4052427],
        ]
    )
    linear = np.clip(xyz @ matrix.T, 0, 1)
    curve = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    return 255 * np.asarray(curve, np.float64)


def test_lab_is_that_of_print() -> None:
    lab = np.random.default_rng(0).integers((0, -128, -128), (256, 128, 128), (16, 16, 3))
    made = Image.frombytes("LAB", (16, 16), lab.astype(np.uint8).tobytes())  # a, b are signed
    expected = from_lab(lab / (2.55, 1, 1))
    np.testing.assert_allclose(upright_rgb(made), expected, atol=1)


@given(opacity=st.integers(0, 255), level=st.integers(0, 255))
def test_what_is_transparent_is_laid_over_black(opacity: int, level: int) -> None:
    expected = (2 * level * opacity + 255) // 510  # level · opacity / 255, rounded
    for mode, pixel in (("RGBA", [level] * 3 + [opacity]), ("LA", [level, opacity])):
        assert upright_rgb(image([pixel], "u1", mode)).tolist() == grey(expected)


@given(level=st.integers(0, 65535))
def test_sixteen_bits_are_rounded_to_eight(level: int) -> None:
    expected = grey((2 * level + 257) // 514)
    assert upright_rgb(image([level], "<u2")).tolist() == expected
    assert upright_rgb(image([level], "i4")).tolist() == expected


@pytest.mark.parametrize(
    ("values", "dtype", "message"),
    [
        ([0.0, 1.5], "f4", "float32 must lie in [0, 1], got values from 0 to 1.5"),
        ([-0.25, 1.0], "f4", "got values from -0.25 to 1"),
        ([float("nan")], "f4", "got NaN for 1 of 1 values"),
        ([0, 65536], "i4", "32 bits must lie in [0, 65535], got values from 0 to 65536"),
        ([-1, 9], "i4", "got values from -1 to 9"),
    ],
)
def test_values_outside_of_the_range_are_refused(
    values: list[object], dtype: str, message: str
) -> None:
    with pytest.raises(ValueError, match="must lie in") as caught:
        upright_rgb(image(values, dtype))
    assert message in str(caught.value)


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("mode", ["RGB", "L", "I;16", "RGBA"])
def test_every_orientation_comes_upright(orientation: int, mode: str) -> None:
    made = image([0], "<u2") if mode == "I;16" else Image.fromarray(picture(2)).convert(mode)
    if mode == "I;16":
        made = Image.fromarray(np.arange(48 * 64, dtype=np.uint16).reshape(48, 64) * 21)
    made.getexif()[0x0112] = orientation
    rgb = upright_rgb(made)
    ImageOps.exif_transpose(made, in_place=True)
    assert np.array_equal(rgb, upright_rgb(made))
    assert rgb.shape[:2] == ((64, 48) if orientation in (5, 6, 7, 8) else (48, 64))
    assert rgb.flags.c_contiguous
    assert rgb.flags.writeable


class DamagedExif(PillowImage):
    """An image of which only the EXIF is damaged."""

    def __init__(self, error: type[Exception]) -> None:
        self.info = {}
        self._error = error

    mode = "RGB"
    has_transparency_data = False

    def convert(self, mode: str) -> "DamagedExif":
        raise AssertionError(mode)

    def getexif(self) -> Mapping[int, object]:
        raise self._error("damaged")

    def __array__(self, dtype: object = None, copy: object = None) -> Array:
        return picture(1)


@pytest.mark.parametrize(
    "error", [AttributeError, KeyError, OSError, SyntaxError, TypeError, ZeroDivisionError]
)
def test_damaged_exif_leaves_the_pixels_as_they_are(error: type[Exception]) -> None:
    assert np.array_equal(upright_rgb(DamagedExif(error)), picture(1))


@pytest.mark.parametrize("value", [0, 9, 65535, "6", b"6", (6, 1), 6.0, None])
def test_an_orientation_that_means_nothing_is_none(value: object) -> None:
    made = Image.fromarray(picture(2))
    made.getexif()[0x0112] = value
    assert np.array_equal(upright_rgb(made), picture(2))


def test_an_orientation_that_only_the_xmp_states() -> None:
    made = Image.fromarray(picture(2))
    buffer = io.BytesIO()
    made.save(buffer, "PNG")
    with Image.open(buffer) as opened:
        opened.info["xmp"] = b'<x tiff:Orientation="3"/>'
        assert np.array_equal(upright_rgb(opened), picture(2)[::-1, ::-1])
