"""Which frames are skipped: those that show nothing new, by a rule that can't fool itself.

A frame is skipped where four things hold. Next to no pixel changed since the frame before. Learning
a still frame no longer pays: what a step on one took from the error of the next was measured, and
is next to nothing. The frame is reconstructed as well as the last that was learned; the weights are
those of then, so an error that creeps up (dusk) is the scene's doing, and is learned. And one of
the last few frames was learned.
"""

import math
from collections.abc import Mapping

STILL = 0.002
"""Up to this share of changed pixels nothing changed: what a mask shows of noise is less."""

PAYS, PAYOFF_DECAY = 0.005, 0.8
"""A step pays where it takes this share from the error of the next still frame, in the mean with
this decay. The mean starts at 1, so that some are learned before the first is skipped."""

SLACK = 1.02
"""A squared error up to this multiple of that of the last frame learned is none the worse."""

AT_LEAST_EVERY = 16
"""One frame in this number is learned, whatever it shows."""


class Gate:
    """Whether a frame has to be learned; every frame is taken in afterwards.

    >>> gate = Gate()
    >>> for _ in range(40):  # nothing moves, and learning takes nothing from the error
    ...     gate.take(0.01, changed=0.0, learned=True)
    >>> gate.may_skip(changed=0.0) and gate.skips(0.01), gate.may_skip(changed=0.1)
    (True, False)
    """

    def __init__(self) -> None:
        self._payoff = 1.0
        self._reference = math.nan
        self._reference_is_still = False
        self._skipped = 0

    def may_skip(self, *, changed: float) -> bool:
        """Whether a frame may be skipped if it is predicted well; asked before it is predicted.

        Args:
            changed: share of pixels that changed, in [0, 1].
        """
        return changed <= STILL and self._payoff < PAYS and self._skipped < AT_LEAST_EVERY - 1

    def skips(self, mse: float) -> bool:
        """Whether a frame that may be skipped is predicted well enough for it.

        Args:
            mse: its squared error.
        """
        return mse <= SLACK * self._reference

    def take(self, mse: float, *, changed: float, learned: bool) -> None:
        """Take a frame in.

        Args:
            mse: its squared error, before it was learned.
            changed: share of pixels that changed, in [0, 1].
            learned: whether it was learned.
        """
        is_still = changed <= STILL
        if is_still and self._reference_is_still and not self._skipped:
            before = self._reference
            gain = (before - mse) / before if before > 0.0 else 0.0
            self._payoff += (1.0 - PAYOFF_DECAY) * (gain - self._payoff)
        if learned:
            self._reference, self._reference_is_still, self._skipped = mse, is_still, 0
        else:
            self._skipped += 1

    def state_dict(self) -> dict[str, float]:
        """What :meth:`load_state_dict` takes."""
        return {
            "payoff": self._payoff,
            "reference": self._reference,
            "reference_is_still": float(self._reference_is_still),
            "skipped": self._skipped,
        }

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Go on from a saved state."""
        self._payoff, self._reference = float(state["payoff"]), float(state["reference"])
        self._reference_is_still = bool(state["reference_is_still"])
        self._skipped = int(state["skipped"])
