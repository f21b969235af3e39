"""Where the wall time of a frame goes, part by part and without a gap."""

import time


class Clock:
    """Wall time by part: each lap gives the time since the last one to a part, so none is lost.

    The clock starts with :meth:`start`, or by itself with the first lap, which then has no time:
    what came before (loading a network, say) belongs to no frame.

    >>> clock = Clock()
    >>> clock.lap("forward"); clock.lap("backward"); clock.lap("update")
    >>> sorted(clock.take())
    ['backward', 'update']
    """

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._last: float | None = None

    def start(self) -> None:
        """Begin now: what came before belongs to no part."""
        self._seconds, self._last = {}, time.perf_counter()

    def lap(self, part: str) -> None:
        """Give the time since the last lap to ``part``."""
        now = time.perf_counter()
        if self._last is not None:
            self._seconds[part] = self._seconds.get(part, 0.0) + now - self._last
        self._last = now

    def take(self) -> dict[str, float]:
        """Seconds by part since the last call, and begin again from none."""
        seconds, self._seconds = self._seconds, {}
        return seconds
