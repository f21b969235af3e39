"""From a score in any unit to how rare it is.

A conformal p-value (Vovk, Gammerman, Shafer, "Algorithmic Learning in a Random World", 2005): of
n frames so far and this one, the share that is at least as novel.
"""

import math
from collections import deque

import numpy as np
import torch
from numpy.typing import NDArray

from stream_ae.storage.state_file import SavedState

DELAY = 10.0
"""Seconds after which a frame counts: what happens now is compared with what was before it came,
and not with itself."""

_LOWEST, _HIGHEST, _BINS = 0.01, 16.0, 400  # 1.9 % from one to the next
_STEEP = 12.0  # a score 10 % lower counts as 0.9¹² = 0.28 of one at least as high


class Calibration:
    """The rarity of a score among those of frames that have passed, in constant memory.

    With the n scores x before, each counted as 1 where it is at least s and as ``(x / s)¹²``
    where it is less::

        rarity = 1 − (1 + Σ min(1, (x / s)¹²)) / (1 + n)

    A plain count is ``Σ [x ≥ s]``, which is never more. So a rarity of 0.99 is rarer than 1 in
    100 frames so far, and none is ever above ``1 − 1 / (1 + n)``: of few frames, nothing can be
    said to be rare. What is merely the highest of much that is alike is not rare, either. Scores
    that are equal, as those of frames in which nothing moves, all have the rarity 0.
    """

    def __init__(self) -> None:
        self._counts = np.zeros(_BINS + 1)
        self._waiting: deque[tuple[float, int]] = deque()  # when it came, and the bin of a score
        self._now = 0.0

    def rarity(self, score: float) -> float:
        """How rare a score is, in [0, 1)."""
        if score <= _LOWEST:
            return 0.0
        weights = _weights(_bin(score))
        return float(1 - (1 + (self._counts * weights).sum()) / (1 + self._counts.sum()))

    def learn(self, score: float, *, step: float) -> None:
        """Count a score, after a while.

        Args:
            score: at least 0.
            step: seconds since the one before, above 0.
        """
        self._now += step
        self._waiting.append((self._now, _bin(score)))
        while self._waiting[0][0] <= self._now - DELAY:
            self._counts[self._waiting.popleft()[1]] += 1

    def state_dict(self) -> SavedState:
        """What :meth:`load_state_dict` takes."""
        counts = torch.from_numpy(self._counts.copy())
        return {"counts": counts, "waiting": list(self._waiting), "now": self._now}

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state."""
        self._counts[:] = state["counts"].numpy()
        self._waiting = deque((time, at) for time, at in state["waiting"])
        self._now = state["now"]


def _bin(score: float) -> int:
    """The lowest one is of all that is nothing."""
    if score <= _LOWEST:
        return 0
    return min(_BINS, 1 + int(_BINS * math.log(score / _LOWEST) / math.log(_HIGHEST / _LOWEST)))


def _weights(at: int) -> NDArray[np.float64]:
    """What a score of each bin counts against one of this bin."""
    below = at - np.arange(_BINS + 1)
    ratio: float = (_LOWEST / _HIGHEST) ** (_STEEP / _BINS)
    weights: NDArray[np.float64] = ratio ** np.maximum(below, 0)
    return weights
