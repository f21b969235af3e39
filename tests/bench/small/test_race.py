from functools import partial

import pytest
import torch
from torch import nn

from stream_ae.bench.small.problem import Objective, Prediction, Problem
from stream_ae.bench.small.race import errors, mean_and_end
from stream_ae.optim import BoundedGD, ObGD

half_a_step = partial(torch.optim.SGD, lr=0.25)
"""On w² it takes w to half of what it was."""


def parabola(steps: int = 8) -> Problem:
    """The objective w² at w = 1 with the same sample at each step."""
    model = nn.Linear(1, 1, bias=False)
    nn.init.ones_(model.weight)

    def objective(step: int) -> Objective:
        del step
        return lambda: model.weight.square().sum()

    return Problem(model, steps, objective, constant=1.0)


def test_each_sample_is_scored_before_it_is_learned() -> None:
    assert errors(parabola(3), half_a_step).tolist() == [1.0, 0.25, 0.0625]


def test_the_end_is_the_last_quarter() -> None:
    mean, end = mean_and_end(parabola(4), half_a_step)
    assert end == 0.25**3
    assert mean == pytest.approx((1 + 0.25 + 0.25**2 + 0.25**3) / 4)


def test_an_error_that_is_not_finite_ends_the_stream_as_infinite() -> None:
    found = errors(parabola(60), partial(torch.optim.SGD, lr=1e6))
    assert found[0] == 1.0
    assert found[-1] == torch.inf
    assert not found.isnan().any()


def test_a_bounded_step_measures_itself() -> None:
    found = errors(parabola(), BoundedGD)
    assert found[-1] < found[0]


def test_values_are_given_to_obgd_as_it_wants_them() -> None:
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)

    def predict(step: int) -> Prediction:
        del step
        return Prediction(model.weight.sum(), torch.tensor(1.0))

    def objective(step: int) -> Objective:
        return lambda: 0.5 * (1.0 - predict(step).value).square()

    problem = Problem(model, 20, objective, constant=0.0, predict=predict)
    found = errors(problem, partial(ObGD, gamma=0.0))
    assert found[0] == 0.5
    assert found[-1] < 1e-3
