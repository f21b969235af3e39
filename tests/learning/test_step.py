import math

import pytest
from tests.support.steps import make_step

from stream_ae.learning.step import PARTS, Losses
from stream_ae.nn.losses import global_loss


def test_every_figure_has_its_tag() -> None:
    step = make_step(mse=0.25, gradient=0.125, ssim=0.75, overshoot=1.0, dropped=3, begins=True)
    scalars = step.scalars()
    assert scalars["loss/mse"] == 0.25
    assert scalars["loss/global"] == pytest.approx(0.25 + 0.0125 + 0.025)
    assert scalars["change/pixels"] == 8.0
    assert scalars["change/ratio"] == 8 / 32**2
    assert scalars["change/scene"] == 1.0
    assert scalars["optim/overshoot"] == 1.0
    assert scalars["optim/bound_active"] == 1.0
    assert scalars["speed/dropped_frames"] == 3.0
    assert {f"speed/{part}_ms" for part in PARTS} <= set(scalars)
    assert scalars["speed/read_ms"] == pytest.approx(1.0)


def test_a_figure_that_does_not_exist_is_left_out() -> None:
    scalars = make_step(ssim=None, copy=None).scalars()
    absent = {
        "loss/ssim",
        "loss/global",
        "loss/copy_last_frame",
        "loss/running_mean",
        "optim/effective_step",
        "optim/overshoot",
        "optim/update_ratio",
    }
    assert not absent & set(scalars)
    assert "loss/mse" in scalars


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_left_out(value: float) -> None:
    scalars = make_step(detail=value).scalars()
    assert "loss/detail" not in scalars
    assert all(math.isfinite(each) for each in scalars.values())


def test_global_loss_needs_the_index() -> None:
    assert Losses(mse=0.5, detail=0.5, gradient=0.5).global_loss is None
    assert global_loss(mse=0.5, gradient=1.0, ssim=1.0) == pytest.approx(0.6)
    assert global_loss(mse=0.5, gradient=0.0, ssim=0.0) == pytest.approx(0.6)
