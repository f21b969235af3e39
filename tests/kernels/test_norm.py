import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stream_ae.kernels.norm import EPSILON, norm_and_activate

SHAPES = pytest.mark.parametrize("shape", [(1, 8, 12, 14), (1, 3, 5, 7), (1, 1, 4, 4)])
WITH_BIAS = pytest.mark.parametrize("with_bias", [False, True])


def inputs(shape: tuple[int, ...], *, with_bias: bool) -> dict[str, Tensor]:
    torch.manual_seed(0)
    x = 0.3 * torch.randn(shape) + 0.2
    blend = 0.3 * torch.randn(shape[1])
    values = {"x": x.to(memory_format=torch.channels_last), "blend": blend}
    if with_bias:
        values["bias"] = 0.1 * torch.randn(shape).to(memory_format=torch.channels_last)
    return {name: value.requires_grad_() for name, value in values.items()}


def converted(values: dict[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    return {name: value.detach().to(dtype).requires_grad_() for name, value in values.items()}


def by_definition(x: Tensor, blend: Tensor, bias: Tensor | None = None) -> Tensor:
    spread = (x - x.mean()) / (x.var(unbiased=False) + EPSILON).sqrt()
    z = (1.0 - blend.view(-1, 1, 1)) * x + blend.view(-1, 1, 1) * spread
    return F.leaky_relu(z if bias is None else z + bias, 0.01)


@SHAPES
@WITH_BIAS
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_it_is_the_definition_and_so_is_its_gradient(
    shape: tuple[int, ...], with_bias: bool, dtype: torch.dtype
) -> None:
    given = inputs(shape, with_bias=with_bias)
    exact, mine = converted(given, torch.float64), converted(given, dtype)
    found, expected = norm_and_activate(**mine), by_definition(**exact)
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-6)
    by_y = torch.randn(shape)
    gradients = torch.autograd.grad(found, [*mine.values()], by_y.to(dtype))
    wanted = torch.autograd.grad(expected, [*exact.values()], by_y.double())
    for gradient, value in zip(gradients, wanted, strict=True):
        torch.testing.assert_close(gradient.double(), value, rtol=1e-4, atol=1e-5)


@WITH_BIAS
def test_memory_in_another_order_gives_the_same(with_bias: bool) -> None:
    given = inputs((1, 8, 12, 14), with_bias=with_bias)
    other = {
        name: value.detach().clone(memory_format=torch.contiguous_format).requires_grad_()
        for name, value in given.items()
    }
    assert not other["x"].is_contiguous(memory_format=torch.channels_last)
    found, again = norm_and_activate(**given), norm_and_activate(**other)
    assert torch.equal(found, again)
    by_y = torch.randn(found.shape)
    pairs = zip(
        torch.autograd.grad(found, [*given.values()], by_y),
        torch.autograd.grad(again, [*other.values()], by_y),
        strict=True,
    )
    assert all(torch.equal(one, two) for one, two in pairs)


def test_a_map_of_next_to_nothing_stays_small() -> None:
    """Or weights before it, pulled to nothing, would never do less and only become sharper."""
    x = 1e-3 * inputs((1, 8, 12, 14), with_bias=False)["x"]
    y = norm_and_activate(x, blend=torch.ones(8))
    assert y.std() < 4.0 * x.std()


def test_a_blend_of_nothing_is_the_activation_alone() -> None:
    x = inputs((1, 8, 12, 14), with_bias=False)["x"]
    torch.testing.assert_close(norm_and_activate(x, blend=torch.zeros(8)), F.leaky_relu(x))


def test_a_whole_blend_is_layer_normalisation() -> None:
    x = inputs((1, 8, 12, 14), with_bias=False)["x"]
    expected = F.leaky_relu(F.layer_norm(x, x.shape[1:], eps=EPSILON))
    torch.testing.assert_close(norm_and_activate(x, blend=torch.ones(8)), expected)


def test_a_constant_map_has_nothing_to_spread() -> None:
    x = torch.full((1, 4, 6, 6), 0.25, requires_grad=True)
    blend = torch.full((4,), 0.5, requires_grad=True)
    found = norm_and_activate(x, blend=blend)
    torch.testing.assert_close(found, torch.full_like(x, 0.125))
    found.sum().backward()
    assert x.grad is not None
    assert x.grad.isfinite().all()


def test_what_is_not_a_number_is_not_hidden() -> None:
    given = inputs((1, 8, 12, 14), with_bias=False)
    with torch.no_grad():
        given["x"][0, 3, 2, 1] = torch.nan
    assert norm_and_activate(**given).isnan().all()


def test_no_input_is_changed() -> None:
    given = inputs((1, 8, 12, 14), with_bias=True)
    before = {name: value.detach().clone() for name, value in given.items()}
    norm_and_activate(**given).sum().backward()
    assert all(torch.equal(value, before[name]) for name, value in given.items())


@WITH_BIAS
@pytest.mark.parametrize("learned", ["x", "blend"])
def test_a_gradient_can_be_differentiated(with_bias: bool, learned: str) -> None:
    given = inputs((1, 3, 5, 7), with_bias=with_bias)
    for name, value in given.items():
        value.requires_grad_(name == learned)
    found = [
        torch.autograd.grad(
            torch.autograd.grad(
                function(**given).square().sum(), given[learned], create_graph=True
            )[0]
            .square()
            .sum(),
            given[learned],
        )[0]
        for function in (norm_and_activate, by_definition)
    ]
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-4)


def test_functions_of_it_can_be_transformed() -> None:
    given = inputs((1, 3, 5, 7), with_bias=False)
    x, blend = given["x"].detach(), given["blend"].detach()

    def total(value: Tensor) -> Tensor:
        return norm_and_activate(value, blend=blend).square().sum()

    expected = torch.autograd.grad(by_definition(**given).square().sum(), given["x"])[0]
    torch.testing.assert_close(torch.func.grad(total)(x), expected, rtol=1e-4, atol=1e-5)
    several = torch.func.vmap(total)(torch.stack([x, 2.0 * x]))
    torch.testing.assert_close(several, torch.stack([total(x), total(2.0 * x)]))


def test_a_blend_of_another_size_is_refused() -> None:
    with pytest.raises(RuntimeError, match="must match the size"):
        norm_and_activate(torch.rand(1, 8, 4, 4), blend=torch.rand(3))


def test_several_maps_are_normalised_each_by_itself() -> None:
    x, blend = torch.randn(2, 3, 5, 7), torch.rand(3)
    expected = torch.cat([norm_and_activate(each[None], blend=blend) for each in x])
    torch.testing.assert_close(norm_and_activate(x, blend=blend), expected)
