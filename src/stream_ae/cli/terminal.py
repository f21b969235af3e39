"""The three standard streams as they may be: closed, full, broken off, in another encoding.

What a library leaves behind, an object that cannot be freed or a thread that failed, comes to them
as one line, too, where Python would print a traceback.
"""

import io
import logging
import os
import sys
import threading
from traceback import format_exception_only
from typing import TextIO

_log = logging.getLogger("stream_ae")
_STREAMS = {"stdin": "r", "stdout": "w", "stderr": "w"}


def prepare() -> None:
    """Make sure that there are three, and that no character is one too many for them.

    What an encoding does not have is escaped; the name of a file that is typed in may be any bytes.
    """
    for name, mode in _STREAMS.items():
        if vars(sys)[name] is None:  # whoever started the program had closed it
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115, PTH123 - open to the end
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _not_freed
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _thread_failed


def settle() -> OSError | None:
    """Write what still waits to be written; gives the error of a standard output that cannot be."""
    _flush(sys.stderr)
    return _flush(sys.stdout)


def complain(line: str) -> None:
    """Write a line to stderr; there is nowhere left to say that this cannot be done."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        _give_up(sys.stderr)


def failing() -> OSError | None:
    """The error of the standard output, if it is one that fails.

    What was written before may be lost already, and its error with it, so a line is tried.
    """
    try:
        print(flush=True)
    except OSError as error:
        _give_up(sys.stdout)
        return error
    return None


def _flush(stream: TextIO) -> OSError | None:
    try:
        stream.flush()
    except OSError as error:
        _give_up(stream)
        return error
    return None


def _give_up(stream: TextIO) -> None:
    """Let what cannot be written go nowhere; else the interpreter would try it again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _not_freed(failure: "sys.UnraisableHookArgs") -> None:
    _say(f"passed over, in {failure.object!r}", failure.exc_value)


def _thread_failed(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_type is not SystemExit:  # which ends a thread and nothing else
        _say(f"{failure.thread.name if failure.thread else 'a thread'} failed", failure.exc_value)


def _say(what: str, error: BaseException | None) -> None:
    reason = " ".join("".join(format_exception_only(error)).split())
    _log.warning("%s: %s", what, reason)
