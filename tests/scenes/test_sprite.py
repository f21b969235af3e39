import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.scenes.sprite import SUBPIXELS, Levels, Sprite, with_shadow


def block(
    height: int, width: int, colour: tuple[int, int, int, int] = (200, 100, 50, 255)
) -> Levels:
    """A drawing that is filled evenly."""
    return np.full((height, width, 4), colour, np.uint8)


def opacity(sprite: Sprite, x: float, y: float) -> np.ndarray:
    return 1 - sprite.place(x, y)[2].keep[..., 0] / 255


@given(st.floats(-50, 50), st.floats(-50, 50), st.integers(1, 30), st.integers(1, 30))
def test_it_covers_as_much_wherever_it_stands(x: float, y: float, height: int, width: int) -> None:
    laid = opacity(Sprite(block(height, width)), x, y)
    assert laid.sum() == pytest.approx(height * width / SUBPIXELS**2, rel=0.02, abs=0.05)


@given(st.floats(-50, 50), st.floats(-50, 50))
def test_its_anchor_stands_at_the_place_to_an_eighth_of_a_pixel(x: float, y: float) -> None:
    sprite = Sprite(block(24, 16), anchor=(0.5, 1.0))
    left, top, _ = sprite.place(x, y)
    laid = opacity(sprite, x, y)
    rows, columns = np.indices(laid.shape) + 0.5
    middle = left + (columns * laid).sum() / laid.sum()
    assert middle == pytest.approx(x, abs=0.13)
    centre = top + (rows * laid).sum() / laid.sum()
    assert centre + 24 / SUBPIXELS / 2 == pytest.approx(y, abs=0.13)


def test_colour_comes_with_the_coverage() -> None:
    _, _, patch = Sprite(block(8, 8)).place(0.5, 10.0)
    keep, add = patch.keep.astype(float), patch.add.astype(float)
    assert (keep[..., 0] == keep[..., 2]).all()
    assert add[..., 0] == pytest.approx((255 - keep[..., 0]) / 255 * 200, abs=1)
    assert keep[0, :, 0] == pytest.approx([127.5, 0, 127.5], abs=1)


def test_what_is_empty_round_about_does_not_matter() -> None:
    drawing = np.zeros((40, 60, 4), np.uint8)
    drawing[12:20, 8:24] = 255
    sprite = Sprite(drawing, anchor=(0.5, 0.5))
    assert sprite.rgba.shape == (8, 16, 4)
    left, top, patch = sprite.place(100.0, 100.0)
    assert (left, top) == (100 - 22 // SUBPIXELS - 1, 100 - 8 // SUBPIXELS)
    assert 1 - patch.keep[0, :, 0] / 255 == pytest.approx([0.5, 1, 1, 1, 0.5], abs=0.003)
    assert Sprite(np.zeros((4, 4, 4), np.uint8)).place(0, 0)[2].keep.min() == 255


def test_flipped_it_is_a_mirror_about_its_anchor() -> None:
    drawing = block(8, 16)
    drawing[:, 8:] = (10, 20, 30, 255)
    sprite = Sprite(drawing, anchor=(0.25, 1.0))
    mirror = sprite.flipped()
    assert np.array_equal(mirror.rgba, drawing[:, ::-1])
    left, _, patch = sprite.place(50.0, 50.0)
    right, _, mirrored = mirror.place(50.0, 50.0)
    assert left + right + patch.keep.shape[1] == 100
    assert np.array_equal(mirrored.add, patch.add[:, ::-1])


@pytest.mark.parametrize("slant", [0.5, -0.5])
def test_a_shadow_lies_at_the_foot_on_the_side_away_from_the_sun(slant: float) -> None:
    shaded = with_shadow(Sprite(block(160, 40)), slant=slant, strength=0.4)
    assert shaded.shadow is not None
    left, top, patch = shaded.shadow.place(100.0, 100.0)
    dark = 1 - patch.keep[..., 0] / 255
    rows, columns = np.indices(dark.shape)
    x = left + (columns * dark).sum() / dark.sum() - 100
    y = top + (rows * dark).sum() / dark.sum() - 100
    assert x * slant > 0
    assert abs(x) == pytest.approx(10, abs=1), "half of slant times 40 pixels of height"
    assert 1 < y < 8
    assert not patch.add.any(), "it only darkens"
    assert 0.3 < dark.max() <= 0.41
    assert np.array_equal(shaded.rgba, block(160, 40))
