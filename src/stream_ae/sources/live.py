"""Cameras: RTSP and HTTP streams and the local webcam; always the latest frame, and reconnecting.

A camera does not wait. What the learner or the decoder has no time for is dropped and counted. A
connection that breaks is opened again after growing pauses.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from stream_ae.errors import SourceError, SourceLostError
from stream_ae.frame import Event, Frame
from stream_ae.settings.choices import GIVE_UP_AFTER
from stream_ae.settings.redaction import redact_url
from stream_ae.sources.attempts import (
    Attempts,
    BeginsAgainError,
    GaveUpError,
    to_bring_back,
    to_open,
)
from stream_ae.sources.base import Source
from stream_ae.sources.camera import Rtsp, Webcam
from stream_ae.sources.decoder import Decoded
from stream_ae.sources.door import frames_through
from stream_ae.sources.http_stream import HttpStream
from stream_ae.sources.network_url import ENCODING, may_be_misread, parse_url
from stream_ae.sources.packets import PacketTap

_ADVICE = "is the camera on, and the address right?"

_log = logging.getLogger("stream_ae")


class _Stream(Protocol):
    """What can be connected to again and again."""

    def pictures(self) -> Iterator[Decoded | Event]:
        """Give what comes over one connection."""


class LiveStream(Source):
    """A network stream or a webcam; only its latest frame is kept.

    It is opened when the first frame is asked for. When it is lost, that is an event at once
    (``source_lost``), and the next frame that comes ``is_first`` and carries another
    (``reconnected``). ``Frame.time`` is the time of arrival, from the first frame on.

    A recording (over HTTP, or what states its duration) is played at its own pace and ends when it
    ends. Where it breaks off it goes on. An address that gives a single picture (JPEG, PNG) is
    asked for one after the other, at most one a second.

    Args:
        url: ``rtsp://…``, ``rtsps://…``, ``http://…``, ``https://…`` or ``webcam:0``. The
            ``address`` of the source is the same without passwords.
        give_up_after: seconds that a lost stream is waited for; 0 means for ever. One that was
            never there is given up after a few.

    Raises:
        SourceError: the address is malformed, or there is no such webcam.
        ValueError: ``give_up_after`` is below 0.
    """

    def __init__(self, url: str, *, give_up_after: float = GIVE_UP_AFTER) -> None:
        if not give_up_after >= 0:
            raise ValueError(
                f"give_up_after must be seconds, 0 or more, got {give_up_after}; 0 means for ever"
            )
        super().__init__(redact_url(url), live=True)
        self.packets = PacketTap()
        self._give_up_after = give_up_after
        self._advice = _ADVICE
        self._stream: _Stream
        if url.lower().startswith("webcam:"):
            self._stream = Webcam(url, packets=self.packets)
            return
        address = parse_url(url)
        if may_be_misread(url):
            self._advice = f"{_ADVICE} {ENCODING}"
        if address.scheme in ("rtsp", "rtsps"):
            self._stream = Rtsp(address, source=self)
        else:
            self._stream = HttpStream(address, source=self, give_up_after=give_up_after)

    def read(self, start: int) -> Iterator[Frame | Event]:
        """Give what the camera shows from now on, numbered from ``start``.

        Raises:
            SourceError: it could not be opened, at none of the attempts.
            SourceLostError: it broke, and no attempt brought it back.
        """
        frames = self._frames(start)
        yield from frames_through(frames, address=self.address, advice=self._advice)

    def _frames(self, start: int) -> Iterator[Frame | Event]:
        index, began, size = start, 0.0, (0, 0)
        attempts = to_open()
        while True:
            is_first, told = True, False
            attempts.made += 1
            try:
                for item in self._stream.pictures():
                    if isinstance(item, Event):
                        yield item
                        continue
                    news = _size_changed(size, item.size) if index > start else ()
                    if is_first and index > start:
                        news = (Event("reconnected", f"back {attempts}"), *news)
                    now = time.monotonic()
                    began, size = began or now, item.size
                    frame = _frame(item, index, time=now - began, events=news)
                    yield replace(frame, source=self.address, is_first=is_first)
                    index, is_first = index + 1, False
                if index > start or self.closing:
                    return
                cause = SourceError("it ended and held no picture")
            except GaveUpError as error:
                raise self._gave_up(f": {error}", was_open=index > start) from None
            except SourceError as error:
                cause, told = error, isinstance(error, BeginsAgainError)
            if self.closing:
                return
            if not is_first:
                if not told:
                    _log.warning("lost %s: %s; reconnecting", self.address, cause)
                    yield Event("source_lost", str(cause))
                attempts = to_bring_back(give_up_after=self._give_up_after)
            attempts.heed(cause)
            if self.pause(self._next_pause(attempts, str(cause), was_open=index > start)):
                return

    def _next_pause(self, attempts: Attempts, reason: str, *, was_open: bool) -> float:
        pause = next(attempts.pauses, None)
        if pause is None:
            why = f": {attempts.given_up(reason)}" if was_open else f" {attempts}: {reason}"
            raise self._gave_up(why, was_open=was_open)
        return pause

    def _gave_up(self, why: str, *, was_open: bool) -> SourceError:
        if was_open:
            return SourceLostError(
                f"lost {self.address!r}{why}; go on with --resume when it is there again"
            )
        advice = "" if ";" in why else f"; {self._advice}"
        return SourceError(f"cannot open {self.address!r}{why}{advice}")


def _frame(item: Decoded, index: int, *, time: float, events: tuple[Event, ...]) -> Frame:
    aspect, dropped = item.pixel_aspect, item.skipped
    return Frame(item.rgb(), index, time, pixel_aspect=aspect, dropped=dropped, events=events)


def _size_changed(before: tuple[int, int], now: tuple[int, int]) -> tuple[Event, ...]:
    if before == now:
        return ()
    old, new = (f"{width}x{height}" for height, width in (before, now))
    return (Event("size_changed", f"from {old} to {new}"),)
