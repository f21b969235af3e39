"""What happens to the whole scene at once: a cut, the light switched, the camera moved.

The frames alone say when another scene begins; the foreground says, with that frame or soon after,
what it took it for. Here it is told, unless the picture is lost: a hand before the lens looks like
a cut, twice. So a jump waits half a second.
"""

import math
from typing import NamedTuple

from stream_ae.detection.events.clock import Moment
from stream_ae.detection.findings import SceneChange
from stream_ae.detection.scenes import APART
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
        self._waiting: dict[Moment, tuple[SceneChange, float]] = {}  # with the seconds so far
        self._begun: Moment | None = None  # when another scene began, until it is told
        self._since_lost = math.inf  # seconds

    def update(
        self,
        change: SceneChange | None,
        *,
        begins: bool,
        now: Moment,
        elapsed: float,
        is_lost: bool,
    ) -> list[Jump]:
        """The jumps that are told with this frame.

        Args:
            change: what the foreground says of the frame.
            begins: whether another scene begins with it.
            now: the frame.
            elapsed: seconds since the one before.
            is_lost: whether it shows nothing.
        """
        self._since_lost = 0.0 if is_lost else self._since_lost + elapsed
        if begins:
            self._begun = now
        elif self._begun is not None and now.number - self._begun.number >= APART:
            self._begun = None
        if self._since_lost < WAITS:
            self._waiting, self._begun, change = {}, None, None
        self._waiting = {at: (kind, s + elapsed) for at, (kind, s) in self._waiting.items()}
        if change is not None:
            self._take(change, now)
        told = [Jump(kind, at) for at, (kind, s) in self._waiting.items() if s >= WAITS]
        for jump in told:
            del self._waiting[jump.at]
            self._begun = None if jump.at == self._begun else self._begun
        return told

    def _take(self, change: SceneChange, now: Moment) -> None:
        """Let a jump wait, one for each scene that begins; what is a cut is nothing else."""
        at = self._begun
        if at is None and change == "camera_moved":  # it needs no other scene
            at = now
        if at is not None:
            kind, seconds = self._waiting.get(at, (change, 0.0))
            self._waiting[at] = ("cut" if change == "cut" else kind, seconds)

    def finish(self) -> list[Jump]:
        """The jumps that are told at the stream's end."""
        told = [Jump(kind, at) for at, (kind, _) in self._waiting.items()]
        self._waiting = {}
        return told

    def state_dict(self) -> SavedState:
        """Its state, as plain values."""
        waiting = [(kind, *at, seconds) for at, (kind, seconds) in self._waiting.items()]
        begun = None if self._begun is None else tuple(self._begun)
        return {"waiting": waiting, "since_lost": self._since_lost, "begun": begun}

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a state."""
        self._waiting = {
            Moment(number, time): (kind, seconds)
            for kind, number, time, seconds in state["waiting"]
        }
        self._since_lost = state["since_lost"]
        begun = state.get("begun")  # an older one has none
        self._begun = None if begun is None else Moment(*begun)
