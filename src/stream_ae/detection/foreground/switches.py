"""Whether the whole picture changed at once: another scene, or the same one in another light."""

import numpy as np
from numpy.typing import NDArray

from stream_ae.frame import Rgb
from stream_ae.kernels.lighting import share_that_differs
from stream_ae.storage.state_file import SavedState

FAR = 52.0
"""Levels over three colours by which a pixel must differ to count."""

_LEAST_FAR, _MORE_FAR = 0.35, 0.25  # share of pixels far from the background, and more than usual
_LEAST_CHANGED, _TIMES_CHANGED = 0.3, 3.0  # share that changed, and as a multiple of the usual one
_APART = 12  # frames from one switch to the next
_RATE = 0.02  # of the running means
_USUAL = 0.1  # what they begin with
_EXPLAINED, _EXPLAINED_STRUCTURE = 0.6, 0.5  # share of pixels that gains must explain
_BLOCK = 16  # pixels that share a gain
_STEEP = 60.0  # levels over three colours and both ways, from which on a slope is no noise
_DARK = 4.0  # levels that keep a ratio finite

Gains = NDArray[np.float32]


class Switches:
    """Tell a cut from a switched light, and both from large objects."""

    def __init__(self) -> None:
        self._far = self._changed = _USUAL
        self._since = _APART

    def is_switched(self, rgb: Rgb, background: Rgb, *, changed: float | None) -> bool:
        """Whether a frame shows something else than the background, all at once.

        Args:
            rgb: (h, w, 3) uint8.
            background: likewise.
            changed: share of the pixels that differ from the frame before; None if there is none.
        """
        far = share_that_differs(rgb, background, limit=FAR)
        self._since += 1
        is_switched = (
            self._since >= _APART
            and far > max(_LEAST_FAR, self._far + _MORE_FAR)
            and (changed is None or changed > max(_LEAST_CHANGED, _TIMES_CHANGED * self._changed))
        )
        if is_switched:
            self._since, self._far = 0, _USUAL
        else:
            self._far += _RATE * (far - self._far)
        if changed is not None:
            self._changed += _RATE * (changed - self._changed)
        return is_switched

    def state_dict(self) -> SavedState:
        """All of it, as plain values."""
        return {"far": self._far, "changed": self._changed, "since": self._since}

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state."""
        self._far, self._changed, self._since = state["far"], state["changed"], state["since"]


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
