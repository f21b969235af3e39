"""How fast what is in the foreground moves, by place."""

from typing import NamedTuple

import numpy as np
import torch

from stream_ae.detection.findings import Foreground
from stream_ae.frame import Rgb
from stream_ae.kernels.flow import block_flow, smooth_luma
from stream_ae.kernels.jit import Rows
from stream_ae.kernels.lighting import are_equal
from stream_ae.kernels.windows import CELL_SIZE, block_shares, cell_shares, window_speeds
from stream_ae.storage.state_file import SavedState

MIN_STEP = 0.06
"""Seconds between two pictures that are compared: between closer ones little moves and noise
counts for more, and it costs only half at 25 frames a second."""

MAX_STEP = 1.0
"""Seconds after which what was there before is not the same thing any more."""

MAX_REPEAT = 0.25
"""Seconds after which a picture that is still the same one is a scene in which nothing moves."""


UNUSUAL = 12.0
"""Grey levels, of 255, by which a pixel of the blurred picture differs from the background where it
counts as foreground, too: what is thin, as a bicycle, may be missing in a mask without specks."""

MOST_UNUSUAL = 0.5
"""Share of the picture above which it is the light that differs; then only the mask counts."""


class Seen(NamedTuple):
    """How things move in a frame.

    Args:
        speeds: (h // 8, w // 8) float32, of each cell, in pixels a second.
        cells: (h // 8, w // 8) float32 in [0, 1], share of each that is foreground.
        step: seconds since the frame that this one was compared with.
    """

    speeds: Rows
    cells: Rows
    step: float


class Motion:
    """Compares a picture with the last one that it was given."""

    def __init__(self) -> None:
        self._previous: Rgb | None = None
        self._time = 0.0
        self._shift = (0.0, 0.0)

    def is_soon(self, time: float) -> bool:
        """Whether too little time has passed to compare."""
        return self._previous is not None and 0 <= time - self._time < MIN_STEP

    def pan(self, shift: tuple[float, float]) -> None:
        """Note that the camera has moved, (x, y) in pixels."""
        self._shift = (self._shift[0] + shift[0], self._shift[1] + shift[1])

    def forget(self) -> None:
        """The next picture is no neighbour of the last one."""
        self._previous = None

    def look(self, rgb: Rgb, *, foreground: Foreground, time: float) -> Seen | None:
        """How things move at each place, relative to the scene.

        A picture that is the last one again says nothing: many a camera gives each one twice.

        Args:
            rgb: (h, w, 3) uint8.
            foreground: of this picture.
            time: of the picture, in seconds.

        Returns:
            None where there is nothing to compare with.
        """
        previous, step = self._previous, time - self._time
        if previous is not None and 0 < step <= MAX_REPEAT and are_equal(rgb, previous):
            return None
        shift = self._shift
        self._previous, self._time, self._shift = rgb.copy(), time, (0.0, 0.0)
        if previous is None or not 0 < step <= MAX_STEP:
            return None
        if not foreground.mask.any():
            nothing = np.zeros((len(rgb) // CELL_SIZE, rgb.shape[1] // CELL_SIZE), np.float32)
            return Seen(nothing, nothing, step)
        before, current = smooth_luma(previous), smooth_luma(rgb)
        blocks = _foreground_blocks(current, foreground)
        flow = block_flow(before, current, blocks=blocks, start=shift)
        flow -= np.asarray(shift, np.float32)
        speeds = window_speeds(flow, blocks) / np.float32(step)
        return Seen(speeds, cell_shares(blocks), step)

    def state_dict(self) -> SavedState:
        """What :meth:`load_state_dict` takes."""
        previous = None if self._previous is None else torch.from_numpy(self._previous.copy())
        return {"previous": previous, "time": self._time, "shift": self._shift}

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state."""
        previous = state["previous"]
        self._previous = None if previous is None else previous.numpy().copy()
        self._time, self._shift = state["time"], tuple(state["shift"])


def _foreground_blocks(current: Rows, foreground: Foreground) -> Rows:
    usual = smooth_luma(foreground.background)
    blocks = block_shares(foreground.mask, current=current, usual=usual, least=UNUSUAL)
    if blocks.mean() > MOST_UNUSUAL:
        blocks = block_shares(foreground.mask, current=current, usual=current, least=UNUSUAL)
    return blocks
