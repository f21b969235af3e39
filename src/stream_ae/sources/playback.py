"""A recording that comes over the network: played at its own pace, each picture once.

Its clock may jump back where recordings were joined, or wrap. So pictures are counted, and the
clock only says how long to wait between two of them.
"""

import time
from collections.abc import Iterable, Iterator

from stream_ae.errors import SourceLostError
from stream_ae.frame import Event
from stream_ae.sources.attempts import GaveUpError
from stream_ae.sources.base import Source
from stream_ae.sources.decoder import Decoded

LONGEST_GAP = 1.0
"""Seconds between two pictures at most, whatever the clock of the recording says."""

MOST_MISSING = 1.0
"""Seconds that may be missing at the end: the sound may be longer, say."""

FUTILE_PASSES = 3
"""Times that a recording may end too early at the same picture."""

_JUMP = 10.0  # seconds; a longer gap is a jump of the clock and no time that was recorded
_FIRST_GAP = 0.04  # seconds, until the clock has said better


class Playback:
    """How far a recording was played, over all connections that it took.

    Args:
        source: says when to stop waiting.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._taken = self._futile = 0
        self.seconds = 0.0
        """Played over the last connection, by the recording's clock without its jumps."""

    def play(self, items: Iterable[Decoded | Event]) -> Iterator[Decoded | Event]:
        """Give what was not yet given, each picture when it is due.

        Args:
            items: what is read of it, from its beginning.
        """
        clock, count, due = _Clock(), 0, time.monotonic()
        self.seconds = 0.0
        for item in items:
            gap = clock.gap(item.time) if isinstance(item, Decoded) else 0.0
            self.seconds += gap
            count += 1
            if count <= self._taken:
                continue  # given before the connection broke
            self._taken, self._futile = count, 0
            due += min(gap, LONGEST_GAP)
            if isinstance(item, Decoded) and self._source.pause(due - time.monotonic()):
                return
            yield item

    def check_end(self, duration: float) -> None:
        """Compare what was played with what the recording states.

        Args:
            duration: seconds; 0 where it states none.

        Raises:
            SourceLostError: some of its end is missing.
            GaveUpError: it was missing several times in a row.
        """
        if duration - self.seconds <= MOST_MISSING:
            return
        self._futile += 1
        error = GaveUpError if self._futile == FUTILE_PASSES else SourceLostError
        raise error(f"it ended after {self.seconds:.1f} of {duration:.1f} s")


class _Clock:
    """What a recording's clock says, without its jumps."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._usual = _FIRST_GAP
        self._begun = False

    def gap(self, now: float | None) -> float:
        """Seconds since the picture before; 0 for the first."""
        before, self._last = self._last, now
        if not self._begun:
            self._begun = True
            return 0.0
        moved = 0.0 if now is None or before is None else now - before
        if 0 < moved <= _JUMP:
            self._usual = moved
        return self._usual
