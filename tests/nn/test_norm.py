import pytest
import torch
import torch.nn.functional as F

from stream_ae.kernels.norm import EPSILON
from stream_ae.nn.norm import Norm, NormLeakyReLU


def test_it_begins_as_the_activation_alone() -> None:
    x, bias = torch.randn(1, 8, 6, 6), torch.randn(1, 8, 6, 6)
    torch.testing.assert_close(NormLeakyReLU(8)(x), F.leaky_relu(x))
    torch.testing.assert_close(NormLeakyReLU(8)(x, bias), F.leaky_relu(x + bias))


def test_a_blend_goes_from_the_map_to_its_layer_normalisation() -> None:
    x = 3.0 + 2.0 * torch.randn(1, 8, 6, 6)
    whole = NormLeakyReLU(8, blend=1.0)(x)
    torch.testing.assert_close(whole, F.leaky_relu(F.layer_norm(x, x.shape[1:], eps=EPSILON)))
    halfway = NormLeakyReLU(8, blend=0.5)(x)
    between = F.leaky_relu(0.5 * x + 0.5 * F.layer_norm(x, x.shape[1:], eps=EPSILON))
    torch.testing.assert_close(halfway, between)


def test_a_plain_norm_has_a_gain_and_an_offset_for_each_channel() -> None:
    norm, x = NormLeakyReLU(4, norm="plain"), torch.randn(1, 4, 6, 6)
    shapes = {name: tuple(weight.shape) for name, weight in norm.named_parameters()}
    assert shapes == {"plain.weight": (4,), "plain.bias": (4,)}
    torch.testing.assert_close(norm(x), F.leaky_relu(F.layer_norm(x, x.shape[1:])))


def test_without_a_norm_there_is_nothing_to_learn() -> None:
    norm, x, bias = NormLeakyReLU(4, norm="none"), torch.randn(1, 4, 6, 6), torch.randn(1, 4, 6, 6)
    assert list(norm.parameters()) == []
    assert torch.equal(norm(x), F.leaky_relu(x))
    assert torch.equal(norm(x, bias), F.leaky_relu(x + bias))


@pytest.mark.parametrize("kind", ["blended", "plain", "none"])
def test_every_kind_keeps_the_shape_and_learns(kind: Norm) -> None:
    norm = NormLeakyReLU(4, norm=kind, blend=0.1)
    x = torch.randn(1, 4, 6, 6, requires_grad=True)
    norm(x).square().sum().backward()
    assert x.grad is not None
    assert all(weight.grad is not None and weight.grad.any() for weight in norm.parameters())


def test_an_unknown_norm_is_refused() -> None:
    with pytest.raises(ValueError, match="norm must be 'blended', 'plain' or 'none', got 'batch'"):
        NormLeakyReLU(4, norm="batch")  # type: ignore[arg-type]
