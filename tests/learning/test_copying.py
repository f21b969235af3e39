import copy
import pickle
from collections.abc import Callable
from multiprocessing.reduction import ForkingPickler

import pytest
import torch

from stream_ae.learning.copying import ByValue


class Pair(ByValue):
    """A weight, and what knows it by another way."""

    def __init__(self) -> None:
        self.weight = torch.nn.Parameter(torch.ones(3))
        self.optimizer = torch.optim.SGD([self.weight], lr=0.5)
        self.go_on = self.optimizer.step

    def step(self) -> None:
        self.weight.grad = torch.ones(3)
        self.go_on()


def _pickled(pair: Pair) -> Pair:
    loaded: Pair = pickle.loads(pickle.dumps(pair))
    return loaded


def _between_processes(pair: Pair) -> Pair:
    loaded: Pair = pickle.loads(ForkingPickler.dumps(pair))
    return loaded


@pytest.mark.parametrize("by", [copy.deepcopy, _pickled, _between_processes])
def test_a_copy_is_whole_and_shares_nothing(by: Callable[[Pair], Pair]) -> None:
    pair = Pair()
    pair.step()
    other = by(pair)
    assert torch.equal(other.weight, pair.weight)
    other.step()
    assert other.weight.tolist() == [0.0] * 3
    assert pair.weight.tolist() == [0.5] * 3
    assert other.optimizer.param_groups[0]["params"][0] is other.weight


def test_a_copy_within_a_copy_is_made_once() -> None:
    pair = Pair()
    one, other = copy.deepcopy([pair, pair])
    assert one is other


@pytest.mark.parametrize("by", [copy.deepcopy, _pickled])
def test_a_copy_made_for_inference_only_can_learn(by: Callable[[Pair], Pair]) -> None:
    with torch.inference_mode():
        other = by(Pair())
    assert not other.weight.is_inference()
    other.step()
    assert other.weight.tolist() == [0.5] * 3
