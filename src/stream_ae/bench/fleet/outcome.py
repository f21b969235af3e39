"""What became of a simulated fleet: counted as it happens, summed up at the end."""

from dataclasses import dataclass

import numpy as np

MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a fleet.

    Args:
        availability: share of the time in which a camera learns, over all of them.
        outages: how often a camera was lost and came back.
        median: seconds from the loss of a camera to its next learned frame; NaN without outages.
        p99: likewise, what one in a hundred exceeds.
        longest: likewise, the most of all.
        unseen: frames that nobody saw, of a million.
        again: frames before a loss that were in no checkpoint, of a million.
    """

    availability: float
    outages: int
    median: float
    p99: float
    longest: float
    unseen: float
    again: float


class Tally:
    """Counts outages of cameras while they happen."""

    def __init__(self) -> None:
        self._lost_at: dict[int, float] = {}
        self._away: list[float] = []
        self._unsaved = 0.0  # seconds

    def lost(self, camera: int, *, now: float, unsaved: float) -> None:
        """A camera was lost, with what it learned in ``unsaved`` seconds."""
        self._lost_at[camera] = now
        self._unsaved += unsaved

    def back(self, camera: int, *, now: float) -> None:
        """A camera learns again."""
        self._away.append(now - self._lost_at.pop(camera))

    def outcome(self, *, cameras: int, seconds: float) -> Outcome:
        """All of it, at the end of that time."""
        open_ended = sum(seconds - since for since in self._lost_at.values())
        camera_seconds = cameras * seconds
        unseen = (sum(self._away) + open_ended) / camera_seconds
        away = np.array(self._away or [np.nan])
        return Outcome(
            availability=1.0 - unseen,
            outages=len(self._away),
            median=float(np.median(away)),
            p99=float(np.quantile(away, 0.99)),
            longest=float(away.max()),
            unseen=MILLION * unseen,
            again=MILLION * self._unsaved / camera_seconds,
        )
