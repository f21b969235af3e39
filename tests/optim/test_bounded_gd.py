import copy
import io
import math
from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from stream_ae.nn.autoencoder import seeded
from stream_ae.optim.bounded_gd import LARGEST, BoundedGD


def regression(seed: int = 0) -> tuple[nn.Module, Tensor, Tensor]:
    """A small net and a fixed problem for it."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(64, 8, generator=generator)
    y = torch.sin(x @ torch.randn(8, 3, generator=generator))
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 3)), x, y


def learn(net: nn.Module, optimizer: BoundedGD, x: Tensor, y: Tensor) -> float:
    optimizer.zero_grad()
    loss = F.mse_loss(net(x), y)
    loss.backward()
    optimizer.step(lambda: F.mse_loss(net(x), y), loss=loss.detach())
    return loss.item()


def weights(net: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in net.parameters()])


@pytest.mark.parametrize("lr", [0.1, 1.0, 100.0])
def test_a_net_learns_a_regression_whatever_the_cap(lr: float) -> None:
    net, x, y = regression()
    optimizer = BoundedGD(net.parameters(), lr=lr)
    values = [learn(net, optimizer, x, y) for _ in range(300)]
    assert values[-1] < 0.1 * values[0]
    assert torch.isfinite(weights(net)).all()


@pytest.mark.slow
def test_a_stream_of_samples_is_learned_one_by_one() -> None:
    net, x, y = regression()
    optimizer = BoundedGD(net.parameters())
    values = [
        learn(net, optimizer, x[i % 64 : i % 64 + 1], y[i % 64 : i % 64 + 1]) for i in range(1920)
    ]
    assert sum(values[-64:]) < 0.3 * sum(values[:64])


def test_a_convolutional_net_learns_a_picture() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1))
    x = torch.rand(1, 3, 16, 16)
    optimizer = BoundedGD(net.parameters())
    values = [learn(net, optimizer, x, x.flip(1)) for _ in range(150)]
    assert values[-1] < 0.1 * values[0]


def test_a_probed_step_that_overshoots_is_taken_back() -> None:
    weight = nn.Parameter(torch.ones(4))
    optimizer = BoundedGD([weight], lr=1e9)
    optimizer.param_groups[0]["line"].update(
        alpha=1e9, mean_gain=1e9, mean_curvature=1e-9
    )  # only the probe left

    def loss() -> Tensor:
        return 5e3 * weight.square().sum() ** 2

    value = loss()
    value.backward()
    optimizer.step(loss, loss=value.detach())
    assert optimizer.effect["overshoot"] in (0.0, 1.0)
    assert loss() <= value


@settings(max_examples=50, deadline=None)
@given(st.floats(1e-3, 1e3), st.integers(0, 1000))
def test_a_probed_step_never_leaves_a_quadratic_higher(curvature: float, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    weight = nn.Parameter(torch.randn(6, generator=generator))
    scale = curvature * torch.rand(6, generator=generator)
    optimizer = BoundedGD([weight])

    def loss() -> Tensor:
        return (scale * weight.square()).sum()

    for _ in range(5):  # each of them is probed
        optimizer.zero_grad()
        value = loss()
        value.backward()
        optimizer.step(loss, loss=value.detach())
        assert loss().item() <= value.item() * (1 + 1e-5)


def test_the_effect_says_what_the_step_did() -> None:
    start = torch.tensor([3.0, 4.0], dtype=torch.float64)  # so that short steps are not rounded
    weight = nn.Parameter(start.clone())
    optimizer = BoundedGD([weight])
    value = weight.square().sum()
    value.backward()
    optimizer.step(lambda: weight.square().sum(), loss=value.detach())
    moved, grad = start - weight.detach(), 2.0 * start
    effect = optimizer.effect
    assert effect["update_ratio"] == pytest.approx(moved.norm().item() / 5)
    assert effect["effective_step"] == pytest.approx(torch.dot(moved, grad).item() / 25)
    assert effect["overshoot"] == 0.0


def test_no_step_is_longer_than_the_trust_ratio_or_the_cap() -> None:
    net, x, y = regression()
    optimizer = BoundedGD(net.parameters())
    for _ in range(100):
        learn(net, optimizer, x, y)
        assert optimizer.effect["update_ratio"] <= 0.1 + 1e-6
    capped = BoundedGD(net.parameters(), lr=1e-5)
    for _ in range(10):
        learn(net, capped, x, y)
        assert capped.param_groups[0]["line"]["alpha"] <= 1e-4


@pytest.mark.parametrize("poison", [math.nan, math.inf])
def test_a_gradient_that_is_not_finite_is_no_step(poison: float) -> None:
    net, x, y = regression()
    optimizer = BoundedGD(net.parameters())
    for _ in range(5):
        learn(net, optimizer, x, y)
    before = weights(net)
    grad = next(net.parameters()).grad
    assert grad is not None
    grad[0, 0] = poison
    optimizer.step(lambda: F.mse_loss(net(x), y), loss=torch.tensor(0.1))
    assert torch.equal(weights(net), before)
    still = {"effective_step": 0.0, "update_ratio": 0.0, "bound_active": 1.0}
    assert optimizer.effect == still
    for _ in range(50):
        learn(net, optimizer, x, y)
    assert torch.isfinite(weights(net)).all()


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_step_into_what_is_not_finite_is_taken_back(loss: float) -> None:
    net, x, y = regression()
    optimizer = BoundedGD(net.parameters())
    before = weights(net)
    value = F.mse_loss(net(x), y)
    value.backward()
    optimizer.step(lambda: torch.tensor(loss), loss=value.detach())
    torch.testing.assert_close(weights(net), before, atol=1e-6, rtol=1e-6)
    assert optimizer.effect["overshoot"] == 1.0
    assert learn(net, optimizer, x, y) < math.inf
    assert torch.isfinite(weights(net)).all()


@pytest.mark.parametrize("scale", [0.0, 1e-20, 1e-12, 1e12])
def test_gradients_of_any_size_leave_the_weights_finite(scale: float) -> None:
    weight = nn.Parameter(torch.ones(3, 4))
    optimizer = BoundedGD([weight])
    for _ in range(20):
        optimizer.zero_grad()
        value = scale * weight.square().sum()
        value.backward()
        optimizer.step(lambda: scale * weight.square().sum(), loss=value.detach())
    assert torch.isfinite(weight).all()


def test_a_parameter_without_gradient_stays() -> None:
    idle, weight = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(3))
    optimizer = BoundedGD([idle, weight])
    value = weight.square().sum()
    value.backward()
    optimizer.step(lambda: weight.square().sum(), loss=value.detach())
    assert torch.equal(idle, torch.ones(3))
    assert not torch.equal(weight, torch.ones(3))


def test_a_saved_optimizer_goes_on_bit_for_bit() -> None:
    net, x, y = regression()
    optimizer = BoundedGD(net.parameters())
    for _ in range(30):
        learn(net, optimizer, x, y)
    file = io.BytesIO()
    torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict()}, file)
    file.seek(0)
    state = torch.load(file, weights_only=True)
    other = copy.deepcopy(net)
    other.load_state_dict(state["net"])
    resumed = BoundedGD(other.parameters())
    resumed.load_state_dict(state["optimizer"])
    for _ in range(30):
        assert learn(net, optimizer, x, y) == learn(other, resumed, x, y)
    assert torch.equal(weights(net), weights(other))


def test_with_all_switched_off_it_is_gradient_descent_with_momentum_bit_for_bit() -> None:
    net, x, y = regression()
    twin = copy.deepcopy(net)
    plain = BoundedGD(
        net.parameters(), lr=0.03, bound=False, trust=math.inf, precondition=False, l2_init=0.0
    )
    sgd = torch.optim.SGD(twin.parameters(), lr=0.03, momentum=0.9)
    for _ in range(50):
        learn(net, plain, x, y)
        sgd.zero_grad()
        F.mse_loss(twin(x), y).backward()
        sgd.step()
        assert torch.equal(weights(net), weights(twin))


def test_without_the_bound_the_rate_is_the_step() -> None:
    net, x, y = regression()
    optimizer = BoundedGD(net.parameters(), lr=0.01, bound=False, trust=math.inf)
    values = [learn(net, optimizer, x, y) for _ in range(300)]
    assert values[-1] < 0.2 * values[0]
    assert "overshoot" not in optimizer.effect


def test_where_nothing_is_to_learn_the_weights_pull_back_to_where_they_began() -> None:
    weight = nn.Parameter(torch.ones(4))
    optimizer = BoundedGD([weight], lr=0.1, bound=False, trust=math.inf, l2_init=1.0)

    def step(grad: float) -> None:
        optimizer.zero_grad()
        value = grad * weight.sum()
        value.backward()
        optimizer.step(lambda: value, loss=value.detach())

    for _ in range(10):
        step(1.0)
    far = (weight - 1.0).norm().item()
    for _ in range(200):
        step(0.0)
    assert (weight - 1.0).norm().item() < 0.01 * far


def test_groups_are_pulled_each_in_their_own_way_and_step_together() -> None:
    torch.manual_seed(0)
    net, whole = nn.Linear(16, 16), nn.Linear(16, 16)
    whole.load_state_dict(net.state_dict())
    groups: list[dict[str, Any]] = [
        {"params": [net.weight]},
        {"params": [net.bias], "l2_init": 0.5},
    ]
    build = partial(BoundedGD, lr=0.1, bound=False, trust=math.inf, precondition=False)
    apart, together = build(groups), build(whole.parameters())
    for _ in range(2):  # at the second step the weights have moved, and are pulled back
        for each, optimizer in ((net, apart), (whole, together)):
            optimizer.zero_grad()
            value = each(torch.ones(16)).sum()
            value.backward()
            optimizer.step(value.detach, loss=value.detach())
    torch.testing.assert_close(net.weight, whole.weight)
    back = net.bias - whole.bias
    torch.testing.assert_close(back, torch.full((16,), 0.1 * 0.5 * 0.1))  # −α κ (w − w₀)


@pytest.mark.parametrize("with_spatial_bias", [True, False])
def test_the_state_is_no_larger_than_six_times_the_parameters(with_spatial_bias: bool) -> None:
    net = seeded(0, with_spatial_bias=with_spatial_bias)
    optimizer = BoundedGD(net.parameter_groups(), l2_init=1.0)
    image, _ = net(torch.rand(1, 3, 224, 224))
    value = image.square().mean()
    value.backward()
    optimizer.step(lambda: value, loss=value.detach())
    kept = sum(t.numel() for state in optimizer.state.values() for t in state.values())
    assert kept <= 6 * sum(p.numel() for p in net.parameters())


def test_bad_arguments_are_refused() -> None:
    weight = nn.Parameter(torch.ones(2))
    for lr in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="lr must be positive and finite"):
            BoundedGD([weight], lr=lr)
    groups: list[dict[str, Any]] = [
        {"params": [weight]},
        {"params": [nn.Parameter(torch.ones(2))], "lr": 0.5},
    ]
    with pytest.raises(ValueError, match="groups share one lr"):
        BoundedGD(groups)


def test_the_effect_of_a_step_that_was_taken_back_is_that_of_what_was_kept() -> None:
    start = torch.tensor([3.0, 4.0], dtype=torch.float64)
    weight = nn.Parameter(start.clone())
    optimizer = BoundedGD([weight], precondition=False, trust=math.inf)
    scale = 4000.0  # so steep that the very first step overshoots

    def loss() -> Tensor:
        return scale * weight.square().sum()

    value = loss()
    torch.autograd.backward(value)
    optimizer.step(loss, loss=value.detach())
    moved, effect = start - weight.detach(), optimizer.effect
    assert effect["overshoot"] == 1.0
    assert moved.norm() > 0.0
    assert effect["update_ratio"] == pytest.approx(moved.norm().item() / 5.0)
    expected = torch.dot(2.0 * scale * start, moved).item() / value.item()
    assert effect["effective_step"] == pytest.approx(expected)
    assert loss() < value


def test_one_step_is_what_its_formula_says() -> None:
    weight = nn.Parameter(torch.tensor([3.0, 4.0], dtype=torch.float64))
    optimizer = BoundedGD([weight], lr=1e-5, precondition=False)
    value = weight.square().sum()
    torch.autograd.backward(value)
    optimizer.step(lambda: weight.square().sum(), loss=value.detach())
    expected = [3.0 - 1e-5 * 6.0, 4.0 - 1e-5 * 8.0]
    assert weight.tolist() == pytest.approx(expected, rel=1e-12)
    assert optimizer.effect["bound_active"] == 0.0


def test_an_entry_of_a_gradient_that_is_too_large_is_held_to_the_largest() -> None:
    weight = nn.Parameter(torch.ones(2))
    optimizer = BoundedGD([weight], precondition=False, bound=False, trust=1.0, lr=1.0)
    weight.grad = torch.tensor([1e30, -1.0])
    optimizer.step(lambda: torch.tensor(0.0), loss=torch.tensor(1.0))
    assert optimizer.state[weight]["momentum"].tolist() == pytest.approx([LARGEST, -1.0])


def test_gradients_are_cleared_or_set_to_zero() -> None:
    weight = nn.Parameter(torch.ones(2))
    optimizer = BoundedGD([weight])
    weight.grad = torch.ones(2)
    optimizer.zero_grad(set_to_none=False)
    assert weight.grad is not None
    assert not weight.grad.any()
    optimizer.zero_grad()
    assert weight.grad is None
