import numpy as np
import pytest
import torch
from skimage.data import astronaut, coffee
from tests.support.pairs import photograph
from torch import Tensor

from stream_ae.kernels.jit import Rows, rows_of
from stream_ae.kernels.ssim import mean_ssim, ssim_of_rows


def pair(height: int, width: int) -> tuple[Tensor, Tensor]:
    image, target = (photograph(x)[..., :height, :width] for x in (astronaut(), coffee()))
    return (0.3 * image + 0.7 * target).contiguous(), target.contiguous()


def rows_of_pair(height: int, width: int) -> tuple[Rows, Rows]:
    image, target = pair(height, width)
    return rows_of(image), rows_of(target)


@pytest.mark.parametrize("stride", [1, 2, 3, 4, 12])
@pytest.mark.parametrize("size", [(11, 11), (12, 29), (40, 33), (224, 224)])
def test_index_and_gradient_are_those_of_autograd(size: tuple[int, int], stride: int) -> None:
    image, target = pair(*size)
    exact = image.double().requires_grad_()
    expected = mean_ssim(exact, target.double(), stride=stride)
    (by_autograd,) = torch.autograd.grad(expected, exact)
    grad = np.zeros((size[0], 3 * size[1]), np.float32)
    index = ssim_of_rows(
        rows_of(image), rows_of(target), channels=3, stride=stride, weight=2.0, grad=grad
    )
    assert index == pytest.approx(expected.item(), abs=1e-5)
    assert mean_ssim(image, target, stride=stride).item() == pytest.approx(index)
    wanted = 2.0 * rows_of(by_autograd.float())
    np.testing.assert_allclose(grad, wanted, atol=2e-3 * np.abs(wanted).max(), rtol=0)


def test_the_gradient_is_added_to_what_is_there() -> None:
    image, target = rows_of_pair(20, 20)
    once, more = np.zeros_like(image), np.ones_like(image)
    for grad in (once, more):
        ssim_of_rows(image, target, channels=3, stride=3, weight=1.0, grad=grad)
    np.testing.assert_allclose(more - 1.0, once, atol=1e-6)


def test_a_picture_of_one_channel_has_its_index_too() -> None:
    image, target = (x[:, :1] for x in pair(40, 30))
    index = ssim_of_rows(rows_of(image), rows_of(target), channels=1, stride=1)
    assert index == pytest.approx(mean_ssim(image.double(), target.double(), stride=1).item())


def test_the_index_of_a_batch_is_the_mean_of_its_pictures() -> None:
    image, target = pair(30, 40)
    both = mean_ssim(torch.cat([image, target]), torch.cat([target, target]), stride=2)
    alone = mean_ssim(image, target, stride=2).item()
    assert both.item() == pytest.approx((alone + 1.0) / 2.0, abs=1e-5)
