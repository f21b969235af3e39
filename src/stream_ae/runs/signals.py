"""What a signal does for a while, and does no longer afterwards."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

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
