"""Moments as people read them: of a recording from its start, of a camera by the clock."""

import datetime
from collections.abc import Iterator

_STEPS = (
    *(0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30),
    *(60 * n for n in (1, 2, 5, 10, 20, 30)),
    *(3600 * n for n in (1, 2, 3, 6, 12)),
    *(86_400 * n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
)  # seconds between two labels of an axis
_DAY = 86_400.0


class Moments:
    """How the moments of one stream are written.

    Args:
        begin: of the stream, in seconds.
        end: of the stream.
        by_clock: True for seconds since 1970, written as the time of day; False for seconds since
            the start of a recording.
    """

    def __init__(self, begin: float, end: float, *, by_clock: bool = False) -> None:
        self.begin, self.end = begin, max(end, begin)
        self.by_clock = by_clock

    @property
    def length(self) -> float:
        """Of the stream, in seconds."""
        return self.end - self.begin

    def share(self, moment: float) -> float:
        """Where a moment is, in [0, 1]."""
        return min(max((moment - self.begin) / self.length, 0.0), 1.0) if self.length else 0.0

    def text(self, moment: float, *, digits: int = 1) -> str:
        """A moment in words.

        Args:
            moment: in seconds.
            digits: behind the second; a time of day has none.

        >>> Moments(0.0, 139.4).text(65.25), Moments(0.0, 9000.0).text(4000.0, digits=0)
        ('1:05.2', '1:06:40')
        """
        if self.by_clock:
            local = datetime.datetime.fromtimestamp(moment)
            return (
                f"{local.day} {local:%b %H:%M:%S}"
                if self.length > _DAY / 2
                else f"{local:%H:%M:%S}"
            )
        unit = 10**digits
        whole, rest = divmod(round(max(0.0, moment) * unit), unit)
        minutes, seconds = divmod(whole, 60)
        hours, minutes = divmod(minutes, 60)
        fraction = f".{rest:0{digits}d}" if digits else ""
        front = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
        return f"{front}:{seconds:02d}{fraction}"

    def span(self, begin: float, end: float) -> str:
        """From one moment to another, in words.

        >>> Moments(0.0, 139.4).span(5.9, 20.0), Moments(0.0, 139.4).span(5.9, 5.9)
        ('0:05.9 – 0:20.0', '0:05.9')
        """
        first, last = self.text(begin), self.text(end)
        day, _, time = last.rpartition(" ")
        if day and first.startswith(f"{day} "):
            last = time
        return first if end <= begin else f"{first} – {last}"

    def labels(self, most: int = 6) -> Iterator[tuple[float, str]]:
        """Where an axis has its labels, as shares in [0, 1], and what they say.

        Args:
            most: of them.

        >>> list(Moments(0.0, 100.0).labels())
        [(0.0, '0:00'), (0.2, '0:20'), (0.4, '0:40'), (0.6, '1:00'), (0.8, '1:20'), (1.0, '1:40')]
        """
        shortest = max(self.length / (most - 1), 1.0 if self.by_clock else 0.0)
        step = next((step for step in _STEPS if step >= shortest), _STEPS[-1])
        shift = 0.0
        if self.by_clock:
            offset = datetime.datetime.fromtimestamp(self.begin).astimezone().utcoffset()
            shift = offset.total_seconds() if offset is not None else 0.0
        count = -(-(self.begin + shift) // step)
        while (moment := count * step - shift) <= self.end + 1e-9:
            yield self.share(moment), self._label(moment, step)
            count += 1

    def _label(self, moment: float, step: float) -> str:
        if not self.by_clock:
            return self.text(moment, digits=1 if step < 1 else 0)
        local = datetime.datetime.fromtimestamp(moment)
        if step >= _DAY or (step >= 60 and f"{local:%H:%M}" == "00:00"):
            return f"{local.day} {local:%b}"
        return f"{local:%H:%M:%S}" if step < 60 else f"{local:%H:%M}"
