import numpy as np
import pytest

from stream_ae.kernels.survey import block_means, compare, summarize


def test_a_block_is_the_mean_luma_of_its_pixels() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (13, 9, 3), np.uint8)
    luma = (rgb @ np.array([0.299, 0.587, 0.114]))[:12, :8]
    np.testing.assert_allclose(block_means(rgb), luma.reshape(3, 4, 2, 4).mean((1, 3)), rtol=1e-5)


def test_a_summary_is_what_numpy_says() -> None:
    means = np.random.default_rng(0).uniform(0, 255, (7, 5)).astype(np.float32)
    found = summarize(means, dark=100)
    assert found.mean == pytest.approx(means.mean(), rel=1e-5)
    assert found.deviation == pytest.approx(means.std(), rel=1e-5)
    steps = [np.abs(np.diff(means, axis=axis)).ravel() for axis in (0, 1)]
    assert found.steepness == np.floor(4 * np.sort(np.concatenate(steps))[-3]) / 4
    assert found.dark == pytest.approx((means < 100).mean())


def test_one_pixel_of_sixteen_is_compared_with_the_one_before() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (9, 12, 3), np.uint8)
    sample = rgb[1:8:4, 1::4].copy()
    mask = np.zeros((9, 12), bool)
    assert compare(rgb, sample, mask=mask) == (0, 0)
    changed = rgb.copy()
    changed[1, 1, 2] += 1
    changed[0, 0] += 1  # is not looked at
    assert compare(changed, sample, mask=mask) == (1 / 6, 1 / 6)
    assert (sample == changed[1:8:4, 1::4]).all()
    mask[1, 1] = True
    assert compare(rgb, sample, mask=mask) == (1 / 6, 0)
    assert compare(rgb, sample, mask=~mask) == (0, 0)
    assert compare(rgb, sample, mask=np.ones((9, 12), bool)) == (0, None)
