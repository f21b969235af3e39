"""Whether a loss is still that of the scene it was: a running mean in constant memory."""

import math
from collections.abc import Mapping


class UsualLoss:
    """The usual loss of a scene, and how long it has been going on.

    >>> usual = UsualLoss()
    >>> for loss in (1.0, 0.5, 0.25, 3.0):
    ...     usual.add(loss)
    >>> usual.age
    1
    """

    DECAY = 0.97
    JUMP = 2.0
    """A loss this many times the usual one is something new: a scene begins with it."""

    def __init__(self) -> None:
        self._mean = math.nan
        self._age = 0

    @property
    def mean(self) -> float:
        """The exponential mean of the scene's losses; NaN before the first."""
        return self._mean

    @property
    def age(self) -> int:
        """How many losses the scene has had."""
        return self._age

    def add(self, loss: float) -> None:
        """Take one loss in."""
        if math.isnan(self._mean) or loss > self.JUMP * self._mean:
            self._mean, self._age = loss, 0
        self._age += 1
        self._mean += (1.0 - self.DECAY) * (loss - self._mean)

    def state_dict(self) -> dict[str, float]:
        """What :meth:`load_state_dict` takes."""
        return {"usual": self._mean, "age": self._age}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Go on from a saved state."""
        self._mean, self._age = float(state["usual"]), int(state["age"])
