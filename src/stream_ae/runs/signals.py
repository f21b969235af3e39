"""What a signal does for a while, and does no longer afterwards."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

INTERRUPTED = 128 + signal.SIGINT
"""The exit code after a Ctrl-C that left nothing, as shells have it."""

_ASK_EVERY = 0.5  # seconds


@contextmanager
def handled(
    number: signal.Signals,
    handler: Callable[[int, FrameType | None], object] | signal.Handlers,
) -> Iterator[None]:
    """Let a signal do something else within a ``with`` block.

    In another thread than the main one nothing changes, since Python allows it only there.

    Args:
        number: the signal.
        handler: what it does; ``signal.SIG_IGN`` for nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


def leave(_number: int, _frame: FrameType | None) -> None:
    """End a process that has not begun yet; in the middle of an import an exception may be lost."""
    with suppress(OSError):  # stderr may be closed
        os.write(2, b"\nstream-ae: interrupted while starting; nothing was learned\n")
    os._exit(INTERRUPTED)


@contextmanager
def ends_cleanly(first: Callable[[], object]) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM within a ``with`` block do something, the second end all.

    Args:
        first: what the first one does.
    """

    def handle(_number: int, _frame: FrameType | None) -> None:
        for other in (signal.SIGINT, signal.SIGTERM):
            signal.signal(other, lambda number, _: os._exit(128 + number))
        first()

    with handled(signal.SIGINT, handle), handled(signal.SIGTERM, handle):
        yield


def wait_for_end(goes_on: Callable[[], bool]) -> None:
    """Wait for Ctrl-C or SIGTERM.

    Args:
        goes_on: asked twice a second whether there is still something to wait for.
    """
    asked = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    with handled(signal.SIGINT, end), handled(signal.SIGTERM, end):
        while goes_on() and not asked.wait(_ASK_EVERY):
            pass
