"""For how long each pixel has looked the same."""

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from stream_ae.kernels.stillness import Levels, grow_older, smooth_luma
from stream_ae.storage.state_file import SavedState

_NEAR = (6.0, 4.0)  # levels of 255, and times the noise: what no longer looks the same
_FOLLOWS = 0.3  # seconds in which what a pixel is compared with follows slow light


class Look(NamedTuple):
    """How one frame looks.

    Args:
        rgb: (h, w, 3), the frame.
        luma: (h, w) in [0, 255], a mean over 3 × 3 pixels.
        age: (h, w), seconds for which each pixel has looked the same.
    """

    rgb: NDArray[np.uint8]
    luma: Levels
    age: Levels


class PixelAges:
    """Counts for each pixel the seconds since it changed last."""

    def __init__(self) -> None:
        self._anchor: Levels | None = None
        self._age = np.zeros((0, 0), np.float32)

    def look(self, rgb: NDArray[np.uint8], *, noise: float, elapsed: float) -> Look:
        """The next frame; where frames were left out, :meth:`forget` comes before it."""
        luma = smooth_luma(rgb)
        if self._anchor is None or self._anchor.shape != luma.shape:
            self._anchor, self._age = luma.copy(), np.zeros_like(luma)
        grow_older(
            luma,
            anchor=self._anchor,
            age=self._age,
            elapsed=elapsed,
            threshold=max(_NEAR[0], _NEAR[1] * noise),
            rate=1 - math.exp(-elapsed / _FOLLOWS),
        )
        return Look(rgb, luma, self._age)

    def forget(self) -> None:
        """Begin again with the next frame."""
        self._anchor = None

    def state_dict(self) -> SavedState:
        """Its state, as tensors."""
        anchor = None if self._anchor is None else torch.from_numpy(self._anchor.copy())
        return {"anchor": anchor, "age": torch.from_numpy(self._age.copy())}

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a state."""
        anchor = state["anchor"]
        self._anchor = None if anchor is None else anchor.numpy().copy()
        self._age = state["age"].numpy().copy()
