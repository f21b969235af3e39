"""A bounded queue of frames between the reader thread and the learning loop.

It is the only thing that the two threads share. A recorded stream loses nothing: its reader waits
while the queue is full. A camera does not wait: its newest frame wins, and the frame that is
delivered next carries the count and the events of those that were dropped before it. An event that
is put in by itself is never dropped.
"""

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from stream_ae.frame import Event, Frame


class FrameQueue:
    """Frames and events on their way from one thread to another, in order.

    Args:
        capacity: how many may wait, at least 1.
        drop_oldest: what happens when the queue is full: False makes :meth:`put` wait, True drops
            the oldest frame that waits.

    Iterating gives what was put in until the queue is closed and empty. An error that was handed to
    :meth:`close` is raised there, in the thread that iterates.

    Raises:
        ValueError: ``capacity`` is less than 1.
    """

    def __init__(self, capacity: int, *, drop_oldest: bool = False) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, got {capacity}; a queue holds a frame")
        self._capacity = capacity
        self._drop_oldest = drop_oldest
        self._items: deque[Frame | Event] = deque()
        self._error: BaseException | None = None
        self._closed = False
        self._changed = threading.Condition()  # reentrant: a signal handler may call discard()

    def put(self, item: Frame | Event) -> bool:
        """Add a frame or an event; False means that the queue is closed: nobody will take it."""
        with self._changed:
            if not self._drop_oldest:
                self._changed.wait_for(lambda: self._closed or len(self._items) < self._capacity)
            if self._closed:
                return False
            if self._drop_oldest and isinstance(item, Frame):
                item = self._make_room(item)
            self._items.append(item)
            self._changed.notify_all()
            return True

    def _make_room(self, newest: Frame) -> Frame:
        """Drop the oldest frame where too many wait; the frame after it takes over its events."""
        frames = [*(item for item in self._items if isinstance(item, Frame)), newest]
        if len(frames) <= self._capacity:
            return newest
        dropped, heir = frames[:2]
        told = _after_drop(heir, dropped=dropped)
        kept = (told if item is heir else item for item in self._items if item is not dropped)
        self._items = deque(kept)
        return told if heir is newest else newest

    def close(self, error: BaseException | None = None) -> None:
        """Accept nothing more; what waits can still be taken, then ``error`` is raised."""
        with self._changed:
            if not self._closed:
                self._closed, self._error = True, error
                self._changed.notify_all()

    def discard(self) -> None:
        """Close the queue and throw away what waits: nobody wants it any more."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether nothing more is accepted."""
        return self._closed

    def wait_closed(self, seconds: float) -> bool:
        """Sleep for ``seconds`` or until the queue is closed; True if it is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._closed, timeout=seconds)

    def __iter__(self) -> Iterator[Frame | Event]:
        while True:
            with self._changed:
                while not self._items and not self._closed:
                    self._changed.wait()
                try:
                    item = self._items.popleft()
                except IndexError:  # also where a signal handler emptied the queue just now
                    if self._error is not None:
                        raise self._error from None
                    return
                self._changed.notify_all()
            yield item


def _after_drop(frame: Frame, *, dropped: Frame) -> Frame:
    """The frame as it follows one that was dropped: it takes over its count and its events."""
    return replace(
        frame,
        dropped=frame.dropped + dropped.dropped + 1,
        events=dropped.events + frame.events,
        is_first=frame.is_first or dropped.is_first,
    )
