import pytest
import torch

from stream_ae.kronecker import MOMENTUM, direction, new_state, refresh


def gradients(count: int, *shape: int) -> torch.Tensor:
    return torch.randn(count, *shape, generator=torch.Generator().manual_seed(0))


def test_a_vector_is_given_adam_with_its_bias_corrections() -> None:
    slopes = gradients(6, 5)
    weight = torch.nn.Parameter(torch.zeros(5))
    adam = torch.optim.Adam([weight], lr=1.0, betas=(MOMENTUM, 0.95), eps=1e-8)
    state = new_state(slopes[0])
    for step, slope in enumerate(slopes, start=1):
        before = weight.detach().clone()
        weight.grad = slope.clone()
        adam.step()
        white = direction(state, slope, step=step)
        torch.testing.assert_close(before - weight.detach(), white)


def test_the_first_direction_of_a_matrix_gives_each_singular_value_the_same_weight() -> None:
    (slope,) = gradients(1, 1, 4, 4)
    left, _, right = torch.linalg.svd(slope)
    white = direction(new_state(slope), slope, step=1)
    shares = torch.diagonal(left.mT @ white @ right.mT, dim1=1, dim2=2)
    torch.testing.assert_close(shares, torch.ones(1, 4), atol=1e-3, rtol=1e-3)


def test_a_problem_that_is_turned_gets_a_direction_that_is_turned() -> None:
    slopes = gradients(8, 1, 4, 4)
    turn, _ = torch.linalg.qr(gradients(1, 4, 4)[0])
    state, turned_state = new_state(slopes[0]), new_state(slopes[0])
    for step, slope in enumerate(slopes, start=1):
        white = direction(state, slope, step=step)
        turned = direction(turned_state, turn @ slope, step=step)
        if step > 1:  # of the first, what is orthogonal to it is rounding noise
            torch.testing.assert_close(turned, turn @ white, atol=1e-2, rtol=1e-2)


def test_refreshing_turns_the_basis_to_the_eigenvectors() -> None:
    slopes = gradients(6, 1, 4, 3)
    state = new_state(slopes[0])
    for step, slope in enumerate(slopes, start=1):
        direction(state, slope, step=step)
    refresh(state, "left")
    basis = state["left_basis"]
    turned = basis.mT @ state["left"] @ basis
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


def test_the_size_of_the_gradient_does_not_matter() -> None:
    slopes = gradients(5, 2, 4, 4)
    state, small = new_state(slopes[0]), new_state(slopes[0])
    for step, slope in enumerate(slopes, start=1):
        white = direction(state, slope, step=step)
        tiny = direction(small, 1e-3 * slope, step=step)
        if step > 1:  # of the first, what is orthogonal to it is rounding noise
            torch.testing.assert_close(tiny, white, atol=1e-2, rtol=1e-2)


@pytest.mark.parametrize("shape", [(1, 3, 5), (7,)])
def test_no_gradient_gives_no_direction(shape: tuple[int, ...]) -> None:
    nothing = torch.zeros(shape)
    state = new_state(nothing)
    for step in (1, 2, 3):
        assert not direction(state, nothing, step=step).any()
