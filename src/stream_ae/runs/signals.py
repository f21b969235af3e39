"""What a signal does for a while, and does no longer afterwards."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


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
