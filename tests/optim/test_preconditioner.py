import pytest
import torch
from torch import Tensor
from torch.linalg import LinAlgError  # type: ignore[attr-defined]

from stream_ae.optim import preconditioner
from stream_ae.optim.preconditioner import (
    ALIKE,
    BASIS_EVERY,
    LONGEST_AXIS,
    MOMENTUM,
    State,
    factored_axes,
    new_state,
    preconditioned,
)
from stream_ae.optim.tiling import Tiling


def gradients(count: int, *shape: int) -> Tensor:
    return torch.randn(count, *shape, generator=torch.Generator().manual_seed(0))


def directions(grads: Tensor) -> tuple[list[Tensor], State]:
    """The direction at every one of the gradients of a single weight, and the state at the end."""
    tiling = Tiling([grads[0]])
    state = new_state(tiling.gather([grads[0]]), tiling)
    ways = []
    for step, grad in enumerate(grads, start=1):
        way = preconditioned(state, tiling.gather([grad]), tiling=tiling, step=step)
        ways += tiling.from_views(tiling.views(way))
    return ways, state


@pytest.mark.slow
def test_a_vector_of_even_spread_is_given_adam_with_its_bias_corrections() -> None:
    signs = gradients(6, 5).sign()  # so that the floor and the power take nothing from the shape
    weight = torch.nn.Parameter(torch.zeros(5))
    adam = torch.optim.Adam([weight], lr=1.0, betas=(MOMENTUM, ALIKE.second), eps=0.0)
    ways, _ = directions(signs)
    for grad, way in zip(signs, ways, strict=True):
        before = weight.detach().clone()
        weight.grad = grad.clone()
        adam.step()
        torch.testing.assert_close(before - weight.detach(), way, atol=0.02, rtol=0.02)


def test_steep_entries_are_held_back_more_than_by_the_root_alone() -> None:
    (way,), _ = directions(torch.tensor([[1.0, 100.0]]))
    assert way[1] < 0.9 * way[0]
    assert (way > 0).all()


def test_the_first_direction_of_a_matrix_gives_each_singular_value_nearly_the_same_weight() -> None:
    grads = gradients(1, 4, 4)
    left, values, right = torch.linalg.svd(grads[0])
    (way,), _ = directions(grads)
    shares = torch.diagonal(left.mT @ way @ right.mT)
    spread, even = values.max() / values.min(), shares.max() / shares.min()
    assert spread > 2.5
    assert even < spread**0.35  # p = 0.65 leaves them to the power of −0.3


def test_a_problem_that_is_rotated_gets_a_direction_that_is_rotated() -> None:
    grads = gradients(8, 4, 4)
    rotation, _ = torch.linalg.qr(gradients(1, 4, 4)[0])
    ways, _ = directions(grads)
    rotated, _ = directions(rotation @ grads)
    for way, other in zip(ways, rotated, strict=True):
        torch.testing.assert_close(other, rotation @ way, atol=1e-2, rtol=1e-2)


def test_every_short_axis_has_its_factor() -> None:
    assert factored_axes((16, LONGEST_AXIS + 1, 9)) == (0, 2)
    assert factored_axes((7,)) == ()
    grads = gradients(5, 4, 3, 2, 3)
    ways, state = directions(grads)
    assert ways[-1].shape == grads[-1].shape
    rows = grads[[0, 2]].flatten(3).movedim(2, 1).flatten(2)  # the first, then one in four
    shares = torch.tensor([0.2 * 0.8, 0.2])
    mean = torch.einsum("t,tij,tkj->ik", shares, rows, rows)
    torch.testing.assert_close(state["factor_0_1"][0], mean)


def test_a_basis_is_made_of_eigenvectors_once_in_a_cycle() -> None:
    grads = gradients(BASIS_EVERY + 1, 4, 3)
    _, before = directions(grads[:BASIS_EVERY])
    _, state = directions(grads)  # the second axis is due one cycle after the first step
    assert torch.equal(state["basis_0_0"], before["basis_0_0"])
    assert not torch.equal(state["basis_0_1"], before["basis_0_1"])
    for axis in (0, 1):
        basis = state[f"basis_0_{axis}"]
        eye = torch.eye(basis.shape[-1])[None]
        torch.testing.assert_close(basis.mT @ basis, eye, atol=1e-5, rtol=1e-5)


def test_the_momentum_moves_with_its_basis() -> None:
    grads = gradients(BASIS_EVERY + 4, 4, 3)
    _, state = directions(grads)
    mean = torch.zeros(4, 3)
    for grad in grads:
        mean = MOMENTUM * mean + grad
    rotated = state["momentum"].view(4, 3)
    back = state["basis_0_0"][0] @ rotated @ state["basis_0_1"][0].mT
    torch.testing.assert_close(back, mean, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("shape", [(3, 6, 4), (3, 2, 5, 3, 3)])
def test_equal_weights_do_not_touch_one_another(shape: tuple[int, ...]) -> None:
    grads = gradients(5, *shape)
    tiling = Tiling(list(grads[0]))
    state = new_state(tiling.gather(list(grads[0])), tiling)
    together = [
        tiling.from_views(
            tiling.views(preconditioned(state, tiling.gather(list(grad)), tiling=tiling, step=step))
        )
        for step, grad in enumerate(grads, start=1)
    ]
    for i in range(3):
        for one, both in zip(directions(grads[:, i])[0], together, strict=True):
            torch.testing.assert_close(both[i], one, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1e6])
def test_the_size_of_the_gradient_does_not_matter(scale: float) -> None:
    grads = gradients(5, 4, 4)
    for way, other in zip(directions(grads)[0], directions(scale * grads)[0], strict=True):
        torch.testing.assert_close(other, way, atol=1e-2, rtol=1e-2)


@pytest.mark.parametrize("shape", [(3, 5), (7,), (3, 4, 2, 3)])
def test_no_gradient_gives_no_direction(shape: tuple[int, ...]) -> None:
    ways, _ = directions(torch.zeros(3, *shape))
    assert not any(way.any() for way in ways)


@pytest.mark.parametrize("scale", [1e-19, 1e-25, 1e-40])
def test_a_gradient_whose_square_is_lost_to_underflow_gives_next_to_no_direction(
    scale: float,
) -> None:
    grads = scale * gradients(3, 4, 4)
    assert all(way.abs().max() < 0.1 for way in directions(grads)[0])


def test_where_the_solver_fails_on_one_factor_the_others_are_renewed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    eigh = torch.linalg.eigh

    def fails_on_zero(matrices: Tensor) -> object:
        if not matrices.any(-1).any(-1).all():
            raise LinAlgError("it did not converge")
        return eigh(matrices)

    monkeypatch.setattr(torch.linalg, "eigh", fails_on_zero)
    sound, old = torch.tensor([[2.0, 1.0], [1.0, 2.0]]), torch.eye(2).expand(2, 2, 2)
    new = preconditioner._eigenvectors(torch.stack([torch.zeros(2, 2), sound]), otherwise=old)
    assert new[0].equal(torch.eye(2))
    assert new[1].equal(eigh(sound / 4.0).eigenvectors)
