"""What a video file and a folder of images have in common: they end, and can be read again.

A subclass gives the pictures of one pass. Here they become frames: numbered, repeated if wanted,
and skipped when a run resumes, so that what follows is exactly what an undisturbed pass gives.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stream_ae.errors import SourceError
from stream_ae.frame import Event, Frame, Rgb
from stream_ae.sources.base import Source
from stream_ae.sources.door import frames_through


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One picture of a pass, not yet converted.

    Args:
        rgb: makes the pixels, (H, W, 3) uint8; called at most once, before the next picture.
        size: height and width of what ``rgb`` gives.
        time: seconds since the first picture of the pass.
        name: what a person calls it.
        pixel_aspect: width over height of a pixel as it is meant to be seen.
    """

    rgb: Callable[[], Rgb]
    size: tuple[int, int]
    time: float
    name: str
    pixel_aspect: float = 1.0


class Recording(Source):
    """A stream with an end.

    Args:
        address: the string that names the stream.
        loop: start again at the end, for ever.
        length: the number of pictures in one pass, if known.
        fps: pictures per second; where one pass ends and the next begins.
        advice: what to do if no picture can be read.
    """

    def __init__(
        self, address: str, *, loop: bool, length: int | None, fps: float, advice: str
    ) -> None:
        super().__init__(address, length=None if loop else length)
        self._loop = loop
        self._period = 1.0 / fps
        self._advice = advice

    @abstractmethod
    def pictures(self) -> Iterator[Picture | Event]:
        """Give one pass: each picture, and what happened just before it."""

    def read(self, start: int) -> Iterator[Frame | Event]:
        """Give the frames from position ``start`` on; those before are decoded, not converted.

        Raises:
            SourceError: no picture can be read, or fewer than ``start``.
            SourceLostError: it cannot be read any further.
        """
        return frames_through(self._frames(start), address=self.address, advice=self._advice)

    def _frames(self, start: int) -> Iterator[Frame | Event]:
        index, passes, duration = 0, 0, 0.0
        size: tuple[int, int] | None = None
        events: tuple[Event, ...] = ()
        while True:
            began = index
            try:
                for item in self.pictures():
                    if self.closing:
                        return
                    if isinstance(item, Event):
                        events += (item,)
                        continue
                    is_first, time = index == began, passes * duration + item.time
                    events += self._news(item, size, starts_again=is_first and passes > 0)
                    if index >= start:
                        rgb = item.rgb()
                        yield Frame(
                            rgb,
                            index,
                            time,
                            self.address,
                            is_first=is_first,
                            events=events,
                            pixel_aspect=item.pixel_aspect,
                        )
                    index, size, events, end = index + 1, item.size, (), item.time
            except Exception:
                yield from events  # no frame will carry them
                raise
            if index == began:
                raise self._nothing(events)
            if not self._loop:
                self._check_length(index, learned=start)
                yield from events  # what came after the last picture
                return
            duration = end + self._period
            length = index - began
            skipped = max(0, (start - index) // length)  # whole passes, not decoded
            passes, index = passes + 1 + skipped, index + skipped * length

    def _news(
        self, picture: Picture, size: tuple[int, int] | None, *, starts_again: bool
    ) -> tuple[Event, ...]:
        """What there is to tell of a picture, after one of the given size."""
        news: tuple[Event, ...] = ()
        if starts_again:
            news += (Event("loop", f"{self.address} starts again"),)
        if size is not None and size != picture.size:
            before, now = (f"{width}x{height}" for height, width in (size, picture.size))
            news += (Event("size_changed", f"from {before} to {now} at {picture.name}"),)
        return news

    def _check_length(self, length: int, *, learned: int) -> None:
        """A run that is resumed has learned every picture before its start."""
        if length < learned:
            raise SourceError(
                f"{self.address!r} should hold at least {learned} frames, which were learned of it,"
                f" got {length}; give back what is missing, or begin another run"
            )

    def _nothing(self, events: tuple[Event, ...]) -> SourceError:
        found = f"none of {len(events)} (the first: {events[0].text})" if events else "none"
        return SourceError(
            f"cannot read {self.address!r}: expected pictures, got {found}; {self._advice}"
        )
