import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.detection.findings import Box
from stream_ae.observers.overlays import (
    LONGEST_SIDE,
    small_picture,
    with_box,
    with_heat,
    with_mask,
)

GREY = np.full((90, 160, 3), 100, np.uint8)


@pytest.mark.parametrize(
    ("size", "aspect", "small"),
    [
        ((432, 768), 1.0, (180, 320)),
        ((1080, 1920), 1.0, (180, 320)),
        ((640, 360), 1.0, (320, 180)),
        ((48, 64), 1.0, (48, 64)),
        ((576, 720), 64 / 45, (180, 320)),
        ((1, 2000), 1.0, (1, 320)),
    ],
)
def test_a_small_picture_has_the_shape_of_the_frame(
    size: tuple[int, int], aspect: float, small: tuple[int, int]
) -> None:
    picture = small_picture(np.full((*size, 3), 77, np.uint8), pixel_aspect=aspect)
    assert picture.shape == (*small, 3)
    assert max(small) <= LONGEST_SIDE
    assert (picture == 77).all()


def test_a_small_picture_is_no_view_of_the_frame() -> None:
    assert not np.shares_memory(small_picture(GREY), GREY)


def test_a_box_lies_on_its_edge_and_leaves_the_rest_as_it_is() -> None:
    drawn = with_box(GREY, Box(0.25, 0.2, 0.5, 0.5))  # columns 40 to 119, rows 18 to 62
    assert (drawn[18, 40:120] == (255, 196, 0)).all()
    assert (drawn[18:63, 119] == (255, 196, 0)).all()
    changed = (drawn != GREY).any(axis=2)
    assert not changed[21:60, 43:117].any()
    assert not changed[:17].any()
    assert not changed[:, 121:].any()
    assert (GREY == 100).all()


@given(x=st.floats(-1, 2), y=st.floats(-1, 2), width=st.floats(0, 2), height=st.floats(0, 2))
def test_any_box_can_be_drawn(x: float, y: float, width: float, height: float) -> None:
    assert with_box(GREY, Box(x, y, width, height)).shape == GREY.shape


def test_a_mask_covers_its_share_of_the_picture() -> None:
    mask = np.zeros((9, 16), np.bool_)
    mask[0, 0] = True
    shown = with_mask(GREY, mask)
    assert (shown[:10, :10] == (185, 153, 45)).all()  # 0.45 · 100 + 0.55 · (255, 196, 0)
    assert (shown[10:] == 100).all()
    assert (shown[:, 10:] == 100).all()


def test_heat_goes_from_grey_by_red_to_cream() -> None:
    heat = np.array([[0.0, 1.0, 2.0, 9.0, np.nan]], np.float32)
    shown = with_heat(np.full((2, 5, 3), 100, np.uint8), heat)
    assert shown[0, 0].tolist() == shown[0, 4].tolist() == [100, 100, 100]
    assert shown[0, 1].tolist() == pytest.approx([160, 66, 93], abs=2)
    assert shown[0, 2].tolist() == shown[0, 3].tolist() == [255, 247, 204]


def test_a_mask_larger_than_the_picture_is_sampled() -> None:
    mask = np.zeros((180, 320), np.bool_)
    mask[:, 160:] = True
    changed = (with_mask(GREY, mask) != GREY).any(axis=2)
    assert changed[:, 80:].all()
    assert not changed[:, :80].any()
