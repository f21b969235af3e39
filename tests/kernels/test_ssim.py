import numpy as np
import pytest
import torch
from skimage.data import astronaut, coffee
from tests.support.pairs import photograph

from stream_ae.kernels.jit import rows_of
from stream_ae.nn.ssim import ssim, ssim_of_rows


def pair(height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    image, target = (photograph(picture())[..., :height, :width] for picture in (astronaut, coffee))
    return (0.3 * image + 0.7 * target).contiguous(), target.contiguous()


@pytest.mark.parametrize("stride", [1, 2, 3, 4, 12])
@pytest.mark.parametrize("size", [(11, 11), (12, 29), (40, 33), (224, 224)])
def test_index_and_slope_are_those_of_the_plain_operations(size: int, stride: int) -> None:
    image, target = pair(*size)
    exact = image.double().requires_grad_()
    expected = ssim(exact, target.double(), stride=stride)
    expected.backward()
    slope = np.zeros((size[0], 3 * size[1]), np.float32)
    index = ssim_of_rows(
        rows_of(image), rows_of(target), channels=3, stride=stride, weight=2.0, slope=slope
    )
    assert index == pytest.approx(expected.item(), abs=1e-5)
    wanted = 2.0 * rows_of(exact.grad.float())
    np.testing.assert_allclose(slope, wanted, atol=2e-3 * np.abs(wanted).max(), rtol=0)


def test_the_slope_is_added_to_what_is_there() -> None:
    image, target = pair(20, 20)
    rows = rows_of(image), rows_of(target)
    once, more = np.zeros_like(rows[0]), np.ones_like(rows[0])
    for slope in (once, more):
        ssim_of_rows(*rows, channels=3, stride=3, weight=1.0, slope=slope)
    np.testing.assert_allclose(more - 1.0, once, atol=1e-6)


def test_a_picture_of_one_channel_has_its_index_too() -> None:
    image, target = (x[:, :1] for x in pair(40, 30))
    index = ssim_of_rows(rows_of(image), rows_of(target), channels=1, stride=1)
    assert index == pytest.approx(ssim(image.double(), target.double()).item(), abs=1e-5)
