"""The door of a source: what a library raises comes out of it as one of our own errors.

A source stands on a library (PyAV, Pillow, Gymnasium) that may raise anything at any call. So it
calls its library only within :func:`door`, or gives its frames through :func:`frames_through`.
Then whoever reads a stream needs to know our errors only, and a surprise of the library is one
line for its user. It may not end the program, either: what a library says with ``sys.exit``, or
with an exception outside of ``Exception``, is an error of its own. Our errors and Ctrl-C pass.
"""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from stream_ae.errors import SourceError, SourceLostError, StreamAEError
from stream_ae.frame import Event, Frame

Item = TypeVar("Item", bound=Frame | Event)

_LONGEST_REASON = 300  # characters of the library's own words
_UNSEEN = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x1f\x7f-\x9f]")  # what steers a terminal
_PASSING = (StreamAEError, KeyboardInterrupt, GeneratorExit)
_log = logging.getLogger("stream_ae")


@contextmanager
def door(what: str, *, advice: str = "") -> Iterator[None]:
    """Let only our own errors out of a ``with`` block.

    Args:
        what: what failed, the beginning of the message: ``cannot open 'clip.mp4'``.
        advice: what to do, its end; may be empty where the caller adds it.

    Raises:
        SourceError: the block raised anything that is not ours. Its message is in three parts,
            the middle one in the library's words, and its ``__cause__`` is what was raised.

    >>> with door("cannot open 'a.tif'", advice="is it complete?"):
    ...     raise RuntimeError("bad strip 7")
    Traceback (most recent call last):
        ...
    stream_ae.errors.SourceError: cannot open 'a.tif': RuntimeError: bad strip 7; is it complete?
    """
    try:
        yield
    except _PASSING:
        raise
    except BaseException as error:
        raise SourceError(_message(what, error, advice)) from error


def frames_through(frames: Iterator[Item], *, address: str, advice: str) -> Iterator[Item]:
    """Give frames, and events between them, on, and let only our own errors out.

    Args:
        frames: what the source reads.
        address: how the messages name the source.
        advice: what to do, the end of the messages.

    Raises:
        SourceError: anything was raised before the first frame; nothing is lost that never came.
        SourceLostError: the same after it.
    """
    given = 0
    try:
        for item in frames:
            yield item
            given += isinstance(item, Frame)
    except SourceError as error:
        kind = SourceLostError if given else SourceError
        if type(error) is kind:
            raise
        raise kind(str(error)) from error
    except _PASSING:
        raise
    except BaseException as error:
        if not given:
            raise SourceError(_message(f"cannot open {address!r}", error, advice)) from error
        what = f"lost {address!r} after {given} frame{'s'[: given != 1]}"
        raise SourceLostError(_message(what, error, advice)) from error


def free(what: str, close: Callable[[], object]) -> None:
    """Free what a library holds; where that fails it is logged, as no frame is lost by it.

    Args:
        what: how the message names it.
        close: frees it.
    """
    try:
        with door(f"{what} did not close"):
            close()
    except SourceError as error:
        _log.warning("%s", error)


def in_words(error: BaseException) -> str:
    """What went wrong in one line, as the library says it, after the kind of its error.

    >>> in_words(KeyError("level"))
    "KeyError: 'level'"
    """
    text = error.strerror if isinstance(error, OSError) and error.strerror else error
    line = _UNSEEN.sub("", " ".join(str(text).split()))[:_LONGEST_REASON].rstrip(".")
    return ": ".join(filter(None, (type(error).__name__, line)))


def _message(what: str, error: BaseException, advice: str) -> str:
    return "; ".join(filter(None, (f"{what}: {in_words(error)}", advice)))
