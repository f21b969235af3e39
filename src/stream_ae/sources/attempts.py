"""How often something is tried, with which pauses, and when it is given up.

The pauses grow: a cable that was pulled is back at once, a camera that restarts needs about a
minute, and a server that is down for hours must not be asked every second.
"""

import time
from collections.abc import Iterable, Iterator
from itertools import chain, repeat

from stream_ae.errors import SourceError, SourceLostError

FIRST_PAUSES = (0.5, 1.0, 2.0)
"""Seconds between the attempts to open a stream for the first time: a typing error shows early."""

LATER_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before the attempts to bring a lost stream back; then :data:`LONGEST_PAUSE` each time."""

LONGEST_PAUSE = 30.0
"""Seconds between two attempts at most, however long a stream has been away."""


class GaveUpError(SourceLostError):
    """No further attempt makes sense; the message is only the reason."""


class BeginsAgainError(SourceLostError):
    """A stream was lost, which was told, and what is there now is no continuation of it."""


class AskedToWaitError(SourceError):
    """A server is busy, and says when to come again.

    Args:
        text: only the reason.
        seconds: from now on.
    """

    def __init__(self, text: str, *, seconds: float) -> None:
        super().__init__(text)
        self.seconds = seconds


class Attempts:
    """How often something was tried, and for how long.

    Args:
        pauses: seconds between the attempts; the last one follows the last pause.
        limit: seconds after which the last attempt is made; 0 means never.
    """

    def __init__(self, pauses: Iterable[float], *, limit: float = 0.0) -> None:
        self.made = 0
        self._asked = 0.0
        self._since = time.monotonic()
        self.pauses = self._within(pauses, limit=limit)

    def _within(self, pauses: Iterable[float], *, limit: float) -> Iterator[float]:
        for pause in pauses:
            left = self._since + limit - time.monotonic() if limit else LONGEST_PAUSE
            if left <= 0:
                return
            yield min(max(pause, self._asked), left)

    def heed(self, error: SourceError) -> None:
        """Let the next pause be as long as a server asked for, within ``LONGEST_PAUSE``."""
        asked = error.seconds if isinstance(error, AskedToWaitError) else 0.0
        self._asked = min(asked, LONGEST_PAUSE)

    def given_up(self, reason: str) -> GaveUpError:
        """The error for a stream that none of the attempts brought back."""
        return GaveUpError(f"it did not come back {self}: {reason}")

    def __str__(self) -> str:
        plural = "s" if self.made != 1 else ""
        return f"after {self.made} attempt{plural} in {time.monotonic() - self._since:.0f} s"


def to_open() -> Attempts:
    """The attempts to open a stream for the first time."""
    return Attempts(FIRST_PAUSES)


def to_bring_back(*, give_up_after: float) -> Attempts:
    """The attempts to bring back a stream that was lost just now.

    Args:
        give_up_after: seconds; 0 means never.
    """
    return Attempts(chain(LATER_PAUSES, repeat(LONGEST_PAUSE)), limit=give_up_after)
