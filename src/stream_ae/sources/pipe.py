"""A video that comes through a pipe: it can be read once, from front to back, and no other way.

Named pipes, ``/dev/stdin``, ``<(…)`` of a shell. Nothing is opened before the first frame
is asked for, so that not one byte is lost; and every wait is short, so that Ctrl-C is heard while
nobody has begun to write.
"""

import logging
import os
import re
import select
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

from stream_ae.errors import SourceError
from stream_ae.frame import Event, Frame
from stream_ae.sources.decoder import VideoReader
from stream_ae.sources.packets import PacketTap
from stream_ae.sources.recorded import Picture, Recording
from stream_ae.sources.video_file import NOMINAL_FPS, pictures_of

_ADVICE = "does it come complete, in a format that is read from front to back, such as MPEG-TS?"
_WAIT_MS = 100  # milliseconds between two looks at whether the source was closed
_QUIET = 2.0  # seconds until the wait for the first byte is told
_OPEN_ALREADY = re.compile(r"(?:/dev|/proc/self)/fd/(\d+)|/dev/stdin")
_log = logging.getLogger("stream_ae")


def is_pipe(address: str) -> bool:
    """Whether an address names what can be read only once: a pipe, a socket, a terminal.

    >>> is_pipe("/dev/null"), is_pipe("clip.mp4")
    (True, False)
    """
    try:
        mode = Path(address).stat().st_mode
    except (OSError, ValueError):
        return False  # nothing lies there, or it is no path
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stat.S_ISCHR(mode)


class Pipe(Recording):
    """A video read from a pipe, every frame of it, in order; its length is not known.

    Any container and codec that FFmpeg reads from front to back: MPEG-TS, Matroska, WebM, FLV, Y4M,
    concatenated images, an MP4 whose index comes first or that is fragmented.

    Args:
        address: the path of a pipe, e.g. ``/dev/stdin``.
        loop: refused; the argument is there to say so.

    Raises:
        SourceError: it should start again at its end, or it is a terminal.
    """

    def __init__(self, address: str, *, loop: bool = False) -> None:
        if loop:
            raise SourceError(
                f"cannot play {address!r} again at its end: a pipe can be read only once;"
                " leave out --loop, or save the video to a file"
            )
        super().__init__(address, loop=False, length=None, fps=NOMINAL_FPS, advice=_ADVICE)
        self.packets = PacketTap()
        self._was_read = False
        number = _number(address)
        if number is not None and os.isatty(number):
            raise SourceError(
                f"cannot read {address!r}: a video was expected, got a terminal; pipe one in, as in"
                " cat clip.ts | stream-ae train -"
            )

    def read(self, start: int) -> Iterator[Frame | Event]:
        """Give the frames from the first one on, once.

        Raises:
            SourceError: it holds no video, or it was read before, at least to ``start``.
            SourceLostError: it cannot be read any further.
        """
        if start or self._was_read:
            raise SourceError(
                f"cannot read {self.address!r} again: a pipe can be read only once, from its"
                " beginning; save the video to a file to resume, or begin another run"
            )
        self._was_read = True
        return super().read(start)

    def pictures(self) -> Iterator[Picture | Event]:
        """Give the one pass there is."""
        with _Bytes(self.address, closing=lambda: self.closing) as data, self._open(data) as video:
            yield from pictures_of(video, address=self.address, advice=_ADVICE)
            if data.error is not None:
                raise data.error

    def _open(self, data: "_Bytes") -> VideoReader:
        try:
            return VideoReader(data, packets=self.packets)
        except SourceError as error:
            if data.error is not None:
                raise data.error from error
            reason = error if data.count else "it ended before its first byte"
            raise SourceError(f"cannot read {self.address!r}: {reason}; {_ADVICE}") from error


class _Bytes:
    """What comes through a pipe, as PyAV reads it; ends where the writer or the source closes.

    Args:
        address: see :class:`Pipe`.
        closing: whether reading should end.
    """

    def __init__(self, address: str, *, closing: Callable[[], bool]) -> None:
        number = _number(address)
        # Opened so, a pipe does not wait for its writer, whom no signal could interrupt.
        flags = os.O_RDONLY | os.O_NONBLOCK
        self._number = os.dup(number) if number is not None else os.open(address, flags)
        self._address, self._closing = address, closing
        self.count = 0
        self.error: OSError | None = None

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes; none at the end, nor after an error, which is kept.

        An error does not come out here: PyAV asks several times, and would print all but the last.
        """
        try:
            data = os.read(self._number, size) if self.error is None and self._wait() else b""
        except OSError as error:
            self.error, data = error, b""
        self.count += len(data)
        return data

    def _wait(self) -> bool:
        """Wait until something comes; False means that the source was closed."""
        poll = select.poll()
        poll.register(self._number, select.POLLIN)
        began: float | None = time.monotonic() if not self.count else None
        while not self._closing():
            if poll.poll(_WAIT_MS):
                return True
            if began is not None and time.monotonic() > began + _QUIET:
                _log.info("waiting for the first byte of %s", self._address)
                began = None
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._number)


def _number(address: str) -> int | None:
    """The number of a file that is open already, or None where the address is a path."""
    match = _OPEN_ALREADY.fullmatch(address)
    return int(match[1] or 0) if match else None
