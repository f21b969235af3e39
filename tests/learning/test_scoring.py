import math

import pytest
import torch
from torch import Tensor

from stream_ae.learning.scoring import Scores, score
from stream_ae.nn import losses
from stream_ae.nn.ssim import ssim
from stream_ae.settings.choices import Objective


def picture(seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    image = torch.rand(1, 3, 32, 24, generator=generator)
    return image.contiguous(memory_format=torch.channels_last)


def scored(
    objective: Objective | None, *, with_ssim: bool = False
) -> tuple[Tensor, Scores, Tensor | None]:
    image, mask = picture(0).requires_grad_(), torch.zeros(32, 24, dtype=torch.bool)
    mask[:4, :6] = True
    scores, total = score(
        image,
        picture(1),
        mask=mask,
        baselines={"copy_last_frame": torch.tensor(0.5)},
        objective=objective,
        with_ssim=with_ssim,
    )
    return image, scores, total


@pytest.mark.parametrize("objective", ["full", "mse", None])
def test_the_metrics_are_the_same_whatever_is_minimised(objective: Objective | None) -> None:
    image, scores, _ = scored(objective)
    mask = torch.zeros(32, 24, dtype=torch.bool)
    mask[:4, :6] = True
    expected = losses.errors(image.detach(), picture(1), mask=mask)
    assert scores.losses.mse == pytest.approx(expected.mse.item())
    assert scores.losses.detail == pytest.approx(expected.detail.item())
    assert scores.losses.gradient == pytest.approx(expected.gradient.item())
    assert scores.losses.copy_last_frame == 0.5
    assert scores.losses.running_mean is scores.losses.ssim is None
    assert (scores.changed, scores.ratio) == (24, 24 / (32 * 24))


def test_the_objective_is_what_was_asked_for_and_has_a_graph() -> None:
    image, scores, total = scored("mse")
    assert total is not None
    assert scores.objective == pytest.approx(total.item())
    assert scores.objective == pytest.approx(scores.losses.mse, rel=1e-5)
    torch.autograd.backward(total)
    assert image.grad is not None
    _, full, total = scored("full")
    assert total is not None
    assert total.requires_grad
    assert full.objective == pytest.approx(total.item())
    assert full.objective > scores.objective


def test_a_frame_that_is_not_learned_has_no_objective() -> None:
    _, scores, total = scored(None)
    assert total is None
    assert math.isnan(scores.objective)


def test_the_exact_index_is_measured_where_it_is_asked_for() -> None:
    image, scores, _ = scored("full", with_ssim=True)
    assert scores.losses.ssim == pytest.approx(ssim(image.detach(), picture(1)).item())
