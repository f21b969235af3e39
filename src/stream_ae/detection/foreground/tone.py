"""Light that changes slowly and a camera's own exposure: a line over brightness for each colour."""

import numpy as np
import torch
from numpy.typing import NDArray

from stream_ae.frame import Rgb
from stream_ae.kernels.lighting import TONES, apply_tables, median_tones, shares_that_differ
from stream_ae.storage.state_file import SavedState

NEAR = 22.0
"""Levels over three colours within which a pixel is taken for the background here."""

_FASTEST = 3.0  # levels that a tone may change by a frame
_KEPT, _DROPPED = 0.98, 0.8  # what stays of a tone a frame, and of one that does not help
_HELPS = 0.005  # share of the pixels that a tone must bring nearer
_LEAST = 200  # places that must be known
_RIDGE = 400.0  # levels², against slopes from a narrow range of brightness
_RANGE = 30.0  # standard deviation of brightness from which on there is a slope
_SLOPE = 2.0  # levels that a slope must be worth

_LEVELS = np.arange(256, dtype=np.float32)

Curve = NDArray[np.float32]


class Tone:
    """The tone of a frame against the background's, followed from frame to frame."""

    def __init__(self) -> None:
        self._delta = np.zeros((3, 256), np.float32)

    def match(
        self, rgb: Rgb, background: Rgb, *, skip: NDArray[np.uint8], is_due: bool = True
    ) -> Rgb:
        """A frame in the background's tone; the frame itself where that does not help.

        Args:
            rgb: (h, w, 3) uint8.
            background: likewise.
            skip: (h, w) uint8, 1 where nothing is compared.
            is_due: whether to look for a change of the tone.
        """
        if is_due:
            tones = median_tones(rgb, background, skip=skip)
            for delta, places, medians in zip(self._delta, *tones, strict=True):
                line = _find_line(places, medians, otherwise=delta)
                delta += np.clip(line - delta, -_FASTEST, _FASTEST)
            self._delta *= np.float32(_KEPT)
        if np.abs(self._delta).max() < 0.5:
            return rgb
        tables = np.clip(np.rint(_LEVELS + self._delta), 0, 255).astype(np.uint8)
        before, after = shares_that_differ(rgb, background, tables=tables, limit=NEAR)
        if before - after > _HELPS:
            return apply_tables(rgb, tables)
        self._delta *= np.float32(_DROPPED)
        return rgb

    def state_dict(self) -> SavedState:
        """All of it, as a tensor."""
        return {"delta": torch.from_numpy(self._delta.copy())}

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state."""
        self._delta[...] = state["delta"].numpy()


def _find_line(places: NDArray[np.int32], medians: NDArray[np.int32], *, otherwise: Curve) -> Curve:
    """By how much each level is too dark: a line through the medians of the tones.

    Args:
        places: (32,), see :func:`median_tones`.
        medians: likewise.
        otherwise: where too little is known.
    """
    weight = places.astype(np.float64)
    total = weight.sum()
    if total < _LEAST:
        return otherwise
    level = (np.arange(TONES) + 0.5) * 256 / TONES - 0.5
    middle, offset = (weight @ level) / total, (weight @ medians) / total
    variance = (weight @ (level - middle) ** 2) / total
    slope = (weight @ ((level - middle) * (medians - offset))) / total / (variance + _RIDGE)
    if variance <= _RANGE**2 or abs(slope) * variance**0.5 <= _SLOPE:
        slope = 0.0
    line: Curve = (offset + slope * (_LEVELS - middle)).astype(np.float32)
    return line
