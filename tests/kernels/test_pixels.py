import re

import numpy as np
import numpy.typing as npt
import pytest

from stream_ae.kernels.pixels import to_rgb


def test_rgb_of_uint8_is_returned_unchanged() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (3, 4, 3), dtype=np.uint8)
    assert to_rgb(rgb) is rgb


def grey(*levels: int) -> list[list[list[int]]]:
    return [[[level] * 3 for level in levels]]


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (np.array([[7, 200]], np.uint8), grey(7, 200)),
        (np.array([[[7], [200]]], np.uint8), grey(7, 200)),
        (np.array([[0, 257, 65535, 128 * 257 + 128]], np.uint16), grey(0, 1, 255, 128)),
        (np.array([[257, 514]], ">u2"), grey(1, 2)),
        (np.array([[0.0, 0.5, 1.0]], np.float32), grey(0, 128, 255)),
        (np.array([[[0.2, 0.4, 1.0]]], np.float64), [[[51, 102, 255]]]),
        (np.array([[[200, 100, 50, 255]]], np.uint8), [[[200, 100, 50]]]),
        (np.array([[[200, 100, 50, 0]]], np.uint8), [[[0, 0, 0]]]),
        (np.array([[[200, 100, 50, 51]]], np.uint8), [[[40, 20, 10]]]),
        (np.array([[[65535, 0, 257, 65535]]], np.uint16), [[[255, 0, 1]]]),
        (np.array([[[1.0, 0.4, 0.0, 0.5]]], np.float16), [[[128, 51, 0]]]),
    ],
)
def test_every_kind_of_picture_becomes_rgb(
    picture: npt.NDArray[np.generic], expected: list[list[list[int]]]
) -> None:
    rgb = to_rgb(picture)
    assert rgb.dtype == np.uint8
    np.testing.assert_allclose(rgb.astype(int), expected, atol=0)


def test_all_levels_survive_the_way_through_16_bits_and_through_floats() -> None:
    levels = np.arange(256)[None]
    for picture in ((levels * 257).astype(np.uint16), (levels / 255).astype(np.float32)):
        assert to_rgb(picture)[..., 0].tolist() == levels.tolist()


@pytest.mark.parametrize(
    ("picture", "error", "message"),
    [
        ([[1]], TypeError, "NumPy array, got list"),
        (np.zeros((2, 2), np.int32), TypeError, "got int32"),
        (np.zeros((2, 2), bool), TypeError, "got bool"),
        (np.zeros((2, 2, 3), np.uint32), TypeError, "got uint32"),
        (np.zeros((2, 2, 2), np.uint8), ValueError, "got (2, 2, 2)"),
        (np.zeros((3, 8, 8), np.uint8), ValueError, "got (3, 8, 8)"),
        (np.zeros((1, 8, 8, 3), np.uint8), ValueError, "got (1, 8, 8, 3)"),
        (np.zeros((0, 8, 3), np.uint8), ValueError, "got (0, 8, 3)"),
        (np.array([[0.0, 1.5]]), ValueError, "from 0 to 1.5"),
        (np.array([[-0.5, 1.0]]), ValueError, "from -0.5 to 1"),
        (np.array([[0.0, np.nan]]), ValueError, "from nan to nan"),
    ],
)
def test_what_is_no_picture_is_refused(
    picture: object, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        to_rgb(picture)  # type: ignore[arg-type]
