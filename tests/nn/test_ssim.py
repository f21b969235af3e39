from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.data import astronaut, coffee
from skimage.metrics import structural_similarity
from tests.support.pairs import photograph, random_pair
from torch.autograd import gradcheck

from stream_ae.nn.ssim import ssim


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.1, 0.5])
@pytest.mark.parametrize("picture", [astronaut, coffee])
def test_ssim_is_the_index_of_scikit_image(
    picture: Callable[[], NDArray[np.uint8]], noise: float
) -> None:
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
    assert ssim(image, target).item() == pytest.approx(expected, abs=1e-5)


def test_ssim_of_a_dark_flat_picture_does_not_suffer_from_rounding() -> None:
    target = torch.full((1, 3, 64, 64), 0.01)
    image = target + 1e-4
    exact = ssim(image.double(), target.double()).item()
    assert ssim(image, target).item() == pytest.approx(exact, abs=1e-5)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_ssim_passes_gradcheck(stride: int) -> None:
    image, target = random_pair()
    assert gradcheck(lambda x: ssim(x, target, stride=stride), (image.requires_grad_(),))


@pytest.mark.parametrize("stride", [2, 3])
def test_ssim_at_every_few_places_is_nearly_that_at_all(stride: int) -> None:
    target = photograph(astronaut())
    generator = torch.Generator().manual_seed(1)
    image = (target + 0.1 * torch.randn(target.shape, generator=generator)).clamp(0, 1)
    exact = ssim(image, target).item()
    assert ssim(image, target, stride=stride).item() == pytest.approx(exact, abs=2e-3)


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_ssim_is_symmetric_and_at_most_one(seed: int) -> None:
    image, target = random_pair(seed)
    index = ssim(image, target)
    assert index.item() == pytest.approx(ssim(target, image).item(), abs=1e-12)
    assert index <= 1


def test_ssim_of_a_picture_with_itself_is_one() -> None:
    image, _ = random_pair()
    assert ssim(image, image.clone()).item() == pytest.approx(1.0, abs=1e-12)


def test_ssim_refuses_what_it_cannot_measure() -> None:
    image, target = random_pair()
    with pytest.raises(ValueError, match="one shape"):
        ssim(image, target[..., :-1])
    with pytest.raises(ValueError, match="at least 11"):
        ssim(image[..., :8, :8], target[..., :8, :8])
    with pytest.raises(ValueError, match="must be data"):
        ssim(image, target.requires_grad_())
