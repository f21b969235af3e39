import copy
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.regressions import learn, read_again, weights
from torch import Tensor, nn
from torch.nn import functional as F

from stream_ae.nn.autoencoder import seeded
from stream_ae.optim.bounded_gd import BoundedGD
from stream_ae.optim.bounded_step import LARGEST

Alike = partial(BoundedGD, samples="alike")
"""A single copy, without a race."""


def regression(seed: int = 0) -> tuple[nn.Module, Tensor, Tensor]:
    """A small net and a fixed problem for it."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(64, 8, generator=generator)
    y = torch.sin(x @ torch.randn(8, 3, generator=generator))
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 3)), x, y


@pytest.mark.parametrize("lr", [0.1, 1.0, 100.0])
def test_a_net_learns_a_regression_whatever_the_cap(lr: float) -> None:
    net, x, y = regression()
    optimizer = Alike(net.parameters(), lr=lr)
    values = [learn(net, optimizer, x, y) for _ in range(300)]
    assert values[-1] < 0.1 * values[0]
    assert torch.isfinite(weights(net)).all()


@pytest.mark.slow
def test_a_stream_of_samples_is_learned_one_by_one() -> None:
    net, x, y = regression()
    optimizer = Alike(net.parameters())
    values = [
        learn(net, optimizer, x[i % 64 : i % 64 + 1], y[i % 64 : i % 64 + 1]) for i in range(1920)
    ]
    assert sum(values[-64:]) < 0.3 * sum(values[:64])


def test_a_convolutional_net_learns_a_picture() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1))
    x = torch.rand(1, 3, 16, 16)
    optimizer = Alike(net.parameters())
    values = [learn(net, optimizer, x, x.flip(1)) for _ in range(150)]
    assert values[-1] < 0.1 * values[0]


def test_a_probed_step_that_overshoots_is_taken_back() -> None:
    weight = nn.Parameter(torch.ones(4))
    optimizer = Alike([weight], lr=1e9)
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


@settings(max_examples=50)
@given(st.floats(1e-3, 1e3), st.integers(0, 1000))
def test_a_probed_step_never_leaves_a_quadratic_higher(curvature: float, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    weight = nn.Parameter(torch.randn(6, generator=generator))
    scale = curvature * torch.rand(6, generator=generator)
    optimizer = Alike([weight])

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
    optimizer = Alike([weight])
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
    optimizer = Alike(net.parameters())
    for _ in range(100):
        learn(net, optimizer, x, y)
        assert optimizer.effect["update_ratio"] <= 0.1 + 1e-6
    capped = Alike(net.parameters(), lr=1e-5)
    for _ in range(10):
        learn(net, capped, x, y)
        assert capped.param_groups[0]["line"]["alpha"] <= 1e-4


@pytest.mark.parametrize("poison", [math.nan, math.inf])
def test_a_gradient_that_is_not_finite_is_no_step(poison: float) -> None:
    net, x, y = regression()
    optimizer = Alike(net.parameters())
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
    optimizer = Alike(net.parameters())
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
    optimizer = Alike([weight])
    for _ in range(20):
        optimizer.zero_grad()
        value = scale * weight.square().sum()
        value.backward()
        optimizer.step(lambda: scale * weight.square().sum(), loss=value.detach())
    assert torch.isfinite(weight).all()


def test_a_parameter_without_gradient_stays() -> None:
    idle, weight = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(3))
    optimizer = Alike([idle, weight])
    value = weight.square().sum()
    value.backward()
    optimizer.step(lambda: weight.square().sum(), loss=value.detach())
    assert torch.equal(idle, torch.ones(3))
    assert not torch.equal(weight, torch.ones(3))


def test_a_saved_optimizer_goes_on_bit_for_bit() -> None:
    net, x, y = regression()
    optimizer = Alike(net.parameters())
    for _ in range(30):
        learn(net, optimizer, x, y)
    other, state = read_again(net, optimizer)
    resumed = Alike(other.parameters())
    resumed.load_state_dict(state)
    for _ in range(30):
        assert learn(net, optimizer, x, y) == learn(other, resumed, x, y)
    assert torch.equal(weights(net), weights(other))


def test_with_all_switched_off_it_is_gradient_descent_with_momentum_bit_for_bit() -> None:
    net, x, y = regression()
    twin = copy.deepcopy(net)
    plain = Alike(
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
    optimizer = Alike(net.parameters(), lr=0.01, bound=False, trust=math.inf)
    values = [learn(net, optimizer, x, y) for _ in range(300)]
    assert values[-1] < 0.2 * values[0]
    assert "overshoot" not in optimizer.effect


def test_where_nothing_is_to_learn_the_weights_pull_back_to_where_they_began() -> None:
    weight = nn.Parameter(torch.ones(4))
    optimizer = Alike([weight], lr=0.1, bound=False, trust=math.inf, l2_init=1.0)

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
def test_the_state_is_no_larger_than_seven_times_the_parameters(with_spatial_bias: bool) -> None:
    net = seeded(0, with_spatial_bias=with_spatial_bias)
    optimizer = Alike(net.parameter_groups(), l2_init=1.0)
    image, _ = net(torch.rand(1, 3, 224, 224))
    value = image.square().mean()
    value.backward()
    optimizer.step(lambda: value, loss=value.detach())
    kept = sum(t.numel() for state in optimizer.state.values() for t in state.values())
    assert kept <= 7 * sum(p.numel() for p in net.parameters())


def test_bad_arguments_are_refused() -> None:
    weight = nn.Parameter(torch.ones(2))
    for lr in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="lr must be positive and finite"):
            Alike([weight], lr=lr)
    groups: list[dict[str, Any]] = [
        {"params": [weight]},
        {"params": [nn.Parameter(torch.ones(2))], "lr": 0.5},
    ]
    with pytest.raises(ValueError, match="groups share one lr"):
        Alike(groups)


@pytest.mark.parametrize(("name", "value"), [("trust", 0.2), ("bound", False), ("lr", 0.5)])
def test_groups_differ_in_nothing_but_the_pull(name: str, value: float) -> None:
    weights = [nn.Parameter(torch.ones(2)) for _ in range(2)]
    groups: list[dict[str, Any]] = [{"params": [weights[0]]}, {"params": [weights[1]], name: value}]
    with pytest.raises(ValueError, match=rf"groups share one {name}, got \[.*, {value}\]; give"):
        Alike(groups)


def test_a_group_that_is_added_before_the_first_step_is_learned_like_the_others() -> None:
    net, x, y = regression()
    twin = copy.deepcopy(net)
    whole, grown = Alike(net.parameters()), Alike(twin.get_submodule("0").parameters())
    grown.add_param_group({"params": twin.get_submodule("2").parameters(), "l2_init": 0.0})
    for _ in range(30):
        assert learn(net, whole, x, y) == learn(twin, grown, x, y)


def test_a_group_that_comes_later_is_refused_and_learning_goes_on() -> None:
    net, x, y = regression()
    optimizer = Alike(net.parameters())
    learn(net, optimizer, x, y)
    with pytest.raises(ValueError, match=r"before the first step only, .* make a new optimizer"):
        optimizer.add_param_group({"params": [nn.Parameter(torch.ones(2))]})
    assert len(optimizer.param_groups) == 1
    assert learn(net, optimizer, x, y) > learn(net, optimizer, x, y)


def test_a_refused_group_leaves_the_optimizer_as_it_was() -> None:
    net, x, y = regression()
    optimizer = Alike(net.parameters())
    with pytest.raises(ValueError, match=r"l2_init must be .*, got nan"):
        optimizer.add_param_group({"params": [nn.Parameter(torch.ones(2))], "l2_init": math.nan})
    before = weights(net)
    learn(net, optimizer, x, y)
    assert not torch.equal(weights(net), before)


def test_a_layer_of_zeros_is_learned_as_fast_as_one_of_small_weights() -> None:
    _, x, y = regression()
    errors = []
    for size in (0.0, 0.1):
        net = nn.Linear(8, 3)
        nn.init.normal_(net.weight, std=size, generator=torch.Generator().manual_seed(0))
        nn.init.zeros_(net.bias)
        optimizer = Alike(net.parameters())
        errors.append([learn(net, optimizer, x, y) for _ in range(120)])
        assert optimizer.effect["update_ratio"] <= 0.1
    best = torch.linalg.lstsq(F.pad(x, (0, 1), value=1.0), y).solution
    least = F.mse_loss(F.pad(x, (0, 1), value=1.0) @ best, y).item()
    from_zero, from_small = (values[-1] - least for values in errors)
    assert from_zero < 0.02 * (errors[0][0] - least)
    assert from_zero < 2.0 * from_small + 1e-4


def test_the_norm_of_the_weights_counts_in_full_where_they_are_no_smaller_than_usual() -> None:
    for size, counted in ((1.0, 2.0), (0.02, 0.04), (0.0, 0.01 * 2.0)):
        weight = nn.Parameter(torch.full((4,), size))
        optimizer = Alike([weight], trust=1e-6, bound=False)
        before = weight.detach().clone().double()
        weight.grad = torch.tensor([1.0, -1.0, 1.0, 1.0])
        optimizer.step(lambda: torch.tensor(0.0), loss=torch.tensor(1.0))
        assert optimizer.effect["update_ratio"] == pytest.approx(1e-6)
        if size < 1.0:  # where float32 can hold so short a step
            moved = (weight.detach().double() - before).norm().item()
            assert moved == pytest.approx(1e-6 * counted, rel=0.1)


def test_large_frozen_weights_do_not_lengthen_the_step_of_the_others() -> None:
    moved = []
    for frozen, size in ((torch.ones(1), 1.0), (torch.full((64,), 100.0), 1.0), (torch.ones(9), 0)):
        weight = nn.Parameter(torch.full((4,), 1.0 * size))
        rest = nn.Parameter(frozen, requires_grad=False)
        optimizer = Alike([weight, rest], trust=1e-3, bound=False)
        value = (weight + 1.0).square().sum()
        torch.autograd.backward(value)
        optimizer.step(value.detach, loss=value.detach())
        moved.append((weight.detach() - size).norm().item())
        assert torch.equal(rest, frozen)
    assert moved[0] == pytest.approx(moved[1], rel=1e-3)
    assert moved[0] == pytest.approx(1e-3 * 2.0, rel=1e-3)
    assert moved[2] == pytest.approx(1e-3 * 0.01 * 2.0, rel=1e-3)


def test_a_step_without_any_gradient_is_none() -> None:
    net, x, y = regression()
    optimizer, twin = Alike(net.parameters()), copy.deepcopy(net)
    other = Alike(twin.parameters())
    learn(net, optimizer, x, y)
    learn(twin, other, x, y)
    optimizer.zero_grad()
    optimizer.step(lambda: torch.tensor(0.0), loss=torch.tensor(0.1))
    assert optimizer.effect["effective_step"] == 0.0
    assert torch.equal(weights(net), weights(twin))
    assert learn(net, optimizer, x, y) == learn(twin, other, x, y)
    assert torch.equal(weights(net), weights(twin))


def test_a_frozen_layer_stays_with_the_pull_too_and_goes_on_when_it_is_thawed() -> None:
    net, x, y = regression()
    optimizer = Alike(net.parameters(), l2_init=1.0)
    for _ in range(10):
        learn(net, optimizer, x, y)
    layer = net.get_submodule("0").requires_grad_(False)
    before = weights(layer)
    for _ in range(10):
        learn(net, optimizer, x, y)
    assert torch.equal(weights(layer), before)
    layer.requires_grad_(True)
    learn(net, optimizer, x, y)
    assert not torch.equal(weights(layer), before)


def test_a_state_of_another_network_or_optimizer_is_refused_and_changes_nothing() -> None:
    net, x, y = regression()
    optimizer = Alike(net.parameters())
    learn(net, optimizer, x, y)
    larger = nn.Sequential(nn.Linear(8, 40), nn.Tanh(), nn.Linear(40, 3))
    other = Alike(larger.parameters())
    learn(larger, other, x, y)
    adam = torch.optim.Adam(net.parameters())
    F.mse_loss(net(x), y).backward()
    adam.step()
    twin, its_optimizer = copy.deepcopy((net, optimizer))
    for odd, got in ((other.state_dict(), 483), (adam.state_dict(), 0)):
        with pytest.raises(ValueError, match=f"the same parameters, 387 numbers, got .* {got}; "):
            optimizer.load_state_dict(odd)
    assert learn(net, optimizer, x, y) == learn(twin, its_optimizer, x, y)


def test_a_module_that_is_converted_later_is_refused_until_the_state_is_converted_too() -> None:
    net, x, y = regression()
    optimizer = Alike(net.parameters(), l2_init=1.0)
    learn(net, optimizer, x, y)
    net.double()
    wanted = r"must stay torch\.float32 on cpu, .* got torch\.float64 on cpu; after a change call"
    with pytest.raises(ValueError, match=wanted):
        learn(net, optimizer, x.double(), y.double())
    optimizer.load_state_dict(optimizer.state_dict())
    values = [learn(net, optimizer, x.double(), y.double()) for _ in range(60)]
    assert values[-1] < 0.5 * values[0]
    net.half()
    with pytest.raises(ValueError, match=r"parameter 0 of group 0 .* got torch\.float16"):
        optimizer.load_state_dict(optimizer.state_dict())


def test_a_module_that_is_converted_before_the_first_step_is_learned_or_refused() -> None:
    net, x, y = regression()
    optimizer = Alike(net.parameters())
    net.double()
    assert learn(net, optimizer, x.double(), y.double()) > learn(
        net, optimizer, x.double(), y.double()
    )
    other, x, y = regression()
    late = Alike(other.parameters())
    other.bfloat16()
    with pytest.raises(ValueError, match=r"parameter 0 of group 0 .* got torch\.bfloat16"):
        learn(other, late, x.bfloat16(), y.bfloat16())


def test_a_loss_may_be_one_number_in_any_form() -> None:
    def again(weight: Tensor, form: Callable[[Tensor], Tensor | float]) -> Tensor | float:
        return form(weight.square().sum())

    results = []
    forms: list[Callable[[Tensor], Tensor | float]] = [
        lambda loss: loss.detach(),
        lambda loss: loss.item(),
        lambda loss: loss.detach().double().reshape(1),
    ]
    for form in forms:
        weight = nn.Parameter(torch.tensor([1.0, 2.0]))
        optimizer = Alike([weight])
        for _ in range(3):
            optimizer.zero_grad()
            value = weight.square().sum()
            torch.autograd.backward(value)
            optimizer.step(partial(again, weight, form), loss=form(value))
        assert optimizer.effect["overshoot"] == 0.0
        results.append(weight.tolist())
    assert all(result == results[0] for result in results)


def test_the_effect_of_a_step_that_was_taken_back_is_that_of_what_was_kept() -> None:
    start = torch.tensor([3.0, 4.0], dtype=torch.float64)
    weight = nn.Parameter(start.clone())
    optimizer = Alike([weight], precondition=False, trust=math.inf)
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
    optimizer = Alike([weight], lr=1e-5, precondition=False)
    value = weight.square().sum()
    torch.autograd.backward(value)
    optimizer.step(lambda: weight.square().sum(), loss=value.detach())
    expected = [3.0 - 1e-5 * 6.0, 4.0 - 1e-5 * 8.0]
    assert weight.tolist() == pytest.approx(expected, rel=1e-12)
    assert optimizer.effect["bound_active"] == 0.0


def test_an_entry_of_a_gradient_that_is_too_large_is_held_to_the_largest() -> None:
    weight = nn.Parameter(torch.ones(2))
    optimizer = Alike([weight], precondition=False, bound=False, trust=1.0, lr=1.0)
    weight.grad = torch.tensor([1e30, -1.0])
    optimizer.step(lambda: torch.tensor(0.0), loss=torch.tensor(1.0))
    assert optimizer.state[weight]["momentum"].tolist() == pytest.approx([LARGEST, -1.0])


def test_gradients_are_cleared_or_set_to_zero() -> None:
    weight = nn.Parameter(torch.ones(2))
    optimizer = Alike([weight])
    weight.grad = torch.ones(2)
    optimizer.zero_grad(set_to_none=False)
    assert weight.grad is not None
    assert not weight.grad.any()
    optimizer.zero_grad()
    assert weight.grad is None


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        ({}, "no closure and no loss"),
        ({"closure": float}, "no loss"),
        ({"loss": 1.0}, "no closure"),
    ],
)
def test_a_step_as_of_other_optimizers_says_what_it_needs(
    arguments: dict[str, Any], missing: str
) -> None:
    weight = nn.Parameter(torch.ones(2))
    weight.sum().backward()
    with pytest.raises(ValueError, match=f"so step needs both, as in .*, got {missing}; see docs"):
        Alike([weight]).step(**arguments)
    assert torch.equal(weight, torch.ones(2))
