"""What every stream promises: frames in order, each once, decoded beside the learning.

A new kind of stream is a subclass with one generator, :meth:`Source.read`. The base class runs it
in a thread of its own and hands the frames over through a
:class:`~stream_ae.sources.frame_queue.Mailbox`, so that decoding and resizing never stand in the
learner's way.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import Self

from stream_ae.frame import Event, Frame
from stream_ae.sources.frame_queue import Mailbox

READ_AHEAD = 2
"""Frames that a recorded stream may be ahead of the learner; one of 4K takes 24 MiB."""

LIVE_PATIENCE = 2.0
"""Seconds that closing waits for a reader that may hang on a silent network; it ends by itself."""


class Source(ABC):
    """An ordered, possibly endless stream of frames, each seen once.

    Args:
        address: the string that names the stream.
        live: a camera: it does not wait, so only its latest frame is kept and what was lost in
            between is counted in ``Frame.dropped``. A recorded stream waits and never loses any.
        length: the number of frames, where that is known beforehand.

    Use it as a context manager, or call :meth:`close`; both end the reader thread. It may be
    iterated anew after an iteration ended; each starts where ``start`` says.
    """

    def __init__(self, address: str, *, live: bool = False, length: int | None = None) -> None:
        self.address = address
        self.live = live
        self.length = length
        self._mailbox: Mailbox[Frame] | None = None
        self._thread: threading.Thread | None = None
        self._patience = LIVE_PATIENCE if live else None
        self._stopped = self._closed = False

    @abstractmethod
    def read(self, start: int) -> Iterator[Frame]:
        """Give the frames from position ``start`` on; runs in the reader thread.

        A recorded stream gives exactly what it would have given after ``start`` frames. A wait
        longer than a moment is done with :meth:`pause`, which ends early when the source closes.

        Raises:
            SourceError: the stream cannot be opened or holds no frame.
            SourceLostError: it broke after it had given frames.
        """

    def frames(
        self, prepare: Callable[[Frame], Frame] | None = None, *, start: int = 0
    ) -> Generator[Frame, None, None]:
        """Iterate over the stream from frame ``start`` on.

        Args:
            prepare: applied to each frame in the reader thread, e.g. ``StreamLearner.prepare``.
            start: how many frames of the stream to pass over (already learned, when resuming).
        """
        if self._closed:
            raise ValueError(f"{self.address!r} is closed; open it anew")
        if self._stopped:
            return
        self._end_reader()
        mailbox = Mailbox[Frame](
            1 if self.live else READ_AHEAD, fold=_fold_lost if self.live else None
        )
        thread = threading.Thread(
            target=self._deliver,
            args=(mailbox, prepare, start),
            name=f"reader of {self.address}",
            daemon=True,
        )
        self._mailbox, self._thread = mailbox, thread
        thread.start()
        try:
            for index, frame in enumerate(mailbox, start):
                # A live reader counts what it saw; a position counts what was delivered.
                yield replace(frame, index=index) if self.live else frame
        finally:
            mailbox.discard()
            thread.join(self._patience)

    def __iter__(self) -> Iterator[Frame]:
        return self.frames()

    def pause(self, seconds: float) -> bool:
        """Wait inside :meth:`read`; True means that the source was closed and reading must end."""
        mailbox = self._mailbox
        return mailbox is None or mailbox.wait_closed(seconds)

    @property
    def closing(self) -> bool:
        """Whether :meth:`read` should end; asked between two frames and while waiting."""
        return self._mailbox is None or self._mailbox.closed

    def stop(self) -> None:
        """End this and any later iteration after the frame in hand; safe in a signal handler."""
        self._stopped = True
        if self._mailbox is not None:
            self._mailbox.discard()

    def close(self) -> None:
        """End the reader thread and free what the stream holds; harmless when called twice."""
        self._closed = True
        self._end_reader()

    def _end_reader(self) -> None:
        if self._mailbox is not None:
            self._mailbox.discard()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(self._patience)
        self._mailbox = self._thread = None

    def _deliver(
        self, mailbox: Mailbox[Frame], prepare: Callable[[Frame], Frame] | None, start: int
    ) -> None:
        try:
            for frame in self.read(start):
                if not mailbox.put(prepare(frame) if prepare is not None else frame):
                    break
            mailbox.close()
        except BaseException as error:  # noqa: BLE001 - raised in the thread that reads
            mailbox.close(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _fold_lost(lost: Frame, following: Frame) -> Frame:
    """Remember on the following frame that ``lost`` was dropped, and what it had to tell."""
    events: tuple[Event, ...] = lost.events + following.events
    return replace(
        following,
        dropped=following.dropped + lost.dropped + 1,
        events=events,
        is_first=following.is_first or lost.is_first,
    )
