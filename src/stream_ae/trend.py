"""Whether a loss is falling, flat or rising: two exponential means in constant memory."""

import math
from collections.abc import Mapping


class Trend:
    """Where a loss is going: its fast exponential mean over its slow one.

    >>> trend = Trend()
    >>> for loss in (1.0, 0.5, 0.25):
    ...     trend.add(loss)
    >>> trend.ratio < 1.0
    True
    """

    FAST, SLOW = 0.8, 0.97
    JUMP = 2.0
    """A loss this many times the slow mean is something new: both means begin anew with it."""

    def __init__(self) -> None:
        self._fast = self._slow = math.nan
        self._age = 0

    @property
    def slow(self) -> float:
        """The slow mean; NaN before the first loss."""
        return self._slow

    def add(self, loss: float) -> None:
        """Take one loss in."""
        if math.isnan(self._slow) or loss > self.JUMP * self._slow:
            self._fast = self._slow = loss
            self._age = 0
        self._age += 1
        self._fast += (1.0 - self.FAST) * (loss - self._fast)
        self._slow += (1.0 - self.SLOW) * (loss - self._slow)

    @property
    def age(self) -> int:
        """How many losses came since the first, or since the last that was something new."""
        return self._age

    @property
    def ratio(self) -> float:
        """Below 1 while the loss falls, above while it rises; 1 before the first."""
        return self._fast / self._slow if self._slow > 0 else 1.0

    def state_dict(self) -> dict[str, float]:
        """What :meth:`load_state_dict` takes."""
        return {"fast": self._fast, "slow": self._slow, "age": self._age}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Go on from a saved state."""
        self._fast, self._slow = float(state["fast"]), float(state["slow"])
        self._age = int(state["age"])
