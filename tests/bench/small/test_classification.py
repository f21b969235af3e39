import math

import pytest
import torch

from stream_ae.bench.small.classification import STEPS, entropy, hyperplane, radial


def test_the_entropy_of_labels() -> None:
    assert entropy(torch.tensor([0, 1, 0, 1]), classes=2) == pytest.approx(math.log(2.0))
    assert entropy(torch.tensor([1, 1]), classes=3) == 0.0


@pytest.mark.parametrize(("make", "classes"), [(hyperplane, 2), (radial, 5)])
def test_classes_are_about_as_frequent_and_a_network_of_zeros_knows_nothing(
    make: type, classes: int
) -> None:
    problem = make(0)
    assert problem.steps == STEPS
    assert problem.constant == pytest.approx(math.log(classes), abs=0.1)
    with torch.no_grad():
        for weight in problem.model.parameters():
            weight.zero_()
    assert problem.objective(STEPS - 1)().item() == pytest.approx(math.log(classes))
