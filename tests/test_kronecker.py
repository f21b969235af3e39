import pytest
import torch

from stream_ae.kronecker import (
    LONGEST_AXIS,
    MOMENTUM,
    direction,
    factored_axes,
    new_state,
    refresh,
)


def gradients(count: int, *shape: int) -> torch.Tensor:
    return torch.randn(count, *shape, generator=torch.Generator().manual_seed(0))


def test_a_vector_of_even_spread_is_given_adam_with_its_bias_corrections() -> None:
    signs = gradients(6, 1, 5).sign()  # so that the floor and the power take nothing from the shape
    weight = torch.nn.Parameter(torch.zeros(1, 5))
    adam = torch.optim.Adam([weight], lr=1.0, betas=(MOMENTUM, 0.95), eps=0.01)
    state = new_state(signs[0])
    for step, slope in enumerate(signs, start=1):
        before = weight.detach().clone()
        weight.grad = slope.clone()
        adam.step()
        white = direction(state, slope, step=step)
        torch.testing.assert_close(before - weight.detach(), white, atol=1e-4, rtol=1e-4)


def test_steep_entries_are_held_back_more_than_by_whitening_alone() -> None:
    slope = torch.tensor([[1.0, 100.0]])
    state = new_state(slope)
    white = direction(state, slope, step=1)
    assert white[0, 1] < 0.9 * white[0, 0]
    assert (white > 0).all()


def test_the_first_direction_of_a_matrix_gives_each_singular_value_nearly_the_same_weight() -> None:
    (slope,) = gradients(1, 1, 4, 4)
    left, values, right = torch.linalg.svd(slope)
    white = direction(new_state(slope), slope, step=1)
    shares = torch.diagonal(left.mT @ white @ right.mT, dim1=1, dim2=2)
    spread, even = values.max() / values.min(), shares.max() / shares.min()
    assert spread > 2.5
    assert even < spread**0.25  # p = 0.6 leaves them to the power of −0.2


def test_a_problem_that_is_turned_gets_a_direction_that_is_turned() -> None:
    slopes = gradients(8, 1, 4, 4)
    turn, _ = torch.linalg.qr(gradients(1, 4, 4)[0])
    state, turned_state = new_state(slopes[0]), new_state(slopes[0])
    for step, slope in enumerate(slopes, start=1):
        white = direction(state, slope, step=step)
        turned = direction(turned_state, turn @ slope, step=step)
        torch.testing.assert_close(turned, turn @ white, atol=1e-2, rtol=1e-2)


def test_every_short_axis_has_its_factor() -> None:
    assert factored_axes((16, LONGEST_AXIS + 1, 9)) == [0, 2]
    assert factored_axes((7,)) == []
    slopes = gradients(5, 2, 4, 3, 6)
    state = new_state(slopes[0])
    for step, slope in enumerate(slopes, start=1):
        assert direction(state, slope, step=step).shape == slope.shape
    mean = sum(
        0.05 * 0.95 ** (4 - i) * (g := slopes[i].movedim(2, 1).flatten(2)) @ g.mT for i in range(5)
    )
    torch.testing.assert_close(state["factor_1"], mean)


def test_refreshing_turns_the_basis_to_the_eigenvectors() -> None:
    slopes = gradients(6, 1, 4, 3)
    state = new_state(slopes[0])
    for step, slope in enumerate(slopes, start=1):
        direction(state, slope, step=step)
    refresh(state, 0)
    basis = state["basis_0"]
    turned = basis.mT @ state["factor_0"] @ basis
    off = turned - torch.diag_embed(torch.diagonal(turned, dim1=1, dim2=2))
    assert off.abs().max() < 1e-5 * turned.abs().max()


def test_a_stack_is_each_of_its_matrices() -> None:
    slopes = gradients(5, 3, 6, 4)
    stack = new_state(slopes[0])
    each = [new_state(slopes[0, i : i + 1]) for i in range(3)]
    for step, slope in enumerate(slopes, start=1):
        white = direction(stack, slope, step=step)
        for i, state in enumerate(each):
            alone = direction(state, slope[i : i + 1], step=step)
            torch.testing.assert_close(white[i : i + 1], alone, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1e6])
def test_the_size_of_the_gradient_does_not_matter(scale: float) -> None:
    slopes = gradients(5, 2, 4, 4)
    state, other = new_state(slopes[0]), new_state(slopes[0])
    for step, slope in enumerate(slopes, start=1):
        white = direction(state, slope, step=step)
        scaled = direction(other, scale * slope, step=step)
        torch.testing.assert_close(scaled, white, atol=1e-2, rtol=1e-2)


@pytest.mark.parametrize("shape", [(1, 3, 5), (1, 7), (2, 3, 4, 5)])
def test_no_gradient_gives_no_direction(shape: tuple[int, ...]) -> None:
    nothing = torch.zeros(shape)
    state = new_state(nothing)
    for step in (1, 2, 3):
        assert not direction(state, nothing, step=step).any()
