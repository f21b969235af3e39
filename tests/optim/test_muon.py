import io
import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from stream_ae.optim.muon import ITERATIONS, RMS, Muon, orthogonalised

SHAPES = [(4, 4), (8, 48), (128, 16), (1, 5), (3, 16, 64)]


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def network(seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.GroupNorm(1, 4), nn.ReLU(), nn.Conv2d(4, 3, 3, padding=1)
    )


def move_of(
    weight: Tensor,
    gradients: list[Tensor],
    lr: float = 0.02,
    momentum: float = 0.95,
    nesterov: bool = True,
) -> Tensor:
    """What the last of some steps adds to a weight."""
    parameter = nn.Parameter(weight.clone())
    optimizer = Muon([parameter], lr=lr, momentum=momentum, nesterov=nesterov)
    for gradient in gradients:
        before = parameter.detach().clone()
        parameter.grad = gradient.clone()
        optimizer.step()
    return parameter.detach() - before


@pytest.mark.parametrize("shape", SHAPES)
def test_singular_values_come_near_one_and_singular_vectors_stay(shape: tuple[int, ...]) -> None:
    gradient = noise(*shape)
    result = orthogonalised(gradient)
    values = torch.linalg.svdvals(result)
    assert result.shape == gradient.shape
    assert values.min() > 0.68
    assert values.max() < 1.21
    left, _, right = torch.linalg.svd(gradient, full_matrices=False)
    projected = left.mT @ result @ right.mT  # diagonal in the gradient's own singular vectors
    torch.testing.assert_close(
        projected, torch.diag_embed(torch.diagonal(projected, dim1=-2, dim2=-1)), atol=1e-4, rtol=0
    )


def test_a_diagonal_is_what_the_quintic_polynomial_makes_of_its_entries() -> None:
    entries = [0.8, 0.6, 0.01]
    norm = math.sqrt(sum(entry**2 for entry in entries))
    expected = [entry / norm for entry in entries]
    for _ in range(ITERATIONS):
        expected = [3.4445 * x - 4.7750 * x**3 + 2.0315 * x**5 for x in expected]
    result = orthogonalised(torch.diag(torch.tensor(entries)))
    torch.testing.assert_close(result, torch.diag(torch.tensor(expected)), atol=1e-5, rtol=1e-5)


@settings(max_examples=30)
@given(exponent=st.integers(-12, 12), rows=st.integers(1, 6), columns=st.integers(1, 6))
def test_the_scale_of_a_gradient_does_not_matter(exponent: int, rows: int, columns: int) -> None:
    gradient = noise(rows, columns)
    expected = orthogonalised(gradient)
    torch.testing.assert_close(
        orthogonalised(gradient * 10.0**exponent), expected, atol=1e-3, rtol=1e-3
    )


@pytest.mark.parametrize("size", [0.0, 1e-25, 1e-38])
def test_a_gradient_of_nearly_nothing_moves_nearly_nothing(size: int) -> None:
    assert orthogonalised(noise(64, 64) * size).abs().max() < 1e-3


@pytest.mark.parametrize("nesterov", [True, False])
def test_many_steps_agree_with_pytorchs_on_a_matrix(nesterov: bool) -> None:
    ours, theirs = (nn.Parameter(noise(6, 10)) for _ in range(2))
    optimizer = Muon([ours], lr=0.1, nesterov=nesterov)
    reference = torch.optim.Muon(
        [theirs],
        lr=0.1,
        momentum=0.95,
        nesterov=nesterov,
        weight_decay=0.0,
        adjust_lr_fn="match_rms_adamw",
    )
    for seed in range(1, 9):
        ours.grad = noise(6, 10, seed=seed)
        theirs.grad = ours.grad.clone()
        optimizer.step()
        reference.step()
    moved = (theirs - noise(6, 10)).norm()
    assert (ours - theirs).norm() < 0.02 * moved  # theirs reckons in bfloat16


def test_without_momentum_only_the_present_gradient_counts() -> None:
    first, second = noise(4, 6, seed=1), noise(4, 6, seed=2)
    moved = move_of(torch.zeros(4, 6), [first, second], lr=0.1, momentum=0.0)
    torch.testing.assert_close(moved, -0.1 * RMS * math.sqrt(6) * orthogonalised(second))


def test_momentum_looks_a_step_ahead_unless_told_not_to() -> None:
    grads = [noise(4, 6, seed=1), noise(4, 6, seed=2)]
    momentum = 0.5 * grads[0] + grads[1]
    scale = -0.1 * RMS * math.sqrt(6)
    ahead = move_of(torch.zeros(4, 6), grads, lr=0.1, momentum=0.5)
    torch.testing.assert_close(ahead, scale * orthogonalised(grads[1] + 0.5 * momentum))
    plain = move_of(torch.zeros(4, 6), grads, lr=0.1, momentum=0.5, nesterov=False)
    torch.testing.assert_close(plain, scale * orthogonalised(momentum))


@pytest.mark.parametrize("shape", [(4, 4), (8, 48), (128, 16), (8, 3, 4, 4)])
def test_the_step_of_any_matrix_has_the_same_root_mean_square(shape: tuple[int, ...]) -> None:
    move = move_of(torch.zeros(shape), [noise(*shape)], lr=0.1)
    assert move.square().mean().sqrt().item() == pytest.approx(0.1 * RMS, rel=0.2)


