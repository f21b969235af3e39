"""How much time passes between two frames, whatever a stream's timestamps say.

Timestamps stand still, jump when a camera reconnects, and begin again when a file is looped. What
waits for a second to pass must wait neither for ever nor not at all.
"""

from collections import deque
from typing import NamedTuple

from stream_ae.storage.state_file import SavedState

LONGEST = 2.0
"""Seconds between two frames that still count as time passing; of a longer gap no more is counted,
unless the stream is that slow."""

_USUAL = 0.04  # seconds between frames, before any has been seen
_RATE = 0.05  # of the running mean of it
_REMEMBERED = 300  # frames: 5 s at 60 frames/s
_SLOWER = 4.0  # times the usual seconds: the most that one gap counts


class Moment(NamedTuple):
    """When a frame was: its number, from 1, and its time by the stream's own clock, in seconds."""

    number: int
    time: float


class Clock:
    """Counts the seconds from frame to frame, and knows which frame was how long ago."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._usual = _USUAL
        self._recent: deque[tuple[Moment, float]] = deque()  # with the seconds since the one before

    def advance(self, now: Moment) -> float:
        """Seconds since the frame before, above 0; the usual ones where its time says nothing."""
        step = now.time - self._last if self._last is not None else 0.0
        self._last = now.time
        elapsed = self._usual
        if step > 0:
            slower = _SLOWER * self._usual
            elapsed = min(step, max(LONGEST, slower))
            self._usual += _RATE * (min(step, slower) - self._usual)
        self._recent.append((now, elapsed))
        if len(self._recent) > _REMEMBERED:
            self._recent.popleft()
        return elapsed

    def ago(self, seconds: float) -> Moment:
        """The first frame that is at most so long ago, as far as it is remembered."""
        found, passed = self._recent[-1][0], 0.0
        for moment, elapsed in reversed(self._recent):
            if passed > seconds:
                break
            found, passed = moment, passed + elapsed
        return found

    def state_dict(self) -> SavedState:
        """Its state, as plain values."""
        recent = [(*moment, elapsed) for moment, elapsed in self._recent]
        return {"last": self._last, "usual": self._usual, "recent": recent}

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a state."""
        self._last, self._usual = state["last"], state["usual"]
        self._recent = deque((Moment(n, t), elapsed) for n, t, elapsed in state["recent"])
