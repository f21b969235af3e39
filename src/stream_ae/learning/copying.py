"""Copies that share nothing: what is learned in one is unknown to the other."""

import copy
import pickle
from typing import Self

import torch


class ByValue:
    """What is copied and pickled whole, by value, with all that belongs together.

    Pickled as it is between processes, PyTorch's tensors would stay shared: a worker that learns
    would change the weights of its parent.
    """

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        """Make one that goes on as this one would."""
        other = type(self).__new__(type(self))
        memo[id(self)] = other
        with torch.inference_mode(False):  # under it, a copied weight could not learn
            vars(other).update(copy.deepcopy(vars(self), memo))
        return other

    def __getstate__(self) -> bytes:
        """All that it has, as bytes."""
        return pickle.dumps(vars(self))

    def __setstate__(self, state: bytes) -> None:
        """Become what was pickled."""
        with torch.inference_mode(False):
            vars(self).update(pickle.loads(state))
