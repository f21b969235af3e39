"""What happens to the whole scene at once: a cut, the light switched, the camera moved.

The foreground says what it took a jump of the picture for. Here it is told, unless the picture is
lost: a hand before the lens looks like a cut, twice. So a jump waits half a second.
"""

import math
from typing import NamedTuple

from stream_ae.detection.events.clock import Moment
from stream_ae.detection.findings import SceneChange
from stream_ae.storage.state_file import SavedState

WAITS = 0.6
"""Seconds after which a jump is told: a little more than it takes to know that nothing is shown."""


class Jump(NamedTuple):
    """Something that happened to the whole picture."""

    kind: SceneChange
    at: Moment


class SceneJumps:
    """Jumps of the picture that were not told yet."""

    def __init__(self) -> None:
        self._waiting: tuple[tuple[Jump, float], ...] = ()
        self._since_lost = math.inf  # seconds

    def update(
        self, change: SceneChange | None, *, now: Moment, elapsed: float, is_lost: bool
    ) -> list[Jump]:
        """The jumps that are told with this frame.

        Args:
            change: what the foreground says of it.
            now: the frame.
            elapsed: seconds since the one before.
            is_lost: whether it shows nothing.
        """
        self._since_lost = 0.0 if is_lost else self._since_lost + elapsed
        if self._since_lost < WAITS:
            self._waiting, change = (), None
        waiting = [(jump, seconds + elapsed) for jump, seconds in self._waiting]
        if change is not None and all(jump.kind != change for jump, _ in waiting):
            waiting.append((Jump(change, now), 0.0))
        self._waiting = tuple(pair for pair in waiting if pair[1] < WAITS)
        return [jump for jump, seconds in waiting if seconds >= WAITS]

    def finish(self) -> list[Jump]:
        """The jumps that are told at the stream's end."""
        told = [jump for jump, _ in self._waiting]
        self._waiting = ()
        return told

    def state_dict(self) -> SavedState:
        """Its state, as plain values."""
        waiting = [(jump.kind, *jump.at, seconds) for jump, seconds in self._waiting]
        return {"waiting": waiting, "since_lost": self._since_lost}

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a state."""
        self._waiting = tuple(
            (Jump(kind, Moment(number, time)), seconds)
            for kind, number, time, seconds in state["waiting"]
        )
        self._since_lost = state["since_lost"]
