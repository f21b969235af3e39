import pytest
import torch

from stream_ae.bench.small.problem import Problem
from stream_ae.bench.small.values import DISCOUNT, STEPS, walk


def zeros() -> Problem:
    problem = walk(0)
    with torch.no_grad():
        for weight in problem.model.parameters():
            weight.zero_()
    return problem


def test_true_values_are_the_mean_of_what_follows() -> None:
    problem = zeros()
    assert problem.error is not None
    assert problem.predict is not None
    true = [problem.error(step) ** 0.5 for step in range(STEPS)]  # of a network that says 0
    rewards = [problem.predict(step).target.item() for step in range(STEPS)]
    assert sum(rewards) == pytest.approx(STEPS / 19, rel=0.2)
    returns, total = [], 0.0
    for reward in reversed(rewards):
        total = reward + DISCOUNT * total
        returns.append(total)
    assert sum(true) / STEPS == pytest.approx(sum(returns) / STEPS, rel=0.1)


def test_the_objective_is_half_the_squared_error_of_value_and_target() -> None:
    problem = walk(0)
    assert problem.predict is not None
    value, target = problem.predict(7)
    assert problem.objective(7)().item() == pytest.approx(0.5 * (target - value).item() ** 2)
    assert not target.requires_grad


def test_the_target_stays_where_it_was_when_the_weights_move() -> None:
    problem = walk(0)
    objective = problem.objective(3)
    before = objective().item()
    with torch.no_grad():
        for weight in problem.model.parameters():
            weight.zero_()
    assert problem.predict is not None
    assert objective().item() != before
    assert objective().item() != 0.5 * problem.predict(3).target.item() ** 2
