import math

import torch

from stream_ae.bench.small.text import STEPS, sentences


def test_a_network_of_zeros_knows_nothing_and_frequencies_know_more() -> None:
    problem = sentences(0)
    with torch.no_grad():
        for weight in problem.model.parameters():
            weight.zero_()
    loss = problem.objective(0)().item()
    assert 20.0 < math.exp(loss) < 30.0  # as many letters
    assert problem.constant < loss


def test_the_state_is_carried_on() -> None:
    problem, other = sentences(0), sentences(0)
    for step in range(3):
        last = problem.objective(step)().item()
    assert last != other.objective(2)().item()  # the same letters without those before
    assert problem.steps == STEPS
