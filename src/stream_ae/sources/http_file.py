"""A recording over HTTP as a file: where the answer breaks off it goes on, byte for byte.

The decoder sees one whole file, so no frame is lost or taken twice, whatever the clock in it says.
A server that cannot begin in the middle is asked for all of it again, and what came is skipped. A
camera is known by this: asked again, it begins with other bytes.
"""

import logging
from collections.abc import Callable
from typing import Literal, TypeVar

from stream_ae.errors import SourceError, SourceLostError
from stream_ae.frame import Event
from stream_ae.sources.attempts import BeginsAgainError, GaveUpError, to_bring_back
from stream_ae.sources.base import Source
from stream_ae.sources.http_client import Answer, AnswerEndedError

T = TypeVar("T")

FUTILE_ATTEMPTS = 3
"""Attempts in a row that bring an answer without a single new byte, after which none will."""

_HEAD = 1 << 14  # bytes; no two live streams begin with the same
_NEAR = 1 << 18  # bytes ahead that are sooner read than asked for
_CHUNK = 1 << 16  # bytes of one read

_log = logging.getLogger("stream_ae")


class HttpFile:
    """What a decoder reads and seeks in; it waits while the server is away.

    Args:
        answer: the first answer, of which nothing was read yet.
        ask: asks for the same from some byte on.
        source: told of losses; it says when to stop waiting.
        give_up_after: seconds without the server; 0 means never.
    """

    def __init__(
        self,
        answer: Answer,
        *,
        ask: Callable[[int], Answer],
        source: Source,
        give_up_after: float,
    ) -> None:
        self._answer, self._ask, self._source = answer, ask, source
        self._give_up_after = give_up_after
        self._size, self._etag = answer.size, answer.etag
        self._position = 0
        self._head = self._ahead = b""  # came already, at the beginning and at the position
        self._end: int | None = None
        self.repeats = False
        """Whether it gave the very same bytes twice, and no more: then it is a recording."""
        self.failure: SourceError | None = None
        """Why no more comes, where that is not the end; the decoder is told it was."""

    @property
    def has_size(self) -> bool:
        """Whether the server says how large it is: then it is a recording."""
        return self._size is not None

    @property
    def states_end(self) -> bool:
        """Whether an end that the server did not mean would have been noticed."""
        return self.has_size or self._answer.states_end

    def peek(self) -> bytes:
        """The first bytes, before any was read.

        Raises:
            SourceLostError: the answer broke off before the first.
        """
        try:
            while len(self._head) < _HEAD and (data := self._answer.read(_HEAD)):
                self._head += data
        except SourceError:
            if not self._head:
                raise
        self._ahead = self._head
        return self._head

    def read(self, size: int) -> bytes:
        """Give some bytes, at most ``size``; none at the end, or where ``failure`` says why."""
        while self.failure is None and self._position not in (self._size, self._end):
            try:
                data = self._next(size)
                if data:
                    self._position += len(data)
                    return data
                self._check_end()
            except SourceError as error:
                self._recover(error)
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to another position; the server is asked only when that is read."""
        base = (0, self._position, self._size or 0)[whence]
        moved = base + offset - self._position
        self._ahead = self._ahead[moved:] if moved >= 0 else b""
        self._position += moved
        return self._position

    def tell(self) -> int:
        """The position of the next byte."""
        return self._position

    def seekable(self) -> bool:
        """Whether the decoder may look things up; asked once, before it reads.

        Where the server can only begin at the start that is expensive, so it is done for an MP4
        whose index is at its end, which cannot be read otherwise.
        """
        has_late_index = self._head[4:8] == b"ftyp" and b"moov" not in self._head
        return self.has_size and (self._answer.takes_ranges or has_late_index)

    def close(self) -> None:
        """Hang up."""
        self._answer.close()

    def _next(self, size: int) -> bytes:
        if not self._ahead:
            if 0 <= self._position - self._answer.position <= _NEAR:
                _skip(self._answer, to=self._position)
            else:
                self._ask_again()
            self._ahead = self._answer.read(_CHUNK)
        data, self._ahead = self._ahead[:size], self._ahead[size:]
        return data

    def _ask_again(self) -> None:
        """Get an answer whose next byte is the one at the position.

        Raises:
            BeginsAgainError: it was a camera, and shows something else now.
            GaveUpError: there is another recording now.
        """
        self._answer.close()
        self._answer = answer = self._ask(self._position)
        head = self._head[: self._position]
        same = answer.position != 0 or _skip(answer, to=len(head)) == head
        if not same and not self.has_size:
            raise BeginsAgainError("the stream begins again")
        etags = {self._etag, answer.etag, None}
        if not same or answer.size not in (self._size, None) or len(etags) > 2:
            raise GaveUpError("there is another recording at this address now")
        if answer.position > self._position:
            raise GaveUpError("the server answered with other bytes than it was asked for")
        _skip(answer, to=self._position)

    def _go_on(self) -> None:
        """Ask again, until there are new bytes.

        Raises:
            AnswerEndedError: the answer ends where the one before did.
        """
        self._ask_again()
        self._ahead = self._answer.read(_CHUNK)
        if not self._ahead:
            raise AnswerEndedError(f"the answer ended after {self._position} bytes")

    def _check_end(self) -> None:
        """Find out whether no more bytes mean the end; an answer may just be a part, or cut."""
        if self.has_size:
            self._go_on()  # it was a part, as large as the server likes
        elif self._answer.states_end:
            self._end = self._position
        else:
            self._check_unstated_end()

    def _check_unstated_end(self) -> None:
        """Only another answer tells an end from a server that hung up too early."""
        was_part = self._answer.is_part
        try:
            self._go_on()
        except AnswerEndedError:
            self._end, self.repeats = self._position, True
        except BeginsAgainError:
            self.failure = SourceLostError("the stream ended")
        else:
            if was_part:
                return  # as large as the server likes
            lost = f"the answer ended early, after {self._position} bytes"
            _tell(self._source, "source_lost", lost)
            _tell(self._source, "reconnected", "it went on when asked again")

    def _recover(self, error: SourceError) -> None:
        """Ask until the next bytes come; or else say why in ``failure``."""
        try:
            bring_back(
                self._go_on, error=error, source=self._source, give_up_after=self._give_up_after
            )
        except SourceError as final:
            self.failure = final


def bring_back(
    go_on: Callable[[], T], *, error: SourceError, source: Source, give_up_after: float
) -> T:
    """Tell that something was lost, and try until it is back.

    Args:
        go_on: one attempt.
        error: why it was lost.
        source: told of it; it says when to stop waiting.
        give_up_after: seconds; 0 means never.

    Returns:
        What the attempt gave that succeeded.

    Raises:
        SourceError: it is not back, and no further attempt makes sense.
    """
    _tell(source, "source_lost", str(error))
    attempts, futile = to_bring_back(give_up_after=give_up_after), 0
    attempts.heed(error)
    for pause in attempts.pauses:
        if source.pause(pause):
            raise error
        attempts.made += 1
        try:
            back = go_on()
        except (GaveUpError, BeginsAgainError):
            raise
        except SourceError as again:
            error = again
            attempts.heed(error)
            futile = futile + 1 if isinstance(again, AnswerEndedError) else 0
            if futile == FUTILE_ATTEMPTS:
                break
        else:
            _tell(source, "reconnected", f"back {attempts}")
            return back
    raise attempts.given_up(str(error))


def _tell(source: Source, kind: Literal["source_lost", "reconnected"], text: str) -> None:
    if kind == "source_lost":
        _log.warning("lost %s: %s; reconnecting", source.address, text)
    source.tell(Event(kind, text))


def _skip(answer: Answer, *, to: int) -> bytes:
    """Read up to a position, and give the end of what was read."""
    data = b""
    while answer.position < to:
        read = answer.read(min(_CHUNK, to - answer.position))
        if not read:
            raise AnswerEndedError(f"the answer ended after {answer.position} bytes")
        data = (data + read)[-_CHUNK:]  # a head is shorter
    return data
