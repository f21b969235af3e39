import pytest
import torch
from torch import nn

from stream_ae.optim.bounded_gd import BoundedGD
from stream_ae.optim.effect import Sample, StreamOptimizer, measured_step
from stream_ae.optim.muon import Muon
from stream_ae.optim.obgd import AdaptiveObGD, ObGD


@pytest.mark.parametrize("kind", [BoundedGD, ObGD, AdaptiveObGD])
def test_those_that_want_the_sample_say_so(kind: type[BoundedGD] | type[ObGD]) -> None:
    assert isinstance(kind([nn.Parameter(torch.ones(2))]), StreamOptimizer)


@pytest.mark.parametrize("kind", [Muon, torch.optim.SGD])
def test_plain_optimizers_need_nothing_of_it(kind: type[Muon] | type[torch.optim.SGD]) -> None:
    assert not isinstance(kind([nn.Parameter(torch.ones(2))], lr=0.1), StreamOptimizer)


def test_a_sample_needs_no_more_than_its_objective_and_its_closure() -> None:
    weight = nn.Parameter(torch.tensor(3.0))
    sample = Sample(weight.square(), lambda: weight.detach().square())
    value = sample.backward(sample.objective)
    assert (value.item(), value.requires_grad) == (9.0, False)
    assert weight.grad == torch.tensor(6.0)
    assert (sample.repeated, sample.reset, sample.probe) == (False, False, False)


def measure(*, power: float, after: float, start: float = 2.0) -> dict[str, float]:
    """What is measured of a weight that goes from ``start`` to ``after`` under L = w²."""
    weight = nn.Parameter(torch.tensor(start))
    objective = weight.square()
    sample = Sample(objective, lambda: weight.detach().square(), probe=True)
    value = sample.backward(objective**power)
    effect = measured_step(
        lambda: weight.data.fill_(after), [weight], sample=sample, value=value, power=power
    )
    return {name: float(number) for name, number in effect.items() if isinstance(number, float)}


@pytest.mark.parametrize("power", [1.0, 0.5])
def test_the_share_is_that_of_the_objective_whatever_was_differentiated(power: float) -> None:
    effect = measure(power=power, after=1.5)
    assert effect["effective_step"] == pytest.approx(4.0 * 0.5 / 4.0)  # −⟨∇L, Δw⟩ / L
    assert effect["update_ratio"] == pytest.approx(0.25)
    assert effect["overshoot"] == 0.0


def test_an_overshoot_is_a_higher_objective_and_not_an_equal_one() -> None:
    assert measure(power=1.0, after=-2.0)["overshoot"] == 0.0
    assert measure(power=1.0, after=-2.1)["overshoot"] == 1.0


def test_weights_of_zero_have_a_ratio_too() -> None:
    effect = measure(power=1.0, start=0.0, after=1.0)
    assert effect["update_ratio"] == pytest.approx(1e12)
    assert effect["effective_step"] == 0.0


def test_a_weight_without_gradient_counts_in_the_ratio_alone() -> None:
    weight, idle = nn.Parameter(torch.tensor(3.0)), nn.Parameter(torch.tensor(4.0))
    sample = Sample(weight.square(), lambda: weight.detach().square(), probe=True)
    value = sample.backward(sample.objective)
    effect = measured_step(
        lambda: weight.data.sub_(1.0), [weight, idle], sample=sample, value=value
    )
    assert effect["effective_step"] == pytest.approx(6.0 / 9.0)
    assert effect["update_ratio"] == pytest.approx(1.0 / 5.0)
