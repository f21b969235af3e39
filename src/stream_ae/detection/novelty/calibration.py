"""From a score in any unit to how rare it is.

A conformal p-value (Vovk, Gammerman, Shafer, "Algorithmic Learning in a Random World", 2005): of
n frames so far and this one, the share that is at least as novel.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray

from stream_ae.storage.state_file import SavedState

_LOWEST, _HIGHEST, _BINS = 0.01, 16.0, 400  # 1.9 % from one to the next
_NEAR = 16.0  # a score 10 % lower counts as 0.9¹⁶ = 0.19 of one at least as high


class Calibration:
    """The rarity of a score among those so far, in constant memory.

    With the n scores x before, each counted as 1 where it is at least s and as ``(x / s)¹⁶``
    where it is less::

        rarity = 1 − (1 + Σ min(1, (x / s)¹⁶)) / (1 + n)

    A plain count is ``Σ [x ≥ s]``, which is never more. So a rarity of 0.99 is rarer than 1 in
    100 frames so far, and none is ever above ``1 − 1 / (1 + n)``: of few frames, nothing can be
    said to be rare. What is merely the highest of much that is alike is not rare, either. Scores
    that are equal, as those of frames in which nothing moves, all have the rarity 0.
    """

    def __init__(self) -> None:
        self._counts = np.zeros(_BINS + 1)

    def rarity(self, score: float) -> float:
        """How rare a score is, in [0, 1), before it counts itself."""
        weights = _weights(_bin(score))
        return float(1 - (1 + (self._counts * weights).sum()) / (1 + self._counts.sum()))

    def learn(self, score: float) -> None:
        """Count a score."""
        self._counts[_bin(score)] += 1

    def state_dict(self) -> SavedState:
        """What :meth:`load_state_dict` takes."""
        return {"counts": torch.from_numpy(self._counts.copy())}

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state."""
        self._counts[:] = state["counts"].numpy()


def _bin(score: float) -> int:
    """The lowest one is of all that is nothing."""
    if score <= _LOWEST:
        return 0
    return min(_BINS, 1 + int(_BINS * math.log(score / _LOWEST) / math.log(_HIGHEST / _LOWEST)))


def _weights(at: int) -> NDArray[np.float64]:
    below = at - np.arange(_BINS + 1)
    ratio: float = (_LOWEST / _HIGHEST) ** (_NEAR / _BINS)
    weights: NDArray[np.float64] = ratio ** np.maximum(below, 0)
    return weights
