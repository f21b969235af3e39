from itertools import pairwise

import numpy as np
import pytest

from stream_ae.kernels.preconditioner import _power, whiten


@pytest.mark.parametrize("exponent", [-1.3, -0.5, 1.0, 2.0])
def test_a_power_is_exact_to_a_few_units_of_the_last_place(exponent: float) -> None:
    values = np.exp2(np.linspace(-20.0, 20.0, 1001)).astype(np.float32)
    found = np.array([_power(x, np.float32(exponent)) for x in values])
    np.testing.assert_allclose(found, values.astype(float) ** exponent, rtol=1e-5)


def test_a_tile_is_whitened_by_its_own_mean() -> None:
    generator = np.random.default_rng(0)
    gradient, momentum = generator.standard_normal((2, 30)).astype(np.float32)
    second = generator.random(30).astype(np.float32)
    expected_m = 0.9 * momentum + gradient
    expected_v = 0.95 * second + 0.05 * gradient**2
    tiles = np.array([0, 4, 20, 30])
    found = whiten(
        gradient,
        momentum=momentum,
        second=second,
        tiles=tiles,
        decays=(0.9, 0.95),
        floor=0.01,
        power=-1.3,
        correction=0.5,
        tiny=1e-15,
    )
    np.testing.assert_allclose(momentum, expected_m, rtol=1e-5)
    np.testing.assert_allclose(second, expected_v, rtol=1e-5)
    for begin, end in pairwise(tiles):
        size = np.sqrt(expected_v[begin:end].mean())
        spread = np.sqrt(expected_v[begin:end]) / size + 0.01
        expected = 0.5 * expected_m[begin:end] / size * spread**-1.3
        np.testing.assert_allclose(found[begin:end], expected, rtol=1e-4)


def test_nothing_at_all_gives_nothing() -> None:
    found = whiten(
        np.zeros(8, np.float32),
        momentum=np.zeros(8, np.float32),
        second=np.zeros(8, np.float32),
        tiles=np.array([0, 8]),
        decays=(0.9, 0.95),
        floor=0.01,
        power=-1.3,
        correction=1.0,
        tiny=1e-15,
    )
    assert not found.any()