def test_a_convolution_is_a_matrix_of_a_row_for_each_output() -> None:
    gradient = noise(4, 3, 3, 3)
    move = move_of(torch.zeros(4, 3, 3, 3), [gradient], lr=0.1)
    as_matrix = move_of(torch.zeros(4, 27), [gradient.reshape(4, 27)], lr=0.1)
    assert torch.equal(move.reshape(4, 27), as_matrix)


def test_a_table_for_each_head_is_a_matrix_for_each_head() -> None:
    gradient = noise(2, 5, 4)
    move = move_of(torch.zeros(2, 5, 4), [gradient], lr=0.1)
    for head in range(2):
        alone = move_of(torch.zeros(5, 4), [gradient[head]], lr=0.1)
        torch.testing.assert_close(move[head], alone)


def test_memory_format_does_not_matter() -> None:
    gradient = noise(4, 3, 3, 3)
    moved = [
        move_of(gradient.to(memory_format=layout), [gradient.to(memory_format=layout)] * 3)
        for layout in (torch.contiguous_format, torch.channels_last)
    ]
    assert torch.equal(*moved)


@pytest.mark.parametrize("shape", [(5,), ()])
def test_what_is_no_matrix_gets_adam(shape: tuple[int, ...]) -> None:
    ours, theirs = (nn.Parameter(torch.ones(shape)) for _ in range(2))
    optimizer = Muon([ours], lr=0.1)
    adam = torch.optim.Adam([theirs], lr=0.1, betas=(0.9, 0.95), eps=1e-8)
    for seed in range(6):
        ours.grad = noise(*shape, seed=seed)
        theirs.grad = ours.grad.clone()
        optimizer.step()
        adam.step()
        torch.testing.assert_close(ours, theirs)


def test_a_small_net_learns_a_regression() -> None:
    x = noise(64, 8)
    y = torch.sin(x @ noise(8, 3, seed=1))
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 3))
    optimizer = Muon(net.parameters())
    values = []
    for _ in range(200):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x), y)
        loss.backward()
        optimizer.step()
        values.append(loss.item())
    assert values[-1] < 0.05 * values[0]


def learn(net: nn.Module, optimizer: Muon, steps: range) -> None:
    for seed in steps:
        target = noise(1, 3, 8, 8, seed=seed)
        optimizer.zero_grad()
        F.mse_loss(net(target), target).backward()
        optimizer.step()


def test_going_on_from_a_saved_state_is_bit_exact() -> None:
    whole = network()
    learn(whole, Muon(whole.parameters(), lr=0.05), range(8))

    half = network()
    optimizer = Muon(half.parameters(), lr=0.05)
    learn(half, optimizer, range(4))
    file = io.BytesIO()
    torch.save({"net": half.state_dict(), "optimizer": optimizer.state_dict()}, file)
    file.seek(0)
    saved = torch.load(file, weights_only=True)
    resumed = network(seed=1)
    resumed.load_state_dict(saved["net"])
    optimizer = Muon(resumed.parameters(), lr=0.7, momentum=0.1)  # the saved settings count
    optimizer.load_state_dict(saved["optimizer"])
    learn(resumed, optimizer, range(4, 8))
    pairs = zip(whole.parameters(), resumed.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_each_group_has_its_own_rate() -> None:
    fast, slow = nn.Parameter(torch.zeros(3, 3)), nn.Parameter(torch.zeros(3, 3))
    groups: list[dict[str, Any]] = [{"params": [fast], "lr": 0.2}, {"params": [slow]}]
    optimizer = Muon(groups, lr=0.1)
    fast.grad = slow.grad = noise(3, 3)
    optimizer.step()
    torch.testing.assert_close(fast, 2 * slow)


def test_a_parameter_without_gradient_stays_as_it_is() -> None:
    moving, idle = nn.Parameter(torch.ones(3, 3)), nn.Parameter(torch.ones(3))
    optimizer = Muon([moving, idle])
    moving.grad = noise(3, 3)
    optimizer.step()
    assert not torch.equal(moving, torch.ones(3, 3))
    assert torch.equal(idle, torch.ones(3))


def test_a_closure_computes_the_gradients_and_its_loss_comes_back() -> None:
    weight = nn.Parameter(noise(3, 3))
    optimizer = Muon([weight])
    before = weight.detach().clone()

    def closure() -> float:
        loss = weight.square().sum()
        loss.backward()
        return loss.item()

    assert optimizer.step(closure) == pytest.approx(before.square().sum().item())
    assert weight.square().sum() < before.square().sum()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lr": 0.0}, "lr must be positive and finite, got 0.0"),
        ({"lr": math.inf}, "lr must be positive and finite, got inf"),
        ({"lr": math.nan}, "lr must be positive and finite, got nan"),
        ({"momentum": 1.0}, r"momentum must be in \[0, 1\), got 1.0"),
        ({"momentum": -0.1}, r"momentum must be in \[0, 1\), got -0.1"),
    ],
)
def test_a_setting_out_of_range_is_named(settings: dict[str, float], message: str) -> None:
    weight = nn.Parameter(torch.ones(2))
    with pytest.raises(ValueError, match=message):
        Muon([weight], lr=settings.get("lr", 0.02), momentum=settings.get("momentum", 0.95))
    with pytest.raises(ValueError, match=message):
        Muon([{"params": [weight], **settings}])
