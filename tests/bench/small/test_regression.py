import pytest
import torch

from stream_ae.bench.small.problem import Problem
from stream_ae.bench.small.regression import STEPS, correlated, shuffled


def squared_targets(problem: Problem) -> list[float]:
    """y² of every sample: the error of a network that says 0."""
    with torch.no_grad():
        for weight in problem.model.parameters():
            weight.zero_()
        return [problem.objective(step)().item() for step in range(STEPS)]


def test_a_shuffled_stream_has_the_samples_of_the_correlated_one_in_another_order() -> None:
    first, second = squared_targets(correlated(0)), squared_targets(shuffled(0))
    assert first != second
    assert sorted(first) == sorted(second)


def test_the_constant_is_about_half_the_variance_of_a_sine() -> None:
    problem = correlated(0)
    assert problem.constant == pytest.approx(0.5, abs=0.05)
    assert sum(squared_targets(problem)) / STEPS >= problem.constant


def test_neighbours_are_alike_unless_shuffled() -> None:
    def roughness(problem: Problem) -> float:
        values = torch.tensor(squared_targets(problem)).sqrt()
        return values.diff().square().mean().item()

    assert roughness(correlated(1)) < 0.9 * roughness(shuffled(1))
