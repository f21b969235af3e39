"""Whether the camera has been moved, from the shift between neighbouring frames.

A camera that shakes comes back; one that was moved stays away. A long sweep is one movement: only
after a rest does another begin.
"""

import math

from stream_ae.detection.events.clock import Moment
from stream_ae.storage.state_file import SavedState

MOVED = 2.0
"""Pixels by which the camera has moved."""

_STAYS = 1.0  # seconds for which it stays moved
_RESTS = 2.0  # seconds for which it does not move before another movement is a new one
_STEADY = 0.5  # pixels within which it rests


class CameraMoves:
    """Where the camera is, against where it rested last."""

    def __init__(self) -> None:
        self._x = self._y = 0.0
        self._rest_x = self._rest_y = 0.0
        self._away = self._rest = 0.0  # seconds
        self._start: Moment | None = None
        self._is_told = False

    def update(self, shift: tuple[float, float], *, now: Moment, elapsed: float) -> Moment | None:
        """When the camera began to move, with the frame that shows that it stays moved.

        Args:
            shift: how far it has moved since the frame before, in pixels.
            now: the frame.
            elapsed: seconds since the one before.
        """
        self._x, self._y = self._x + shift[0], self._y + shift[1]
        distance = math.hypot(self._x, self._y)
        if distance <= _STEADY:
            self._start = None
        elif self._start is None:
            self._start = now
        self._away = self._away + elapsed if distance > MOVED else 0.0
        if math.hypot(self._x - self._rest_x, self._y - self._rest_y) <= _STEADY:
            self._rest += elapsed
        else:
            self._rest, self._rest_x, self._rest_y = 0.0, self._x, self._y
        if self._away >= _STAYS and not self._is_told:
            self._is_told = True
            return self._start
        if self._rest >= _RESTS:
            self.settle()
        return None

    def settle(self, *, is_told: bool = False) -> None:
        """Take where the camera is for where it belongs.

        Args:
            is_told: whether it is known that it moves, until it rests.
        """
        self.__init__()  # type: ignore[misc]
        self._is_told = is_told

    def state_dict(self) -> SavedState:
        """Its state, as plain values."""
        start = None if self._start is None else tuple(self._start)
        return {**vars(self), "_start": start}

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a state."""
        vars(self).update(state)
        self._start = None if state["_start"] is None else Moment(*state["_start"])
