"""What is usual at each height of the picture.

A thing far away is small and slow; what is far away is about as high in a picture wherever it
stands. So each row of cells has its own idea of what is usual, of as many values as it has cells.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from stream_ae.kernels.jit import Rows
from stream_ae.storage.state_file import SavedState

QUANTILE = 0.9995
"""Share of a row's values that are usual: the highest that counts as such has the score 1."""

HIGHEST = 2.0
"""A score above it says no more: twice as fast as ever, and ten times, are both novel."""

_BINS = 64
_NOVEL = 0.9  # score above which a value is hardly learned
_OF_NOVEL = 0.05  # how much what is novel is learned: else a few cyclists are usual soon
_TRUSTED = 200  # frames after which a row may call something novel and hardly learn it


class RowStatistics:
    """Score values against those before in their row, and only then learn them.

    Each row has a histogram, to which half of each neighbouring row's is added. With its quantile
    q of what is usual, a value v has the score ``min(2, v / (q + floor))``.

    Args:
        lowest: the upper edge of the first bin; what is less is nothing.
        highest: the upper edge of the last bin.
        floor: what is so little is not novel in a row where nothing has ever been.
    """

    def __init__(self, *, lowest: float, highest: float, floor: float) -> None:
        self._counts = np.zeros((0, _BINS))  # (rows, bins)
        self._edges = np.geomspace(lowest, highest, _BINS)
        self._floor, self._frames = floor, 0

    def score(self, values: Rows) -> Rows:
        """The scores of a frame's values, (rows, columns) float32; then the values are learned."""
        if not self._frames:
            self._counts = np.zeros((len(values), _BINS))
        if not values.any():
            self._frames += 1
            self._counts[:, 0] += values.shape[1]
            return np.zeros_like(values)
        usual = self._usual()[:, None] + self._floor
        scores = np.minimum(values / usual, HIGHEST).astype(np.float32)
        self._learn(values, novel=(values > _NOVEL * usual) & (self._frames >= _TRUSTED))
        return scores

    def state_dict(self) -> SavedState:
        """What :meth:`load_state_dict` takes."""
        return {"counts": torch.from_numpy(self._counts.copy()), "frames": self._frames}

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state."""
        self._counts = state["counts"].numpy().copy()
        self._frames = state["frames"]

    def _usual(self) -> NDArray[np.float64]:
        """The quantile of each row, linear within its bin; 0 where nearly all is nothing."""
        near = self._counts.copy()
        near[1:] += 0.5 * self._counts[:-1]
        near[:-1] += 0.5 * self._counts[1:]
        total = near.cumsum(axis=1)
        wanted = QUANTILE * total[:, -1]
        at = (total < wanted[:, None]).sum(axis=1)
        each = np.arange(len(at))
        share = (wanted - total[each, at - 1]) / np.maximum(near[each, at], 1e-9)
        low, high = self._edges[at - 1], self._edges[at]
        return np.where(at == 0, 0.0, low + share * (high - low))

    def _learn(self, values: Rows, *, novel: NDArray[np.bool_]) -> None:
        self._frames += 1
        bins = np.searchsorted(self._edges[:-1], values)
        rows = np.broadcast_to(np.arange(len(values))[:, None], bins.shape)
        np.add.at(self._counts, (rows, bins), np.where(novel, _OF_NOVEL, 1.0))
