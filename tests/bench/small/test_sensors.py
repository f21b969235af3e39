import pytest
import torch

from stream_ae.bench.small.sensors import STEPS, gaps


def test_a_constant_is_better_than_nothing() -> None:
    problem = gaps(0)
    with torch.no_grad():
        for weight in problem.model.parameters():
            weight.zero_()
    squares = [problem.objective(step)().item() for step in range(STEPS)]
    assert 0.5 * sum(squares) / STEPS < problem.constant < sum(squares) / STEPS


def test_every_objective_has_something_to_learn() -> None:
    problem = gaps(1)
    assert all(problem.objective(step)().isfinite() for step in range(STEPS))


@pytest.mark.parametrize("seed", [0, 1])
def test_the_stream_follows_the_seed(seed: int) -> None:
    assert gaps(seed).constant == gaps(seed).constant
    assert gaps(seed).constant != gaps(seed + 2).constant
