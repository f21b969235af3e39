"""A picture that no longer changes although the stream goes on: frozen.

Noise alone changes some pixels of a living picture all the time, and in a frozen one none. That
says nothing where no pixel ever changes by itself, as in a drawn scene, and little where a codec
repeats what hardly changed. So a picture is frozen only if the stream has been alive, and if it has
never stood still for a third as long before: a clip that repeats each picture is not.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray

from stream_ae.detection.findings import Mask
from stream_ae.kernels.survey import SIZE, compare
from stream_ae.storage.state_file import SavedState

LASTS = 1.0
"""Seconds for which a picture stands still before it is frozen."""

_ALIVE = 10.0  # seconds of the running mean of the pixels that change by themselves
_LIVELY = 0.05  # share of the pixels that change by themselves, so that it can be known at all
_EQUAL = 0.02  # of that share: what may change in a frozen picture
_LONGER = 3.0  # times the longest standstill so far that ended by itself
_DOUBTFUL = 0.3  # seconds after which nothing is learned of a picture that stands still


class Freeze:
    """Whether a picture stands still, from frame to frame."""

    def __init__(self) -> None:
        self._before: NDArray[np.uint8] | None = None
        self._alive = 0.0
        self._same, self._longest = 0.0, 0.0  # seconds
        self._is_told = False

    @property
    def is_likely(self) -> bool:
        """Whether the picture has stood still for so long that no time passes in it."""
        return self._same > _DOUBTFUL and self._alive >= _LIVELY

    @property
    def seconds(self) -> float:
        """For how long it has stood still."""
        return self._same

    def update(self, rgb: NDArray[np.uint8], *, mask: Mask, elapsed: float, is_first: bool) -> bool:
        """Whether the picture has become frozen with this frame.

        Args:
            rgb: (h, w, 3).
            mask: (h, w), what is foreground, and moves.
            elapsed: seconds since the frame before.
            is_first: whether the frame before is no neighbour.
        """
        height, width = rgb.shape[0] // SIZE, rgb.shape[1] // SIZE
        has_neighbour = self._before is not None and self._before.shape == (height, width, 3)
        if self._before is None or not has_neighbour:
            self._before = np.zeros((height, width, 3), np.uint8)
        differs, own = compare(rgb, self._before, mask=mask)
        if is_first or not has_neighbour:
            self._same = 0.0
            return False
        if differs > _EQUAL * self._alive:
            self._end()
        else:
            self._same += elapsed
        if self._same <= _DOUBTFUL and own is not None:
            self._alive += (1 - math.exp(-elapsed / _ALIVE)) * (own - self._alive)
        is_new = self.is_likely and self._same >= max(LASTS, _LONGER * self._longest)
        is_new &= not self._is_told
        self._is_told |= is_new
        return is_new

    def _end(self) -> None:
        """The picture has changed: a standstill that was none to tell is usual here."""
        if not self._is_told:
            self._longest = max(self._longest, self._same)
        self._same, self._is_told = 0.0, False

    def state_dict(self) -> SavedState:
        """Its state, as a tensor and plain values."""
        return {
            "before": None if self._before is None else torch.from_numpy(self._before.copy()),
            "alive": self._alive,
            "same": self._same,
            "longest": self._longest,
            "is_told": self._is_told,
        }

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a state."""
        before = state["before"]
        self._before = None if before is None else before.numpy().copy()
        self._alive, self._same = state["alive"], state["same"]
        self._longest, self._is_told = state["longest"], state["is_told"]
