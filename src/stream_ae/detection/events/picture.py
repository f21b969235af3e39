"""Whether the camera shows anything: covered, black.

A camera is *covered* when the structure that its picture usually has is gone. Light does not take
it away, as steepness is measured against brightness. It is *black* when hardly a place is bright.
"""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.survey import block_means, summarize
from stream_ae.storage.state_file import SavedState

PictureKind = Literal["covered", "black"]

LASTS = 0.5
"""Seconds for which a camera shows nothing before it is told."""

_DARK = 16.0  # levels of 255 below which a place is dark
_MOST = 0.98  # share of the places that are dark in a black picture
_FLAT = 4.0  # levels: standard deviation of a picture below which it shows nothing
_BARE = 0.2  # of the usual structure, below which nothing is left of it
_USUAL = 30.0  # seconds of the running mean of the structure
_OFFSET = 8.0  # levels that are added to the brightness, so that noise in the dark is no structure


class PictureLoss:
    """Whether the picture is lost, from frame to frame."""

    def __init__(self) -> None:
        self._usual = 0.0
        self._kind: PictureKind | None = None
        self._seconds = 0.0

    @property
    def is_likely(self) -> bool:
        """Whether the last frame shows nothing, told or not."""
        return self._kind is not None

    @property
    def seconds(self) -> float:
        """For how long the picture has been as it is."""
        return self._seconds

    def update(self, rgb: NDArray[np.uint8], *, elapsed: float) -> PictureKind | None:
        """What the picture has become with this frame, LASTS seconds after it has.

        Args:
            rgb: (h, w, 3).
            elapsed: seconds since the frame before.
        """
        seen = summarize(block_means(rgb), dark=_DARK)
        structure = seen.steepness / (seen.mean + _OFFSET)
        kind: PictureKind | None = None
        if seen.dark >= _MOST:
            kind = "black"
        elif seen.deviation < _FLAT or structure < _BARE * self._usual:
            kind = "covered"
        else:
            rate = 1 - math.exp(-elapsed / _USUAL) if self._usual else 1.0
            self._usual += rate * (structure - self._usual)
        before = self._seconds if kind == self._kind else 0.0
        self._kind, self._seconds = kind, before + elapsed
        return kind if before < LASTS <= self._seconds else None

    def state_dict(self) -> SavedState:
        """Its state, as plain values."""
        return {"usual": self._usual, "kind": self._kind, "seconds": self._seconds}

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a state."""
        self._usual, self._kind, self._seconds = state["usual"], state["kind"], state["seconds"]
