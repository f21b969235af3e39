import numpy as np
import pytest
from numpy.typing import NDArray

from stream_ae.kernels.jit import Rows
from stream_ae.kernels.registration import TILES, fit_shift, half_luma, rest_by_tile, roll, warp

Bytes = NDArray[np.uint8]


def waves(right: float = 0.0, down: float = 0.0) -> Rows:
    """A smooth picture, 40 × 50; what it shows lies that much farther."""
    y, x = np.mgrid[:40, :50].astype(np.float32)
    x, y = x - right, y - down
    picture = 100 + 30 * np.sin(x / 5) * np.cos(y / 7) + 20 * np.sin(x / 11 + y / 6)
    rows: Rows = picture.astype(np.float32)
    return rows


def nothing(picture: Rows) -> Bytes:
    return np.zeros(picture.shape, np.uint8)


def test_brightness_is_that_of_the_plain_operations() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (9, 13, 3), np.uint8)
    luma = rgb @ np.array([0.299, 0.587, 0.114])
    expected = luma[:8, :12].reshape(4, 2, 6, 2).mean((1, 3))
    np.testing.assert_allclose(half_luma(rgb), expected, rtol=1e-5)


@pytest.mark.parametrize("shift", [(0.6, -0.4), (-1.2, 0.8), (0.0, 0.0)])
def test_steps_lead_to_the_shift(shift: tuple[float, float]) -> None:
    picture, reference = waves(*shift), waves()
    x = y = 0.0
    for _ in range(4):
        fit = fit_shift(picture, reference, skip=nothing(picture), shift=(x, y), limit=50.0)
        assert fit.change is not None
        x, y = x + fit.change[0], y + fit.change[1]
    assert (x, y) == pytest.approx(shift, abs=0.03)
    assert fit.rest < 0.5


def test_an_offset_of_the_light_is_no_shift() -> None:
    fit = fit_shift(waves() + 10, waves(), skip=nothing(waves()), shift=(0.0, 0.0), limit=25.0)
    assert fit.change == pytest.approx((0.0, 0.0), abs=1e-3)
    assert fit.rest == pytest.approx(10.0)


def test_what_is_skipped_or_does_not_fit_has_no_say() -> None:
    picture, skip = waves(), nothing(waves())
    picture[5:20, 5:20] = waves(3.0)[5:20, 5:20] - 12
    skip[5:20, 5:20] = 1
    picture[25:35, 30:40] += 100
    fit = fit_shift(picture, waves(), skip=skip, shift=(0.0, 0.0), limit=25.0)
    assert fit.change == pytest.approx((0.0, 0.0), abs=1e-4)


@pytest.mark.parametrize("axis", [0, 1])
def test_stripes_say_nothing_and_neither_does_a_wall(axis: int) -> None:
    line = (100 + 50 * np.sin(np.arange(40) / 3)).astype(np.float32)
    stripes = np.repeat(line[None] if axis else line[:, None], 40, axis=1 - axis)
    for picture in (stripes, np.full((40, 40), 90, np.float32)):
        picture = np.ascontiguousarray(picture)
        fit = fit_shift(picture, picture, skip=nothing(picture), shift=(0.0, 0.0), limit=25.0)
        assert fit.change is None


def test_pictures_that_do_not_overlap_say_nothing() -> None:
    fit = fit_shift(waves(), waves(), skip=nothing(waves()), shift=(90.0, 0.0), limit=25.0)
    assert fit.change is None
    assert fit.rest == 25


@pytest.mark.parametrize("step", [(0.25, 0.5), (-0.25, 0.5), (0.25, -0.5), (-0.75, -0.25)])
def test_warping_is_that_of_the_plain_operations(step: tuple[float, float]) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (8, 11, 3), np.uint8)
    right, down = step
    padded = np.pad(rgb, ((1, 1), (1, 1), (0, 0)), mode="edge").astype(np.float64)

    def moved(dy: int, dx: int) -> NDArray[np.float64]:
        return padded[1 + dy : 9 + dy, 1 + dx : 12 + dx]

    dx, dy = int(np.sign(right)), int(np.sign(down))
    expected = (1 - abs(right)) * (1 - abs(down)) * moved(0, 0)
    expected += abs(right) * (1 - abs(down)) * moved(0, dx)
    expected += (1 - abs(right)) * abs(down) * moved(dy, 0)
    expected += abs(right) * abs(down) * moved(dy, dx)
    assert np.abs(warp(rgb, right=right, down=down) - expected).max() <= 0.501


@pytest.mark.parametrize("step", [-4, -1, 0, 2, 6])
def test_rolling_moves_along_the_list(step: int) -> None:
    values = np.arange(12).reshape(6, 2)
    before = values.copy()
    roll(values, step=step)
    for k in range(6):
        expected = before[k - step] if 0 <= k - step < 6 else before[k]
        assert values[k].tolist() == expected.tolist()


def test_what_is_left_is_told_of_each_part() -> None:
    picture, skip = waves(), nothing(waves())
    picture[:10, :12] += 5
    picture[:10, 13:25] += 50
    picture[30:, 38:] += 7
    skip[30:, 38:] = 1
    rests = rest_by_tile(picture, waves(), skip=skip, shift=(0.0, 0.0), limit=25.0)
    expected = np.zeros((TILES, TILES))
    expected[0, 0], expected[0, 1] = 5, 25 * 12 / 13  # of 12 columns, then 13
    np.testing.assert_allclose(rests, expected, atol=1e-4)


def test_what_is_left_goes_where_the_shift_is_found() -> None:
    picture = waves(1.5, -2.5)
    moved = rest_by_tile(picture, waves(), skip=nothing(picture), shift=(1.5, -2.5), limit=25.0)
    still = rest_by_tile(picture, waves(), skip=nothing(picture), shift=(0.0, 0.0), limit=25.0)
    assert (moved < 0.2 * still).all()
