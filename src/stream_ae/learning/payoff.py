"""Whether learning still pays on a stream that shows nothing new.

Two things are asked of the errors of its still frames. What one step takes from the next frame says
whether a change is still being learned. And the learning curve says what was lost by frames that
were skipped: after n steps the error of a still scene is about ``c / n^a``, so after ``t`` frames
of which n were learned it is ``(t / n)^a`` times what it would be.
"""

import math
from collections.abc import Mapping

PAYS, DECAY = 0.02, 0.8
"""A step pays where it takes this share from the error of the next still frame, in the mean with
this decay. The mean starts at 1, so that some are learned before the first is skipped."""

LOST, LEAST_LOST = 0.05, 2.5e-6
"""How much higher the error may be for what was skipped: a share of it, or a squared error of
values in [0, 1], whichever is more. What nobody could see is no loss."""

FEWEST, MOST = 50, 400
"""Still frames learned before any is skipped, and those that the learning curve goes back over: of
more, it would remember the person who passed by a minute ago."""

_LATE, _EARLY = 8.0, 2.0
"""Of two means of the logarithm of the error, with weights of k^(p − 1) for the k-th frame: their
distance is a (1/2 − 1/8)."""

_TINY = 1e-6
"""A squared error that is as good as none: a quarter of a level."""


class Payoff:
    """What learning takes from the error of still frames, in constant memory.

    >>> payoff = Payoff()
    >>> for _ in range(60):  # the error stays where it is
    ...     payoff.add(0.01, before=0.01)
    >>> payoff.is_spent(0.01)
    True
    """

    def __init__(self) -> None:
        self._gain, self._late, self._early = 1.0, 0.0, 0.0
        self._learned, self._frames = 0.0, 0.0

    def is_spent(self, mse: float) -> bool:
        """Whether a still frame may be skipped.

        Args:
            mse: squared error of the last one learned.
        """
        if self._gain >= PAYS or self._learned < FEWEST:
            return False
        exponent = max(0.0, (self._early - self._late) / (1 / _EARLY - 1 / _LATE))
        lost = exponent * math.log(self._frames / self._learned)
        return lost <= max(LOST, LEAST_LOST / max(mse, _TINY))

    def add(self, mse: float, *, before: float) -> None:
        """Take in a still frame that is learned.

        Args:
            mse: its squared error, before it was.
            before: that of the frame learned before it, in the same way.
        """
        gain = (before - mse) / before if before > 0.0 else 0.0
        self._gain += (1.0 - DECAY) * (gain - self._gain)
        self._learned += 1.0
        self._frames += 1.0
        if self._learned > MOST:  # what is older fades
            self._frames *= MOST / self._learned
            self._learned = MOST
        level = math.log(mse + _TINY)
        self._late += min(1.0, _LATE / self._learned) * (level - self._late)
        self._early += min(1.0, _EARLY / self._learned) * (level - self._early)

    def skip(self) -> None:
        """Take in a still frame that is not learned."""
        self._frames += 1.0

    def state_dict(self) -> dict[str, float]:
        """What :meth:`load_state_dict` takes."""
        return {
            "gain": self._gain,
            "late": self._late,
            "early": self._early,
            "learned": self._learned,
            "frames": self._frames,
        }

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Go on from a saved state."""
        self._gain = float(state["gain"])
        self._late, self._early = float(state["late"]), float(state["early"])
        self._learned, self._frames = float(state["learned"]), float(state["frames"])
