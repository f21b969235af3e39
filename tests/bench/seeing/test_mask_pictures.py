import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stream_ae.bench.seeing.labelled import Truth
from stream_ae.bench.seeing.mask_pictures import coloured, row_of, write_picture
from stream_ae.errors import MissingExtraError
from stream_ae.observers.images import GAP


def test_colours_say_what_is_right_false_missed_and_left_out() -> None:
    mask = np.array([[1, 1, 0, 0, 1]], bool)
    truth = Truth(np.array([[1, 0, 1, 0, 1]], bool), np.array([[1, 1, 1, 1, 0]], bool))
    white, red, blue, black, grey = coloured(mask, truth)[0].tolist()
    assert white == [255, 255, 255]
    assert red[0] > 2 * max(red[1:])
    assert blue[2] > 2 * max(blue[:2])
    assert black == [0, 0, 0]
    assert len(set(grey)) == 1
    assert 0 < grey[0] < 255


def test_a_picture_has_a_row_for_each_frame_and_a_column_for_each_mask(tmp_path: Path) -> None:
    rgb = np.full((20, 30, 3), 120, np.uint8)
    truth = Truth(np.zeros((20, 30), bool), np.ones((20, 30), bool))
    full = np.ones((20, 30), bool)
    rows = [row_of(rgb, [truth.moving, full], truth=truth) for _ in range(3)]
    assert rows[0].shape == (20, 4 * 30 + 3 * GAP, 3)
    path = tmp_path / "out" / "masks.png"
    write_picture(path, rows, names=["frame", "truth", "a", "b"])
    image = np.asarray(Image.open(path))
    assert image.shape == (16 + 3 * 20 + 2 * 4, 4 * 30 + 3 * GAP, 3)
    assert image[:16].any(), "names stand above"
    assert np.array_equal(image[16:36], rows[0])
    assert np.array_equal(image[-20:], rows[2])


def test_without_pillow_it_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtraError, match="images"):
        write_picture(tmp_path / "a.png", [np.zeros((4, 4, 3), np.uint8)], names=["a"])
