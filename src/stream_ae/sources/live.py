"""Cameras: RTSP and HTTP streams and the local webcam; always the latest frame, and reconnecting.

A camera does not wait. What the learner or the decoder has no time for is dropped and counted. A
connection that breaks is opened again after growing pauses, as a camera that restarts needs about a
minute.
"""

import logging
import os
import re
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from stream_ae.errors import SourceError, SourceLostError
from stream_ae.frame import Event, Frame
from stream_ae.settings.redaction import redact_url
from stream_ae.sources.base import Source
from stream_ae.sources.decoder import Decoded, NoAnswerError, VideoReader

OPEN_TIMEOUT = 5.0
"""Seconds that a server has to answer."""

SILENCE_TIMEOUT = 10.0
"""Seconds without a picture after which a connection counts as lost."""

FIRST_PAUSES = (0.5, 1.0, 2.0)
"""Seconds between the attempts to open a stream for the first time: a typing error shows early."""

LATER_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0, 30.0, 30.0, 30.0)
"""Seconds between the attempts to reconnect to a lost stream: three minutes in all."""

_RTSP_WAIT = 1.0  # seconds of one wait; RTSP can go on after it, so closing is prompt
_LONGEST_GAP = 1.0  # seconds between two pictures of a recording that is played as a camera
_OPTIONS = {
    "rtsp": {
        "rtsp_transport": "tcp",
        "fflags": "nobuffer",
        "analyzeduration": "2000000",  # microseconds
        "fpsprobesize": "0",  # the rate is of no use here; measuring it would take 20 pictures
    },
    "http": {"analyzeduration": "2000000"},
}

_log = logging.getLogger("stream_ae")


class LiveStream(Source):
    """A network stream or a webcam; only its latest frame is kept.

    It is opened when the first frame is asked for. If it is lost later, the next frame that comes
    ``is_first`` and carries the events (``source_lost``, ``reconnected``). ``Frame.time`` is the
    time of arrival, from the first frame on. A recording (a stream that states its duration) is
    played at its own pace and ends when it ends.

    Args:
        url: ``rtsp://…``, ``rtsps://…``, ``http://…``, ``https://…`` or ``webcam:0``. The
            ``address`` of the source is the same without passwords.

    Raises:
        SourceError: the address is malformed, or there is no such webcam.
    """

    def __init__(self, url: str) -> None:
        super().__init__(redact_url(url), live=True)
        self._url = url
        scheme = url.partition(":")[0].lower()
        self._scheme = scheme.removesuffix("s")
        self._read_timeout = _RTSP_WAIT if self._scheme == "rtsp" else SILENCE_TIMEOUT
        if self._scheme == "webcam":
            self._device = _device(url)
        elif self._scheme not in _OPTIONS or not re.match(r"\w+://[^/]", url):
            raise SourceError(
                f"expected rtsp://HOST/…, http(s)://HOST/… or webcam:NUMBER,"
                f" got {self.address!r}; complete the address"
            )

    def read(self, start: int) -> Iterator[Frame]:
        """Give what the camera shows from now on, numbered from ``start``.

        Raises:
            SourceError: it could not be opened, at none of the attempts.
            SourceLostError: it broke, and no attempt brought it back.
        """
        index, began = start, 0.0
        attempts = _Attempts(FIRST_PAUSES)
        events: tuple[Event, ...] = ()
        self._position = -1.0
        while True:
            is_first = True
            attempts.made += 1
            try:
                for item in self._connect():
                    if isinstance(item, Event):
                        events += (item,)
                        continue
                    if is_first and index > start:
                        events += (Event("reconnected", f"back {attempts}"),)
                    now = time.monotonic()
                    began = began or now
                    yield Frame(
                        item.rgb(),
                        index,
                        now - began,
                        self.address,
                        is_first=is_first,
                        dropped=item.skipped,
                        events=events,
                        pixel_aspect=item.pixel_aspect,
                    )
                    index, is_first, events = index + 1, False, ()
                return
            except SourceError as error:
                reason = str(error)
            if not is_first:
                _log.warning("lost %s: %s; reconnecting", self.address, reason)
                events += (Event("source_lost", reason),)
                attempts = _Attempts(LATER_PAUSES)
            pause = next(attempts.pauses, None)
            if pause is None:
                raise self._gave_up(f"{attempts}: {reason}", was_open=index > start)
            if self.pause(pause):
                return

    def _connect(self) -> Iterator[Decoded | Event]:
        """Give what comes over one connection; return at the end of a recording, or on closing."""
        with self._open() as video:
            due, last = time.monotonic(), self._position
            for item in self._until_silence(video):
                if isinstance(item, Event):
                    yield item
                    continue
                if video.has_end and item.time is not None:
                    if item.time <= self._position:
                        continue  # shown before the connection broke
                    due += min(item.time - last, _LONGEST_GAP) if last >= 0 else 0.0
                    self._position = last = item.time
                    if self.pause(due - time.monotonic()):
                        return
                yield item
            if not video.has_end:
                raise SourceLostError("the stream ended")

    def _until_silence(self, video: VideoReader) -> Iterator[Decoded | Event]:
        """Read until nothing comes for ``SILENCE_TIMEOUT``; over RTSP in several short waits."""
        waits, silent = round(SILENCE_TIMEOUT / self._read_timeout), 0
        while True:
            try:
                for item in video:
                    silent = 0
                    yield item
                return
            except NoAnswerError:
                silent += 1
                if silent == waits or self.closing:
                    raise

    def _open(self) -> VideoReader:
        timeout = (OPEN_TIMEOUT, self._read_timeout)
        reader = partial(VideoReader, timeout=timeout, only_latest=True)
        if self._scheme != "webcam":
            return reader(self._url, options=_OPTIONS[self._scheme])
        if sys.platform == "darwin":
            rate = {"framerate": "30"}
            return reader(f"{self._device}:none", container="avfoundation", options=rate)
        return reader(f"/dev/video{self._device}", container="v4l2")

    def _gave_up(self, why: str, *, was_open: bool) -> SourceError:
        if was_open:
            return SourceLostError(
                f"lost {self.address!r} and did not get it back {why}; go on when it is there again"
            )
        return SourceError(
            f"cannot open {self.address!r} {why}; is the camera on, and the address right?"
        )


class _Attempts:
    """How often something was tried, and for how long.

    Args:
        pauses: seconds between the attempts; the last one follows the last pause.
    """

    def __init__(self, pauses: tuple[float, ...]) -> None:
        self.pauses = iter(pauses)
        self.made = 0
        self._since = time.monotonic()

    def __str__(self) -> str:
        plural = "s" if self.made != 1 else ""
        return f"after {self.made} attempt{plural} in {time.monotonic() - self._since:.0f} s"


def _device(url: str) -> int:
    """The number of a webcam that is there and may be read."""
    number = url.partition(":")[2]
    if not re.fullmatch(r"\d+", number, re.ASCII):
        raise SourceError(f"expected webcam:NUMBER, such as webcam:0, got {url!r}")
    path = Path(f"/dev/video{int(number)}")
    if sys.platform != "darwin" and not path.exists():
        found = ", ".join(f"webcam:{p.name[5:]}" for p in sorted(Path("/dev").glob("video[0-9]*")))
        raise SourceError(
            f"cannot open {url!r}: there is no {path}; found {found or 'no camera'},"
            " is it plugged in?"
        )
    if sys.platform != "darwin" and not os.access(path, os.R_OK | os.W_OK):
        raise SourceError(
            f"cannot open {url!r}: you may not read {path}; join the group that owns it"
        )
    return int(number)
