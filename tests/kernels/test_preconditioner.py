from itertools import pairwise

import numpy as np
import pytest
import torch

from stream_ae.kernels.jit import loop
from stream_ae.kernels.preconditioner import _power, precondition, pull

DTYPES = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


@pytest.mark.parametrize("exponent", [-1.3, -0.5, 1.0, 2.0])
def test_a_power_is_exact_to_a_few_units_of_the_last_place(exponent: float) -> None:
    values = np.exp2(np.linspace(-20.0, 20.0, 1001)).astype(np.float32)
    power = loop(_power.function)
    found = np.array([power(x, np.float32(exponent)) for x in values])
    np.testing.assert_allclose(found, values.astype(float) ** exponent, rtol=1e-5)


@DTYPES
@pytest.mark.parametrize("tiles", [[0, 4, 20, 30], [0, 10, 20, 30], [0, 30], [0, 5, 10, 30]])
def test_a_tile_is_divided_by_its_own_mean(dtype: torch.dtype, tiles: list[int]) -> None:
    generator = torch.Generator().manual_seed(0)
    grad, momentum = torch.randn(2, 30, generator=generator, dtype=dtype).unbind()
    second = torch.rand(30, generator=generator, dtype=dtype)
    expected_m = 0.9 * momentum + grad
    expected_v = 0.95 * second + 0.05 * grad**2
    found = precondition(
        grad,
        momentum=momentum,
        second=second,
        tiles=np.array(tiles),
        decays=(0.9, 0.95),
        floor=0.01,
        power=-1.3,
        correction=0.5,
        tiny=1e-15,
    )
    torch.testing.assert_close(momentum, expected_m)
    torch.testing.assert_close(second, expected_v)
    for begin, end in pairwise(tiles):
        size = expected_v[begin:end].mean().sqrt()
        spread = expected_v[begin:end].sqrt() / size + 0.01
        expected = 0.5 * expected_m[begin:end] / size * spread**-1.3
        torch.testing.assert_close(found[begin:end], expected, rtol=1e-4, atol=1e-6)


@DTYPES
def test_nothing_at_all_gives_nothing(dtype: torch.dtype) -> None:
    found = precondition(
        torch.zeros(8, dtype=dtype),
        momentum=torch.zeros(8, dtype=dtype),
        second=torch.zeros(8, dtype=dtype),
        tiles=np.array([0, 8]),
        decays=(0.9, 0.95),
        floor=0.01,
        power=-1.3,
        correction=1.0,
        tiny=1e-15,
    )
    assert not found.any()


@DTYPES
def test_a_pull_adds_the_way_from_the_anchor(dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    move, weights, anchor, strength = torch.randn(4, 30, generator=generator, dtype=dtype).unbind()
    before = move.clone()
    found = pull(move, weights, anchor=anchor, strength=strength)
    torch.testing.assert_close(found, before + strength * (weights - anchor))
    assert torch.equal(move, before)
