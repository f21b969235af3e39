import copy

import pytest
import torch
from torch import Tensor, nn

from stream_ae.optim.bounded_gd import BoundedGD
from stream_ae.optim.effect import Effect, Sample
from stream_ae.optim.obgd import ObGD
from stream_ae.optim.update import forget, merge_effects, optimizer_step


def one_step(
    optimizer: torch.optim.Optimizer, weight: Tensor, *, reset: bool = False, probe: bool = True
) -> Effect:
    laps: list[str] = []
    sample = Sample(
        weight.square().sum(),
        lambda: weight.detach().square().sum(),
        reset=reset,
        probe=probe,
        lap=laps.append,
    )
    effect = optimizer_step(optimizer, sample)
    assert laps == ["backward"]
    return effect


def parameter() -> nn.Parameter:
    return nn.Parameter(torch.tensor([3.0, 4.0]))


def grad_of(weight: nn.Parameter) -> list[float]:
    assert weight.grad is not None
    return [float(g) for g in weight.grad]


def test_the_effect_is_the_first_order_share_of_the_objective() -> None:
    weight = parameter()
    effect = one_step(torch.optim.SGD([weight], lr=0.01), weight)
    assert weight.tolist() == pytest.approx([3 * 0.98, 4 * 0.98])
    assert effect["effective_step"] == pytest.approx(0.01 * (6**2 + 8**2) / 25)
    assert effect["update_ratio"] == pytest.approx(0.02)
    assert effect["overshoot"] == effect["bound_active"] == 0.0


def test_gradients_of_the_step_before_are_cleared() -> None:
    weight = parameter()
    optimizer = torch.optim.SGD([weight], lr=0.01)
    one_step(optimizer, weight)
    one_step(optimizer, weight)
    assert grad_of(weight) == pytest.approx([2 * 3 * 0.98, 2 * 4 * 0.98])


def test_a_step_that_makes_the_frame_worse_is_an_overshoot() -> None:
    weight = parameter()
    assert one_step(torch.optim.SGD([weight], lr=1.5), weight)["overshoot"] == 1.0


def test_what_is_not_probed_is_not_measured() -> None:
    weight = parameter()
    effect = one_step(torch.optim.SGD([weight], lr=0.01), weight, probe=False)
    assert effect == {"bound_active": 0.0}


def test_obgd_is_given_the_root_of_the_objective_and_its_error() -> None:
    weight = parameter()
    optimizer = ObGD([weight], lr=0.1, gamma=0.0, kappa=0.5)
    effect = one_step(optimizer, weight)  # v = −5, δ = 5, ∇(−v) = (0.6, 0.8)
    assert grad_of(weight) == pytest.approx([0.6, 0.8])
    assert 1 / (0.5 * 5 * 1.4) > 0.1  # not bounded
    assert weight.tolist() == pytest.approx([3 - 0.1 * 5 * 0.6, 4 - 0.1 * 5 * 0.8])
    assert effect["effective_step"] == pytest.approx((6 * 0.3 + 8 * 0.4) / 25)
    assert effect["update_ratio"] == pytest.approx(0.5 / 5)
    assert effect["overshoot"] == effect["bound_active"] == 0.0


def test_the_bound_of_obgd_is_reported() -> None:
    weight = parameter()
    optimizer = ObGD([weight], lr=1.0, gamma=0.0, kappa=2.0)
    assert one_step(optimizer, weight, probe=False) == {"bound_active": 1.0}


@pytest.mark.parametrize("reset", [True, False])
def test_traces_end_only_where_the_stream_begins_again(reset: bool) -> None:
    weight = parameter()
    optimizer = ObGD([weight])
    one_step(optimizer, weight, reset=reset)
    (state,) = optimizer.state.values()
    assert bool(state["trace"].any()) is not reset


def test_the_bounded_optimizer_measures_itself() -> None:
    weight = parameter()
    optimizer = BoundedGD([weight])
    assert one_step(optimizer, weight, probe=False) == optimizer.effect
    assert optimizer.effect["overshoot"] == 0.0
    assert weight.norm() < 5


