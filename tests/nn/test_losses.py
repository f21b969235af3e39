import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.data import astronaut, coffee
from tests.support.pairs import photograph, random_pair
from torch.autograd import gradcheck

from stream_ae.nn import losses
from stream_ae.nn.ssim import ssim
from stream_ae.settings.choices import OBJECTIVE


def errors_of(image: torch.Tensor, target: torch.Tensor) -> losses.Errors:
    return losses.errors(image, target, mask=torch.zeros(image.shape[2:], dtype=torch.bool))


@pytest.mark.parametrize("part", losses.Errors._fields)
def test_every_error_passes_gradcheck(part: str) -> None:
    image, target = random_pair()
    image.requires_grad_()
    mask = torch.rand(14, 13) > 0.7
    assert gradcheck(lambda x: getattr(losses.errors(x, target, mask=mask), part), (image,))


def test_the_full_objective_passes_gradcheck() -> None:
    image, target = random_pair()
    mask = torch.rand(14, 13) > 0.7
    assert gradcheck(
        lambda x: losses.full_objective(x, target, mask=mask)[1], (image.requires_grad_(),)
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_pictures_that_do_not_fit_are_refused(dtype: torch.dtype) -> None:
    image, target = (x.to(dtype) for x in random_pair())
    mask = torch.zeros(14, 13, dtype=torch.bool)
    with pytest.raises(ValueError, match="one shape"):
        losses.full_objective(image, target[..., 1:], mask=mask)
    with pytest.raises(ValueError, match="at least 11"):
        losses.full_objective(image[..., :8, :8], target[..., :8, :8], mask=mask[:8, :8])
    with pytest.raises(RuntimeError, match="must match"):
        losses.full_objective(image, target, mask=mask[1:])
    with pytest.raises(RuntimeError, match="must match"):
        losses.errors(image, target, mask=mask[1:])


def test_memory_format_makes_no_difference() -> None:
    image, target = (photograph(picture).contiguous() for picture in (astronaut(), coffee()))
    mask = torch.rand(224, 224) > 0.9
    grads: list[torch.Tensor] = []
    for memory_format in (torch.contiguous_format, torch.channels_last):
        x = image.clone(memory_format=memory_format).requires_grad_()
        y = target.clone(memory_format=memory_format)
        grads += torch.autograd.grad(losses.full_objective(x, y, mask=mask)[1], x)
    torch.testing.assert_close(*grads)


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_a_perfect_picture_costs_nothing(seed: int) -> None:
    image, _ = random_pair(seed)
    mask = torch.zeros(14, 13, dtype=torch.bool)
    parts, objective = losses.full_objective(image, image.clone(), mask=mask)
    assert parts.mse == parts.detail == parts.gradient == 0
    assert objective.item() == pytest.approx(0.0, abs=1e-12)


def test_gradient_is_the_mean_difference_of_the_finite_differences() -> None:
    image, target = (x.numpy() for x in random_pair())
    across = np.abs(np.diff(image, axis=3) - np.diff(target, axis=3)).mean()
    down = np.abs(np.diff(image, axis=2) - np.diff(target, axis=2)).mean()
    measured = errors_of(torch.from_numpy(image), torch.from_numpy(target)).gradient
    assert measured.item() == pytest.approx((across + down) / 2)


def test_gradient_does_not_see_a_constant_offset() -> None:
    image, _ = random_pair()
    assert errors_of(image, image + 0.25).gradient.item() == pytest.approx(0.0, abs=1e-12)


def test_detail_counts_changed_pixels_only() -> None:
    image, target = random_pair()
    mask = torch.zeros(14, 13, dtype=torch.bool)
    mask[3:7, 5:9] = True
    expected = (image - target).square()[..., 3:7, 5:9].mean()
    assert losses.errors(image, target, mask=mask).detail.item() == pytest.approx(expected.item())


def test_detail_counts_all_pixels_where_none_changed() -> None:
    image, target = random_pair()
    assert errors_of(image, target).detail.item() == pytest.approx(losses.mse(image, target).item())


def test_full_objective_weighs_changed_pixels_and_divides_by_the_mean_weight() -> None:
    image, target = random_pair()
    mask = torch.zeros(14, 13, dtype=torch.bool)
    mask[:6] = True
    parts, objective = losses.full_objective(image, target, mask=mask)
    weight = 1 + losses.TRAINED.detail * mask.double()
    attended = ((image - target).square() * weight).mean() / weight.mean()
    index = ssim(image, target, stride=losses.SSIM_STRIDE)
    expected = attended + 0.1 * parts.gradient + 0.05 * (1 - index)
    assert objective.item() == pytest.approx(expected.item())


@pytest.mark.parametrize("changed", [False, True])
def test_full_objective_has_half_the_structure_of_the_global_loss(changed: float) -> None:
    image, target = random_pair()
    mask = torch.full((14, 13), changed)
    parts, objective = losses.full_objective(image, target, mask=mask)
    index = ssim(image, target, stride=losses.SSIM_STRIDE)
    whole = losses.global_loss(mse=parts.mse, gradient=parts.gradient, ssim=index)
    expected = whole - 0.05 * (1 - index)  # where nothing or everything changed
    assert objective.item() == pytest.approx(expected.item())


def test_the_global_loss_is_the_weighted_sum_of_its_parts() -> None:
    assert losses.global_loss(mse=1.0, gradient=0.0, ssim=1.0) == 1.0
    assert losses.global_loss(mse=0.0, gradient=2.0, ssim=1.0) == pytest.approx(0.2)
    assert losses.global_loss(mse=0.0, gradient=0.0, ssim=0.25) == pytest.approx(0.075)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_weights_of_training_are_the_documented_ones(dtype: torch.dtype) -> None:
    image, target = (x.to(dtype) for x in random_pair(size=(40, 31)))
    mask = torch.zeros(40, 31, dtype=torch.bool)
    mask[:10] = True  # a quarter
    parts, objective = losses.full_objective(image, target, mask=mask)
    index = ssim(image, target, stride=3)
    assert losses.SSIM_STRIDE == 3
    expected = (parts.mse + 4.0 * 0.25 * parts.detail) / (1.0 + 4.0 * 0.25)
    expected = expected + 0.1 * parts.gradient + 0.05 * (1.0 - index)
    assert objective.item() == pytest.approx(expected.item(), rel=1e-5)
    full = losses.objective(image, target, mask=mask, kind="full")
    assert torch.equal(full, objective)
    alone = losses.objective(image, target, mask=mask, kind="mse")
    assert torch.equal(alone, losses.mse(image, target))
    assert OBJECTIVE == "full"
    assert losses.REPORTED == (0.0, 0.1, 0.1)
