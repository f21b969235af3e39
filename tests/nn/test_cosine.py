import pytest
import torch
from torch import nn

from stream_ae.nn.cosine import begin_with_cosines, cosines


@pytest.mark.parametrize("count", [8, 16, 32])
def test_the_filters_are_orthonormal(count: int) -> None:
    flat = cosines(count).flatten(1)
    assert flat.shape == (count, 3 * 8 * 8)
    torch.testing.assert_close(flat @ flat.mT, torch.eye(count), atol=1e-4, rtol=0)


def test_a_smooth_picture_comes_back() -> None:
    analysis, synthesis = nn.Conv2d(3, 16, 8, stride=8), nn.ConvTranspose2d(16, 3, 8, stride=8)
    assert synthesis.bias is not None
    nn.init.zeros_(synthesis.bias)
    begin_with_cosines(analysis, synthesis)
    ramp = torch.linspace(0.3, 0.7, 64)
    picture = torch.stack(
        [ramp.expand(64, 64), ramp[:, None].expand(64, 64), 0.4 + 0 * ramp.expand(64, 64)]
    )
    again = torch.sigmoid(synthesis(analysis(picture[None])))
    assert (again - picture).square().mean() < 1e-4


def test_mid_grey_is_nothing() -> None:
    analysis, synthesis = nn.Conv2d(3, 16, 8, stride=8), nn.ConvTranspose2d(16, 3, 8, stride=8)
    begin_with_cosines(analysis, synthesis)
    latent = analysis(torch.full((1, 3, 16, 16), 0.5))
    torch.testing.assert_close(latent, torch.zeros_like(latent), atol=1e-4, rtol=0)
