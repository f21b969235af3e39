"""One process compiles, and others of the same machine that want the same wait, and read it.

Eight cameras that start at the same moment would otherwise each compile all of it, on the cores
that they share.
"""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import BinaryIO

from stream_ae.kernels.jit import loop


@contextmanager
def once(what: str) -> Iterator[bool]:
    """Whether this process is the first of those in the same ``with`` block; the others wait.

    Nobody waits for a process that has died: the lock is the system's own (flock(2)).

    Args:
        what: a name for the block: that of a file where compiled loops are kept.

    Yields:
        True also where nothing can be kept, so that nobody waits.
    """
    with ExitStack() as stack:
        is_first = True
        if (folder := _nothing.folder) is not None:
            with suppress(OSError):  # the disk is full, or knows no locks
                is_first = _is_first(stack.enter_context((folder / f"{what}.lock").open("ab")))
        yield is_first


def _is_first(file: BinaryIO) -> bool:
    """Take the lock, or wait for the end of who has it; all who wait go on together."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fcntl.flock(file, fcntl.LOCK_SH)
        return False
    return True


@loop
def _nothing() -> None:
    """Is never called: it only knows where it would be kept."""
