"""Whether a background still holds where another scene begins: another one, or in another light.

When that is, the frames alone say (:class:`~stream_ae.detection.scenes.SceneDetector`).
"""

import numpy as np
from numpy.typing import NDArray

from stream_ae.detection.scenes import APART
from stream_ae.frame import Rgb
from stream_ae.kernels.lighting import share_that_differs
from stream_ae.storage.state_file import SavedState

FAR = 52.0
"""Levels over three colours by which a pixel must differ to count."""

_LEAST_FAR = 0.25  # share of the pixels far from a background that no longer holds
_EXPLAINED, _EXPLAINED_STRUCTURE = 0.6, 0.5  # share of pixels that gains must explain
_BLOCK = 16  # pixels that share a gain
_STEEP = 60.0  # levels over three colours and both ways, from which on a slope is no noise
_DARK = 4.0  # levels that keep a ratio finite

Gains = NDArray[np.float32]


class Switches:
    """Tell where a background no longer holds.

    A fade goes on for some frames after another scene is told, so the background is asked about on
    the first twelve frames of a scene; and on one that has no neighbour, since nobody knows what
    happened before it.
    """

    def __init__(self) -> None:
        self._since = APART  # frames since another scene began

    def is_switched(self, rgb: Rgb, background: Rgb, *, begins: bool, is_first: bool) -> bool:
        """Whether a frame shows something else than the background, since another scene began.

        Args:
            rgb: (h, w, 3) uint8.
            background: likewise.
            begins: whether another scene begins with the frame.
            is_first: whether no neighbour of it came before.
        """
        self._since = 0 if begins else self._since + 1
        is_asked = self._since < APART or is_first
        return is_asked and share_that_differs(rgb, background, limit=FAR) > _LEAST_FAR

    def state_dict(self) -> SavedState:
        """All of it, as plain values."""
        return {"since": self._since}

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state."""
        self._since = state["since"]


def find_gains(rgb: Rgb, background: Rgb) -> Gains | None:
    """By what a background must be multiplied to show a frame; None where no light explains it.

    The gain of a block of 16 × 16 pixels is the median of (frame + 4) / (background + 4), that of
    a pixel lies between those of the blocks around it, linearly.

    Args:
        rgb: (h, w, 3) uint8.
        background: likewise.

    Returns:
        (h, w, 3) float32.
    """
    ratio = (rgb.astype(np.float32) + _DARK) / (background.astype(np.float32) + _DARK)
    height, width = rgb.shape[:2]
    rows, columns = -(-height // _BLOCK), -(-width // _BLOCK)
    beyond = ((0, rows * _BLOCK - height), (0, columns * _BLOCK - width), (0, 0))
    blocks = np.pad(ratio, beyond, mode="edge").reshape(rows, _BLOCK, columns, _BLOCK, 3)
    medians = np.median(blocks, axis=(1, 3)).astype(np.float32)
    gains = _between(_between(medians, height).swapaxes(0, 1), width).swapaxes(0, 1)
    lit = np.clip(background * gains, 0, 255)
    fits = np.abs(lit - rgb).sum(2) < FAR
    structure = _has_structure(rgb)
    explains = fits.mean() > _EXPLAINED and (
        not structure.any() or fits[structure].mean() > _EXPLAINED_STRUCTURE
    )
    return np.ascontiguousarray(gains) if explains else None


def _between(values: Gains, length: int) -> Gains:
    """Values of blocks at each pixel of the first axis, linearly, ends repeated."""
    at = np.clip((np.arange(length) + 0.5) / _BLOCK - 0.5, 0, len(values) - 1)
    below = np.floor(at).astype(np.int64)
    above = np.minimum(below + 1, len(values) - 1)
    share = (at - below).astype(np.float32)[:, None, None]
    between: Gains = values[below] * (1 - share) + values[above] * share
    return between


def _has_structure(rgb: Rgb) -> NDArray[np.bool_]:
    """The half of the pixels with the steepest slopes, if these are no noise."""
    grey = rgb.sum(2, dtype=np.float32)
    slope = np.zeros_like(grey)
    slope[:, 1:] += np.abs(np.diff(grey, axis=1))
    slope[1:] += np.abs(np.diff(grey, axis=0))
    steep: NDArray[np.bool_] = slope > max(_STEEP, float(np.median(slope)))
    return steep
