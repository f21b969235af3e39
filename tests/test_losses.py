import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.data import astronaut, coffee
from skimage.metrics import structural_similarity
from torch.autograd import gradcheck

from stream_ae import losses


def global_of(terms: losses.Terms) -> torch.Tensor:
    return losses.global_loss(mse=terms.mse, gradient=terms.gradient, ssim=terms.ssim)


def random_pair(seed: int = 0, size: tuple[int, int] = (14, 13)) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    image = torch.rand(1, 3, *size, dtype=torch.float64, generator=generator)
    target = torch.rand(1, 3, *size, dtype=torch.float64, generator=generator)
    return image, target


def photograph(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(picture[:224, :224].astype(np.float32) / 255).permute(2, 0, 1)[None]


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.1, 0.5])
@pytest.mark.parametrize("picture", [astronaut, coffee])
def test_ssim_is_the_index_of_scikit_image(picture, noise: float) -> None:
    target = photograph(picture())
    generator = torch.Generator().manual_seed(1)
    image = (target + noise * torch.randn(target.shape, generator=generator)).clamp(0, 1)
    expected = structural_similarity(
        image[0].double().numpy(),
        target[0].double().numpy(),
        channel_axis=0,
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert losses.ssim(image, target).item() == pytest.approx(expected, abs=1e-5)


def test_ssim_of_a_dark_flat_picture_does_not_suffer_from_rounding() -> None:
    target = torch.full((1, 3, 64, 64), 0.01)
    image = target + 1e-4
    exact = losses.ssim(image.double(), target.double()).item()
    assert losses.ssim(image, target).item() == pytest.approx(exact, abs=1e-5)


def test_every_term_passes_gradcheck() -> None:
    image, target = random_pair()
    image.requires_grad_()
    mask = torch.rand(14, 13) > 0.7
    assert gradcheck(lambda x: losses.mse(x, target), (image,))
    assert gradcheck(lambda x: losses.detail(x, target, mask=mask), (image,))
    assert gradcheck(lambda x: losses.gradient(x, target), (image,))
    assert gradcheck(lambda x: losses.ssim(x, target), (image,))
    assert gradcheck(lambda x: global_of(losses.measure(x, target, mask=mask)), (image,))
    ratio = mask.double().mean()
    assert gradcheck(
        lambda x: losses.full_objective(losses.measure(x, target, mask=mask), ratio), (image,)
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_a_perfect_picture_costs_nothing(seed: int) -> None:
    image, _ = random_pair(seed)
    terms = losses.measure(image, image.clone(), mask=torch.zeros(14, 13, dtype=torch.bool))
    assert terms.mse == terms.detail == terms.gradient == 0
    assert terms.ssim.item() == pytest.approx(1.0, abs=1e-12)
    assert global_of(terms).item() == pytest.approx(0.0, abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_ssim_is_symmetric_and_at_most_one(seed: int) -> None:
    image, target = random_pair(seed)
    index = losses.ssim(image, target)
    assert index.item() == pytest.approx(losses.ssim(target, image).item(), abs=1e-12)
    assert index <= 1


def test_gradient_is_the_mean_difference_of_the_finite_differences() -> None:
    image, target = (x.numpy() for x in random_pair())
    across = np.abs(np.diff(image, axis=3) - np.diff(target, axis=3)).mean()
    down = np.abs(np.diff(image, axis=2) - np.diff(target, axis=2)).mean()
    measured = losses.gradient(torch.from_numpy(image), torch.from_numpy(target))
    assert measured.item() == pytest.approx((across + down) / 2)


def test_gradient_does_not_see_a_constant_offset() -> None:
    image, _ = random_pair()
    assert losses.gradient(image, image + 0.25).item() == pytest.approx(0.0, abs=1e-12)


def test_detail_counts_changed_pixels_only() -> None:
    image, target = random_pair()
    mask = torch.zeros(14, 13, dtype=torch.bool)
    mask[3:7, 5:9] = True
    expected = (image - target).square()[..., 3:7, 5:9].mean()
    assert losses.detail(image, target, mask=mask).item() == pytest.approx(expected.item())


def test_detail_counts_all_pixels_where_none_changed() -> None:
    image, target = random_pair()
    mask = torch.zeros(14, 13, dtype=torch.bool)
    expected = losses.mse(image, target)
    assert losses.detail(image, target, mask=mask).item() == pytest.approx(expected.item())


def test_full_objective_weighs_changed_pixels_and_divides_by_the_mean_weight() -> None:
    image, target = random_pair()
    mask = torch.zeros(14, 13, dtype=torch.bool)
    mask[:6] = True
    terms = losses.measure(image, target, mask=mask)
    weight = 1 + losses.DETAIL_WEIGHT * mask.double()
    attended = ((image - target).square() * weight).mean() / weight.mean()
    expected = attended + 0.1 * terms.gradient + 0.1 * (1 - terms.ssim)
    objective = losses.full_objective(terms, mask.double().mean())
    assert objective.item() == pytest.approx(expected.item())


@pytest.mark.parametrize("changed", [False, True])
def test_full_objective_is_the_global_loss_where_nothing_or_everything_changed(changed) -> None:
    image, target = random_pair()
    mask = torch.full((14, 13), changed)
    terms = losses.measure(image, target, mask=mask)
    objective = losses.full_objective(terms, mask.double().mean())
    assert objective.item() == pytest.approx(global_of(terms).item())


def test_ssim_refuses_what_it_cannot_measure() -> None:
    image, target = random_pair()
    with pytest.raises(ValueError, match="one shape"):
        losses.ssim(image, target[..., :-1])
    with pytest.raises(ValueError, match="at least 11"):
        losses.ssim(image[..., :8, :8], target[..., :8, :8])
    with pytest.raises(ValueError, match="must not require a gradient"):
        losses.ssim(image, target.requires_grad_())
