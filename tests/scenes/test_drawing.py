import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.scenes.drawing import Drawing, value_noise

positions = st.floats(5, 15)
radii = st.floats(1, 4)


def covered(sheet: Drawing) -> float:
    """The covered area in square units."""
    return float(sheet.rgba[..., 3].sum()) / sheet.scale**2


@given(positions, positions, radii, radii)
def test_shapes_cover_their_area_wherever_they_lie(
    x: float, y: float, wide: float, high: float
) -> None:
    box, ellipse = Drawing(20, 20, scale=4), Drawing(20, 20, scale=4)
    box.box((x - wide, y - high, x + wide, y + high), "#ffffff")
    ellipse.ellipse((x, y, wide, high), "#ffffff")
    assert covered(box) == pytest.approx(4 * wide * high, rel=0.02)
    assert covered(ellipse) == pytest.approx(math.pi * wide * high, rel=0.03)


def test_a_line_has_round_ends_and_a_polygon_may_be_concave() -> None:
    line, arrow = Drawing(20, 20, scale=4), Drawing(20, 20, scale=4)
    line.line([(5, 10), (15, 10)], "#ffffff", width=4)
    arrow.polygon([(2, 2), (18, 10), (2, 18), (10, 10)], "#ffffff")
    assert covered(line) == pytest.approx(40 + 4 * math.pi, rel=0.02)
    assert covered(arrow) == pytest.approx(64, rel=0.02)
    assert arrow.rgba[40, 16, 3] == 0, "the notch is empty"
    assert arrow.rgba[40, 60, 3] == 1


def test_a_rounded_box_lacks_its_corners() -> None:
    sheet = Drawing(20, 20, scale=4)
    sheet.box((4, 4, 16, 16), "#ffffff", radius=3)
    assert covered(sheet) == pytest.approx(144 - 9 * (4 - math.pi), rel=0.02)


def test_colours_are_multiplied_by_their_coverage() -> None:
    sheet = Drawing(8, 8)
    sheet.box((0, 0, 8, 8), "#c86432", opacity=0.5)
    assert sheet.rgba[4, 4] == pytest.approx([100, 50, 25, 0.5])
    sheet.box((0, 0, 8, 8), "#0000c8", opacity=0.5)
    assert sheet.rgba[4, 4] == pytest.approx([50, 25, 112.5, 0.75])
    assert sheet.levels()[4, 4].tolist() == [50, 25, 113, 191]


def test_a_pair_of_colours_is_a_gradient_downward() -> None:
    sheet = Drawing(100, 4)
    sheet.box((0, 0, 4, 100), ("#000000", "#c8c8c8"))
    column = sheet.rgba[:, 2, 0]
    assert (np.diff(column) >= 0).all()
    assert column[[0, 50, 99]] == pytest.approx([0, 101, 200], abs=2)


def test_light_adds_and_hides_nothing() -> None:
    sheet = Drawing(20, 20)
    sheet.box((0, 0, 20, 20), "#202020")
    sheet.glow((10, 10, 6, 6), "#404040")
    assert sheet.rgba[10, 10, 0] > 80
    assert sheet.rgba[10, 1, 0] == 32
    assert (sheet.rgba[..., 3] == 1).all()


def test_below_fills_to_the_lower_edge() -> None:
    sheet = Drawing(10, 4, scale=2)
    sheet.below(np.array([2, 2, 4, 4, 6, 6, 8, 8], np.float32), "#ffffff")
    assert sheet.rgba[..., 3].sum(0) == pytest.approx([16, 16, 12, 12, 8, 8, 4, 4])


def test_shapes_outside_leave_no_trace() -> None:
    sheet = Drawing(10, 10)
    sheet.box((-20, -20, -5, -5), "#ffffff")
    sheet.ellipse((40, 5, 5, 5), "#ffffff")
    sheet.line([(-9, 30), (30, 30)], "#ffffff", width=3)
    sheet.polygon([(20, 0), (30, 0), (25, 9)], "#ffffff")
    assert not sheet.rgba.any()


def test_a_sheet_is_laid_where_it_is_told() -> None:
    sheet, piece = Drawing(10, 10, scale=2), Drawing(2, 3, scale=2)
    sheet.box((0, 0, 10, 10), "#640000")
    piece.box((0, 0, 3, 2), "#00c800", opacity=0.5)
    sheet.composite(piece, left=4, top=1)
    assert sheet.rgba[4, 10] == pytest.approx([50, 100, 0, 1])
    assert sheet.rgba[1, 10] == pytest.approx([100, 0, 0, 1])
    assert (sheet.rgba[..., 1] > 0).sum() == 24


def test_a_picture_averages() -> None:
    sheet = Drawing(4, 6, scale=2)
    sheet.box((0, 0, 2.5, 4), "#ffffff")
    picture = sheet.picture(2)
    assert picture.shape == (4, 6, 3)
    assert picture[1, :, 0] == pytest.approx([255, 255, 127.5, 0, 0, 0], abs=1)


def test_roughening_keeps_the_mean_and_the_coverage() -> None:
    sheet = Drawing(60, 60)
    sheet.box((0, 0, 60, 60), "#808080", opacity=0.5)
    sheet.roughen(np.random.default_rng(0), (0, 0, 60, 60), cell=(2, 2), amount=0.2)
    assert sheet.rgba[..., 0].mean() == pytest.approx(64, rel=0.02)
    assert 3 < sheet.rgba[..., 0].std() < 13
    assert (sheet.rgba[..., 3] == 0.5).all()


@given(st.integers(0, 99), st.integers(1, 40), st.integers(1, 40), st.floats(0.5, 30))
def test_value_noise_is_bounded_and_repeatable(
    seed: int, height: int, width: int, cell: float
) -> None:
    fields = [
        value_noise(np.random.default_rng(seed), (height, width), cell=(cell, cell))
        for _ in range(2)
    ]
    assert fields[0].shape == (height, width)
    assert np.abs(fields[0]).max() <= 1
    assert np.array_equal(fields[0], fields[1])


def test_value_noise_is_as_smooth_as_its_cells() -> None:
    rng = np.random.default_rng(0)
    fine = value_noise(rng, (80, 80), cell=(2, 2))
    coarse = value_noise(rng, (80, 80), cell=(20, 20))
    assert np.abs(np.diff(coarse)).mean() < np.abs(np.diff(fine)).mean() / 4
