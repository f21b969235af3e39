import numpy as np
import pytest
import torch
from tests.support.pairs import random_pair

from stream_ae.kernels import losses as error_loops
from stream_ae.kernels.jit import rows_of
from stream_ae.nn import losses


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 1.0])
def test_errors_and_slope_are_those_of_the_plain_operations(share: float) -> None:
    exact, target = random_pair()  # float64
    exact.requires_grad_()
    mask = torch.rand(exact.shape[2:], generator=torch.Generator().manual_seed(0)) < share
    expected = losses.errors(exact, target, mask=mask)
    weight = 4.0 * mask.double().mean()
    whole = (expected.mse + weight * expected.detail) / (1.0 + weight) + 0.1 * expected.gradient
    whole.backward()
    image = exact.detach().float()
    slope = np.full_like(rows_of(image), np.nan)  # is written, not added to
    found = error_loops.errors(
        rows_of(image),
        rows_of(target.float()),
        mask=mask.numpy(),
        changed=int(mask.sum()),
        detail_weight=4.0,
        gradient_weight=0.1,
        slope=slope,
    )
    assert found == pytest.approx([error.item() for error in expected], rel=1e-5)
    np.testing.assert_allclose(slope, rows_of(exact.grad.float()), atol=1e-7)


def test_neighbours_that_are_equally_wrong_have_no_slope() -> None:
    target = np.random.default_rng(0).random((9, 21), np.float32)
    target = np.round(target * 255) / np.float32(256)  # so that a shift is exact
    slope = np.empty_like(target)
    _, _, gradient = error_loops.errors(
        target + np.float32(0.25),
        target,
        mask=np.zeros((9, 7), bool),
        changed=0,
        detail_weight=4.0,
        gradient_weight=1.0,
        slope=slope,
    )
    assert gradient == 0.0
    np.testing.assert_allclose(slope, 2.0 * 0.25 / target.size, rtol=1e-6)


def test_squared_error_is_the_mean_of_squares() -> None:
    image, target = (rows_of(x.float()) for x in random_pair())
    found = error_loops.squared_error(image, target)
    assert found == pytest.approx(np.square(image - target).mean(dtype=float), rel=1e-5)
