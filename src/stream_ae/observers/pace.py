"""A recorded stream at its own pace, for people who want to see it as it was."""

import time
from collections.abc import Callable

from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step

_LATE = 1.0  # seconds behind after which nothing is made up for
_NAP = 0.05  # seconds between two looks for whether the stream has been stopped


class Pacer(Observer):
    """Waits after each step until the stream's own clock has come to it.

    Args:
        is_on: whether it waits; may be changed between two frames.
        stopped: whether the stream is being stopped.
        clock: seconds since any fixed time.
        sleep: waits for some seconds.
    """

    part = "pace"

    def __init__(
        self,
        *,
        is_on: bool,
        stopped: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.is_on = is_on
        self._stopped, self._clock, self._sleep = stopped, clock, sleep
        self._offset: float | None = None  # from the stream's clock to ours

    def on_step(self, step: Step) -> None:
        """Wait until the time of the step's frame has come."""
        if not self.is_on:
            self._offset = None
            return
        now, at = self._clock(), step.frame.time
        is_late = self._offset is not None and now - (at + self._offset) > _LATE
        if self._offset is None or step.frame.is_first or is_late:
            self._offset = now - at
        while (left := at + self._offset - self._clock()) > 0 and not self._stopped():
            self._sleep(min(left, _NAP))
