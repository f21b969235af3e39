import numpy as np
import pytest
from numpy.typing import NDArray

from stream_ae.kernels import lighting

Bytes = NDArray[np.uint8]


def picture(seed: int, size: tuple[int, int] = (30, 37)) -> Bytes:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)


def luma(rgb: Bytes) -> NDArray[np.float64]:
    brightness: NDArray[np.float64] = (rgb @ np.array([77, 150, 29])) / 256
    return brightness


def test_a_summary_is_of_every_fourth_pixel() -> None:
    sparse = luma(picture(0))[2::4, 2::4]
    assert lighting.summarize(picture(0)) == pytest.approx((sparse.mean(), sparse.std()))


def test_the_share_that_differs_is_that_of_the_plain_operations() -> None:
    one, other = picture(0), picture(1)
    apart = np.abs(one.astype(int) - other).sum(2)[2::4, 2::4]
    for limit in (0.0, 150.0, 300.0, 765.0):
        expected = (apart > limit).mean()
        assert lighting.share_that_differs(one, other, limit=limit) == pytest.approx(expected)


@pytest.mark.parametrize("sigma", [0.5, 2.0, 6.0])
def test_the_median_difference_is_within_an_eighth_of_a_level(sigma: float) -> None:
    generator = np.random.default_rng(0)
    one, other = (
        np.clip(np.rint(generator.normal(120, sigma, (224, 224, 3))), 0, 255).astype(np.uint8)
        for _ in range(2)
    )
    expected = np.median(np.abs(luma(one) - luma(other))[2::4, 2::4])
    assert lighting.median_difference(one, other) == pytest.approx(expected, abs=0.125)


def test_equal_pictures_differ_by_nothing() -> None:
    assert lighting.median_difference(picture(0), picture(0)) == 0


def test_the_medians_of_tones_are_those_of_the_plain_operations() -> None:
    one, other = picture(0), picture(1)
    skip = np.zeros(one.shape[:2], np.uint8)
    skip[:10] = 1
    places, medians = lighting.median_tones(one, other, skip=skip)
    for colour in range(3):
        a, b = (each[10::2, ::2, colour].astype(int).ravel() for each in (one, other))
        for tone in range(lighting.TONES):
            apart = np.sort(np.clip(b - a, -64, 64)[(a + b) // 16 == tone])
            assert places[colour, tone] == len(apart)
            expected = apart[(len(apart) - 1) // 2] if len(apart) else -64
            assert medians[colour, tone] == expected


def test_shares_that_differ_are_those_before_and_after_the_tables() -> None:
    tables = np.random.default_rng(0).integers(0, 256, (3, 256)).astype(np.uint8)
    one, other = picture(0), picture(1)
    shares = lighting.shares_that_differ(one, other, tables=tables, limit=250.0)
    pictures = one, lighting.apply_tables(one, tables)
    assert shares == tuple(lighting.share_that_differs(p, other, limit=250.0) for p in pictures)


@pytest.mark.parametrize("place", [(0, 0, 0), (13, 20, 1), (29, 36, 2)])
def test_pictures_are_equal_up_to_the_last_byte(place: tuple[int, int, int]) -> None:
    other = picture(0)
    assert lighting.are_equal(picture(0), other)
    other[place] ^= 1
    assert not lighting.are_equal(picture(0), other)


def test_tables_replace_levels() -> None:
    tables = np.random.default_rng(0).integers(0, 256, (3, 256)).astype(np.uint8)
    expected = np.stack([tables[c][picture(0)[..., c]] for c in range(3)], axis=2)
    np.testing.assert_array_equal(lighting.apply_tables(picture(0), tables), expected)


def test_gains_brighten_what_was_kept_and_stop_at_white() -> None:
    generator = np.random.default_rng(0)
    samples = generator.integers(0, 256, (5, 6, 3, 4)).astype(np.uint8)
    mean = generator.uniform(0, 255, (5, 6, 3)).astype(np.float32)
    gains = generator.uniform(0.2, 3, (5, 6, 3)).astype(np.float32)
    bright = np.minimum(np.floor(samples * gains[..., None] + 0.5), 255)
    bright_mean = np.minimum(mean * gains, 255)
    lighting.multiply(samples, mean, gains=gains)
    np.testing.assert_allclose(mean, bright_mean, rtol=1e-6)
    np.testing.assert_allclose(samples, bright, atol=1)