def test_the_bounded_optimizer_is_told_of_a_repeated_sample() -> None:
    weight = parameter()
    optimizer = BoundedGD([weight])
    for repeated in (False, True):
        objective = weight.square().sum()
        sample = Sample(objective, lambda: weight.detach().square().sum(), repeated=repeated)
        optimizer_step(optimizer, sample)
        assert optimizer.param_groups[0]["line"]["repeated"] == float(repeated)


def test_an_optimizer_of_ones_own_that_wants_the_sample_is_given_it() -> None:
    class Own(torch.optim.SGD):
        def step_on(self, sample: Sample) -> Effect:
            sample.backward(2.0 * sample.objective)
            self.step()
            return {"effective_step": 0.5}

    weight, twin = parameter(), parameter()
    assert one_step(Own([weight], lr=0.01), weight) == {"effective_step": 0.5}
    one_step(torch.optim.SGD([twin], lr=0.02), twin)
    assert torch.equal(weight, twin)


def test_a_plain_optimizer_does_with_a_sample_what_it_does_by_itself() -> None:
    net = nn.Linear(3, 2)
    twin = copy.deepcopy(net)
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.1)
    plain = torch.optim.AdamW(twin.parameters(), lr=0.1)
    x = torch.ones(3)
    for step in range(4):
        sample = Sample(net(x).square().sum(), lambda: net(x).square().sum(), probe=step % 2 == 0)
        optimizer_step(optimizer, sample)
        plain.zero_grad()
        torch.autograd.backward(twin(x).square().sum())
        plain.step()
        assert torch.equal(net.weight, twin.weight)


@pytest.mark.parametrize("kind", [torch.optim.SGD, ObGD, BoundedGD])
def test_a_perfect_prediction_stays_finite(
    kind: type[torch.optim.SGD] | type[ObGD] | type[BoundedGD],
) -> None:
    weight = nn.Parameter(torch.zeros(2))
    effect = one_step(kind([weight], lr=0.1), weight)
    assert effect["effective_step"] == effect["update_ratio"] == 0.0
    assert not weight.any()


def test_several_steps_on_one_frame_are_one_effect_with_the_share_that_overshot() -> None:
    effects: list[Effect] = [{"bound_active": 1.0}, {"overshoot": 1.0}, {"bound_active": 0.0}]
    objectives = [torch.tensor(value) for value in (1.0, 2.0, 1.5)]  # up, down after backtracking
    assert merge_effects(effects, objectives) == {"bound_active": 1.0, "overshoot": 1.0}
    objectives = [torch.tensor(value) for value in (2.0, 1.0, 1.5)]
    assert merge_effects(effects, objectives) == {"bound_active": 1.0, "overshoot": 0.5}


def test_an_objective_that_stays_the_same_is_no_overshoot() -> None:
    effects: list[Effect] = [{"bound_active": 0.0}, {"bound_active": 0.0}]
    merged = merge_effects(effects, [torch.tensor(1.0), torch.tensor(1.0)])
    assert merged["overshoot"] == 0.0


def test_a_single_step_that_was_not_probed_says_nothing_of_overshooting() -> None:
    assert merge_effects([{"bound_active": 0.0}], [torch.tensor(1.0)]) == {"bound_active": 0.0}


@pytest.mark.parametrize("kind", [BoundedGD, ObGD, torch.optim.Adam])
def test_an_optimizer_that_forgot_steps_as_a_new_one_bit_for_bit(
    kind: type[torch.optim.Optimizer],
) -> None:
    weight, new = parameter(), parameter()
    used, fresh = (kind([it]) for it in (weight, new))  # type: ignore[call-arg]
    for _ in range(3):
        one_step(used, weight)
    forget(used)
    with torch.no_grad():
        weight.copy_(new)
    for _ in range(3):
        assert one_step(used, weight) == one_step(fresh, new)
        assert torch.equal(weight, new)
