"""A bounded hand-over between two threads.

The only thing that a reader thread and the learning loop share. It either makes the writer wait
(a file loses nothing) or lets the newest item win (a camera stays at now), and in that case says
how what was lost is to be remembered.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Hand items from one thread to another, at most ``capacity`` on the way.

    Args:
        capacity: how many items may wait.
        fold: None lets :meth:`put` wait while the box is full. A function lets the newest win: the
            oldest waiting item is taken out and ``fold(lost, next)`` replaces its successor, so
            that a count of what was lost travels with what is delivered.

    Iterating gives the items until the box is closed and empty; an error handed to :meth:`close`
    is raised there, in the thread that reads.
    """

    def __init__(self, capacity: int, *, fold: Callable[[T, T], T] | None = None) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, got {capacity}")
        self._capacity = capacity
        self._fold = fold
        self._items: deque[T] = deque()
        self._error: BaseException | None = None
        self._closed = False
        self._changed = threading.Condition()  # reentrant: a signal handler may close the box

    def put(self, item: T) -> bool:
        """Leave an item; False means that the box is closed and nobody will take it."""
        with self._changed:
            while len(self._items) >= self._capacity and not self._closed:
                if self._fold is None:
                    self._changed.wait()
                    continue
                lost = self._items.popleft()
                if self._items:
                    self._items[0] = self._fold(lost, self._items[0])
                else:
                    item = self._fold(lost, item)
            if self._closed:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def close(self, error: BaseException | None = None) -> None:
        """Let nothing more in; what waits can still be taken, then ``error`` is raised."""
        with self._changed:
            if not self._closed:
                self._closed, self._error = True, error
                self._changed.notify_all()

    def discard(self) -> None:
        """Close the box and throw away what waits: the reader has lost interest."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether nothing more is let in."""
        return self._closed

    def wait_closed(self, seconds: float) -> bool:
        """Sleep for ``seconds`` or until the box is closed; True if it is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._closed, timeout=seconds)

    def __iter__(self) -> Iterator[T]:
        while True:
            with self._changed:
                while not self._items and not self._closed:
                    self._changed.wait()
                try:
                    item = self._items.popleft()
                except IndexError:  # also where a signal handler emptied the box just now
                    if self._error is not None:
                        raise self._error from None
                    return
                self._changed.notify_all()
            yield item
