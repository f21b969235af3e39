import pytest
import torch

from stream_ae.optim.bounded_gd import BoundedGD, Effect
from stream_ae.optim.obgd import ObGD
from stream_ae.optim.update import as_one, descend


def one_step(
    optimizer: torch.optim.Optimizer,
    weight: torch.Tensor,
    *,
    anew: bool = False,
    probe: bool = True,
) -> Effect:
    laps: list[str] = []
    effect = descend(
        optimizer,
        weight.square().sum(),
        again=lambda: weight.detach().square().sum(),
        anew=anew,
        repeated=False,
        probe=probe,
        lap=laps.append,
    )
    assert laps == ["backward"]
    return effect


def test_the_effect_is_the_first_order_share_of_the_objective() -> None:
    weight = torch.tensor([3.0, 4.0], requires_grad=True)
    effect = one_step(torch.optim.SGD([weight], lr=0.01), weight)
    assert weight.tolist() == pytest.approx([3 * 0.98, 4 * 0.98])
    assert effect["effective_step"] == pytest.approx(0.01 * (6**2 + 8**2) / 25)
    assert effect["update_ratio"] == pytest.approx(0.02)
    assert effect["overshoot"] == 0.0


def test_a_step_that_makes_the_frame_worse_is_an_overshoot() -> None:
    weight = torch.tensor([3.0, 4.0], requires_grad=True)
    assert one_step(torch.optim.SGD([weight], lr=1.5), weight)["overshoot"] == 1.0


def test_what_is_not_probed_is_not_measured() -> None:
    weight = torch.tensor([3.0, 4.0], requires_grad=True)
    effect = one_step(torch.optim.SGD([weight], lr=0.01), weight, probe=False)
    assert effect == {"bound_active": 0.0}


def test_obgd_is_given_the_root_of_the_objective_and_its_error() -> None:
    weight = torch.tensor([3.0, 4.0], requires_grad=True)
    optimizer = ObGD([weight], lr=0.1, gamma=0.0, kappa=0.5)
    effect = one_step(optimizer, weight)  # f = 5, delta = -5, gradient of f = (0.6, 0.8)
    assert weight.grad.tolist() == pytest.approx([0.6, 0.8])
    assert 1 / (0.5 * 5 * 1.4) > 0.1  # not bounded
    assert weight.tolist() == pytest.approx([3 - 0.1 * 5 * 0.6, 4 - 0.1 * 5 * 0.8])
    assert effect["effective_step"] == pytest.approx((6 * 0.3 + 8 * 0.4) / 25)
    assert effect["bound_active"] == 0.0


def test_the_bound_of_obgd_is_reported() -> None:
    weight = torch.tensor([3.0, 4.0], requires_grad=True)
    optimizer = ObGD([weight], lr=1.0, gamma=0.0, kappa=2.0)
    assert one_step(optimizer, weight, probe=False)["bound_active"] == 1.0


def test_a_stream_that_begins_anew_ends_the_traces() -> None:
    weight = torch.tensor([3.0, 4.0], requires_grad=True)
    optimizer = ObGD([weight])
    one_step(optimizer, weight, anew=True)
    traces = [t for s in optimizer.state.values() for t in s.values() if t.shape == weight.shape]
    assert traces
    assert all(not trace.any() for trace in traces)


def test_the_bounded_optimizer_measures_itself() -> None:
    weight = torch.tensor([3.0, 4.0], requires_grad=True)
    optimizer = BoundedGD([weight])
    assert one_step(optimizer, weight, probe=False) == optimizer.effect
    assert optimizer.effect["overshoot"] == 0.0
    assert weight.norm() < 5


@pytest.mark.parametrize("kind", [torch.optim.SGD, ObGD, BoundedGD])
def test_a_perfect_prediction_stays_finite(kind: type[torch.optim.Optimizer]) -> None:
    weight = torch.zeros(2, requires_grad=True)
    effect = one_step(kind([weight], lr=0.1), weight)
    assert effect["effective_step"] == effect["update_ratio"] == 0.0
    assert not weight.any()


def test_steps_on_one_frame_are_one_effect_with_the_share_that_overshot() -> None:
    effects: list[Effect] = [{"bound_active": 1.0}, {"overshoot": 1.0}, {"bound_active": 0.0}]
    objectives = [torch.tensor(value) for value in (1.0, 2.0, 1.5)]  # up, down after taking back
    assert as_one(effects, objectives) == {"bound_active": 1.0, "overshoot": 1.0}
    objectives = [torch.tensor(value) for value in (2.0, 1.0, 1.5)]
    assert as_one(effects, objectives) == {"bound_active": 1.0, "overshoot": 0.5}


def test_a_single_step_that_was_not_probed_says_nothing_of_overshooting() -> None:
    assert as_one([{"bound_active": 0.0}], [torch.tensor(1.0)]) == {"bound_active": 0.0}
