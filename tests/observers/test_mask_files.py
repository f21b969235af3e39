import math
from fractions import Fraction
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.support.findings import make_findings

from stream_ae.frame import Frame
from stream_ae.observers.mask_files import MaskFiles, scaled

sides = st.integers(1, 40)


def test_each_mask_is_a_picture_of_the_frames_own_size(tmp_path: Path) -> None:
    mask = np.zeros((4, 8), bool)
    mask[1:3, 2:4] = True
    files = MaskFiles(tmp_path / "masks")
    for number in (1, 2, 12):
        files.on_findings(make_findings(number, mask=mask), Frame(np.zeros((8, 24, 3), np.uint8)))
    files.close()
    folder = tmp_path / "masks"
    assert sorted(p.name for p in folder.iterdir()) == ["000001.png", "000002.png", "000012.png"]
    picture = Image.open(folder / "000012.png")
    expected = np.zeros((8, 24), np.uint8)
    expected[2:6, 6:12] = 255
    assert picture.mode == "L"
    np.testing.assert_array_equal(np.asarray(picture), expected)


@given(height=sides, width=sides, up=st.integers(1, 2))
def test_twice_the_size_is_each_pixel_four_times(height: int, width: int, up: int) -> None:
    mask = np.random.default_rng(height * 41 + width).random((height, width)) > 0.5
    grown = scaled(mask, height=up * height, width=up * width)
    np.testing.assert_array_equal(grown, mask.repeat(up, axis=0).repeat(up, axis=1))


def middle(index: int, length: int, *, size: int) -> Fraction:
    """Where the middle of one of ``length`` pixels lies among those of ``size``, from 0."""
    place = Fraction((2 * index + 1) * size, 2 * length) - Fraction(1, 2)
    return min(max(place, Fraction(0)), Fraction(size - 1))


@given(height=sides, width=sides, h=sides, w=sides)
def test_it_is_interpolated_between_the_nearest_pixels(
    height: int, width: int, h: int, w: int
) -> None:
    mask = np.arange(h * w).reshape(h, w) % 3 == 0
    found = scaled(mask, height=height, width=width)
    for row in range(height):
        for column in range(width):
            y, x = middle(row, height, size=h), middle(column, width, size=w)
            around = [
                (i, j)
                for i in {math.floor(y), math.ceil(y)}
                for j in {math.floor(x), math.ceil(x)}
                if mask[i, j]
            ]
            share = sum((1 - abs(y - i)) * (1 - abs(x - j)) for i, j in around)
            assert found[row, column] == (share >= Fraction(1, 2))


def test_a_diagonal_has_no_steps_of_whole_pixels() -> None:
    diagonal = np.tri(8, dtype=bool)
    found = scaled(diagonal, height=64, width=64)
    widths = found.sum(axis=1)[8:56]  # without the edges, which are repeated
    assert np.diff(widths).max() == 2  # a pixel of the mask is 8 wide
