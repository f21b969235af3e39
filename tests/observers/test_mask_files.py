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


@given(height=sides, width=sides, up=st.integers(1, 4))
def test_a_mask_grows_by_whole_pixels(height: int, width: int, up: int) -> None:
    mask = np.random.default_rng(height * 41 + width).random((height, width)) > 0.5
    grown = scaled(mask, height=up * height, width=up * width)
    np.testing.assert_array_equal(grown, mask.repeat(up, axis=0).repeat(up, axis=1))


@given(height=sides, width=sides, h=sides, w=sides)
def test_each_pixel_is_the_one_that_holds_its_middle(
    height: int, width: int, h: int, w: int
) -> None:
    mask = np.arange(h * w).reshape(h, w) % 3 == 0
    found = scaled(mask, height=height, width=width)
    for row in range(height):
        for column in range(width):
            y, x = (2 * row + 1) * h // (2 * height), (2 * column + 1) * w // (2 * width)
            assert found[row, column] == mask[y, x]
