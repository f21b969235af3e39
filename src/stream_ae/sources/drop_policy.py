"""Whether a live stream is ahead of its reader, and what to pass over until it is not.

A reader that keeps up has to wait for each packet. One that never waits is late, however fast it
is: what it reads has been lying in a buffer. So for as long as it has not waited, most pictures are
decoded and not converted, and if that is not enough, only key frames are decoded.
"""

QUICK = 0.002
"""Seconds within which a packet is handed over that was there already."""

LATE, HOPELESS = 0.25, 0.75
"""Seconds without a wait after which one picture in so many is converted, and after which only key
frames are decoded."""

ONE_IN = 8
"""Of the pictures of a late stream one in so many is converted, so that something is seen."""


class Backlog:
    """How far behind the reader of a live stream is.

    >>> backlog = Backlog(now=0.0)
    >>> backlog.takes(waited=0.03, now=1.0, is_key=False), backlog.shows()
    (True, True)
    >>> backlog.takes(waited=0.0, now=1.5, is_key=False), backlog.shows()
    (True, False)
    >>> backlog.takes(waited=0.0, now=4.0, is_key=False)
    False

    Args:
        now: seconds of any clock.
    """

    def __init__(self, *, now: float) -> None:
        self._waited_at = now
        self._is_late = self._is_hopeless = False
        self._turn = 0

    def takes(self, *, waited: float, now: float, is_key: bool) -> bool:
        """Whether a packet has to be decoded.

        Args:
            waited: seconds that the reader waited for it.
            now: when it came.
            is_key: it can be decoded without those before it.
        """
        if waited > QUICK:
            self._waited_at = now
        late = now - self._waited_at
        self._is_late = late > LATE
        if late > HOPELESS:
            self._is_hopeless = True
        elif is_key and not self._is_late:
            self._is_hopeless = False  # from here on everything can be decoded again
        return is_key or not self._is_hopeless

    def shows(self) -> bool:
        """Whether a decoded picture is to be converted."""
        if self._is_hopeless or not self._is_late:
            return True
        self._turn = (self._turn + 1) % ONE_IN
        return self._turn == 0
