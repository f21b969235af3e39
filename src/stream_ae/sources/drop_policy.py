"""Whether a live stream is ahead of its reader, and which pictures to skip until it is not.

A reader that keeps up has to wait for each packet. One that never waits is late, however fast it
is: what it reads has been lying in a buffer. So for as long as it has not waited, most pictures are
decoded and not converted, and if that is not enough, only key frames are decoded.
"""

BUFFERED_WAIT = 0.002
"""Seconds; a packet that comes sooner has been lying in a buffer."""

CONVERT_FEWER_AFTER = 0.25
"""Seconds without a wait after which only one picture in :data:`CONVERT_ONE_IN` is converted."""

KEY_FRAMES_ONLY_AFTER = 0.75
"""Seconds without a wait after which only key frames are decoded."""

CONVERT_ONE_IN = 8
"""Pictures of a late stream for each one that is converted, so that something is seen."""


class DropPolicy:
    """Which packets and pictures of a live stream are worth their time.

    >>> policy = DropPolicy(now=0.0)
    >>> policy.should_decode(waited=0.03, now=1.0, is_key=False), policy.should_convert()
    (True, True)
    >>> policy.should_decode(waited=0.0, now=1.5, is_key=False), policy.should_convert()
    (True, False)
    >>> policy.should_decode(waited=0.0, now=4.0, is_key=False)
    False

    Args:
        now: seconds of any clock.
    """

    def __init__(self, *, now: float) -> None:
        self._waited_at = now
        self._is_late = self._key_frames_only = False
        self._skipped = 0

    def should_decode(self, *, waited: float, now: float, is_key: bool) -> bool:
        """Whether a packet has to be decoded; asked once for each.

        Args:
            waited: seconds that the reader waited for it.
            now: when it came, by the clock of the constructor.
            is_key: it can be decoded without those before it.
        """
        if waited > BUFFERED_WAIT:
            self._waited_at = now
        behind = now - self._waited_at
        self._is_late = behind > CONVERT_FEWER_AFTER
        if behind > KEY_FRAMES_ONLY_AFTER:
            self._key_frames_only = True
        elif is_key and not self._is_late:
            self._key_frames_only = False  # from here on everything can be decoded again
        return is_key or not self._key_frames_only

    def should_convert(self) -> bool:
        """Whether a decoded picture has to be converted; asked once for each."""
        if self._key_frames_only or not self._is_late:
            return True
        self._skipped = (self._skipped + 1) % CONVERT_ONE_IN
        return self._skipped == 0
