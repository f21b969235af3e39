"""Whether a loss is still that of the same scene: a running mean in constant memory."""

import math
from collections.abc import Mapping

from stream_ae.optim.cuts_and_probes import SCENE_CUT

DECAY = 0.97
"""Of the exponential mean: about the last 33 losses count."""


class LossEMA:
    """Exponential mean of the losses of a scene, and the number of losses the scene has had.

    A loss over :data:`~stream_ae.optim.cuts_and_probes.SCENE_CUT` times the mean begins a new
    scene, or what the caller says: the mean starts again from it.

    >>> ema = LossEMA()
    >>> for loss in (1.0, 0.5, 0.25, 3.0):
    ...     ema.add(loss)
    >>> ema.age, ema.mean
    (1, 3.0)
    """

    def __init__(self) -> None:
        self._mean = math.nan
        self._age = 0

    @property
    def mean(self) -> float:
        """The mean of the scene's losses; NaN before the first."""
        return self._mean

    @property
    def age(self) -> int:
        """Losses since the scene began, its first included."""
        return self._age

    def add(self, loss: float, *, begins: bool = False) -> None:
        """Update the mean with one loss.

        Args:
            loss: a new one.
            begins: whether a scene is known to begin with it, whatever it is.
        """
        if math.isnan(self._mean) or begins or loss > SCENE_CUT * self._mean:
            self._mean, self._age = loss, 0
        self._age += 1
        self._mean += (1.0 - DECAY) * (loss - self._mean)

    def state_dict(self) -> dict[str, float]:
        """What :meth:`load_state_dict` takes."""
        return {"loss_mean": self._mean, "age": self._age}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Go on from a saved state."""
        self._mean, self._age = float(state["loss_mean"]), int(state["age"])
