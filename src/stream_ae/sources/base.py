"""What every stream promises: frames in order, each once, decoded while the network learns.

A new kind of stream is a subclass with one generator, :meth:`Source.read`. The base class runs it
in a thread of its own and hands the frames over through a
:class:`~stream_ae.sources.frame_queue.FrameQueue`, so that the learner never waits for decoding
and resizing that could have been done before.
"""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import Self

from stream_ae.frame import Event, Frame
from stream_ae.sources.frame_queue import FrameQueue
from stream_ae.sources.packets import PacketTap

READ_AHEAD = 2
"""Frames that a recorded stream may be ahead of the learner; one of 4K takes 24 MiB."""

LIVE_JOIN_TIMEOUT = 2.0
"""Seconds that closing waits for a reader that may hang on a silent network; it ends by itself."""


_log = logging.getLogger("stream_ae")


class Source(ABC):
    """An ordered, possibly endless stream of frames, each seen once.

    Args:
        address: the string that names the stream.
        live: a camera: it does not wait, so only its latest frame is kept and what was lost in
            between is counted in ``Frame.dropped``. A recorded stream waits and never loses any.
        length: the number of frames, where that is known beforehand.

    Use it as a context manager, or call :meth:`close`; both end the reader thread. It may be
    iterated again after an iteration ended; each iteration starts where ``start`` says.
    """

    def __init__(self, address: str, *, live: bool = False, length: int | None = None) -> None:
        self.address = address
        self.live = live
        self.length = length
        self.packets: PacketTap | None = None
        """The encoded packets of the video, where it has any."""
        self._queue: FrameQueue | None = None
        self._reader: threading.Thread | None = None
        self._stopped = self._closed = False

    @abstractmethod
    def read(self, start: int) -> Iterator[Frame | Event]:
        """Give the frames from position ``start`` on; runs in the reader thread.

        A recorded stream gives exactly what it would have given after ``start`` frames. A wait
        longer than a moment is done with :meth:`pause`, which ends early when the source closes.
        What happens to the stream is told in ``Frame.events`` of the next frame. Where that may be
        long in coming, or never comes, the event is given by itself.

        Raises:
            SourceError: the stream cannot be opened or holds no frame.
            SourceLostError: it broke after it had given frames.
        """

    def frames(
        self,
        prepare: Callable[[Frame], Frame] | None = None,
        *,
        start: int = 0,
        on_event: Callable[[Event], None] | None = None,
    ) -> Generator[Frame, None, None]:
        """Iterate over the stream from frame ``start`` on.

        Args:
            prepare: applied to each frame in the reader thread, e.g. ``StreamLearner.prepare``.
            start: how many frames of the stream to skip (already learned, when resuming).
            on_event: told at once of what happens between two frames or after the last one. Without
                it the next frame carries such an event, and one after the last frame is logged.

        Raises:
            ValueError: the source is closed.
            SourceError: as :meth:`read` raises it.
        """
        if self._closed:
            raise ValueError(f"a source must be open, got {self.address!r} closed; open it again")
        if self._stopped:
            return
        self._end_reader()
        queue = FrameQueue(1, drop_oldest=True) if self.live else FrameQueue(READ_AHEAD)
        reader = threading.Thread(
            target=self._fill,
            args=(queue, prepare, start),
            name=f"reader of {self.address}",
            daemon=True,
        )
        self._queue, self._reader = queue, reader
        reader.start()
        try:
            frames = _frames(queue, on_event=on_event)
            for index, frame in enumerate(frames, start):
                # A live reader counts what it saw; a position counts what was delivered.
                yield replace(frame, index=index) if self.live else frame
        finally:
            queue.discard()
            reader.join(self._join_timeout)

    def __iter__(self) -> Iterator[Frame]:
        return self.frames()

    def pause(self, seconds: float) -> bool:
        """Wait inside :meth:`read`; True means that the source was closed and reading must end."""
        queue = self._queue
        return queue is None or queue.wait_closed(seconds)

    @property
    def closing(self) -> bool:
        """Whether :meth:`read` should end; asked between two frames and while waiting."""
        queue = self._queue
        return queue is None or queue.closed

    def tell(self, event: Event) -> None:
        """Give an event by itself from where :meth:`read` cannot: a library's callback, say."""
        if self._queue is not None:
            self._queue.put(event)

    def stop(self) -> None:
        """End this and any later iteration after the current frame; safe in a signal handler."""
        self._stopped = True
        if self._queue is not None:
            self._queue.discard()

    def close(self) -> None:
        """End the reader thread and free what the stream holds; harmless when called twice."""
        self._closed = True
        self._end_reader()

    def _end_reader(self) -> None:
        if self._queue is not None:
            self._queue.discard()
        if self._reader is not None and self._reader is not threading.current_thread():
            self._reader.join(self._join_timeout)
        self._queue = self._reader = None

    @property
    def _join_timeout(self) -> float | None:
        return LIVE_JOIN_TIMEOUT if self.live else None

    def _fill(
        self, queue: FrameQueue, prepare: Callable[[Frame], Frame] | None, start: int
    ) -> None:
        """Run :meth:`read` and put what it gives into the queue; the whole of the reader thread."""
        try:
            for item in self.read(start):
                ready = prepare(item) if prepare is not None and isinstance(item, Frame) else item
                if not queue.put(ready):
                    break
            queue.close()
        except BaseException as error:  # noqa: BLE001 - raised in the thread that iterates
            queue.close(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _frames(queue: FrameQueue, *, on_event: Callable[[Event], None] | None) -> Iterator[Frame]:
    """The frames in a queue; an event between them is told, or given to the next frame."""
    untold: tuple[Event, ...] = ()
    for item in queue:
        if isinstance(item, Frame):
            yield replace(item, events=untold + item.events) if untold else item
            untold = ()
        elif on_event is not None:
            on_event(item)
        else:
            untold += (item,)
    for event in untold:
        _log.warning("after the last frame: %s", event.text)
