"""Which words name a stream at all, told before anything that could open one is loaded."""

import re
from pathlib import Path

from stream_ae.settings.redaction import redact_url

_KIND = re.compile(r"(rtsps?|https?)://|(webcam|gym|scene):", re.IGNORECASE)
_PATTERN = re.compile(r"[*?[]")
_FORMS = "a path, - (piped in), rtsp://…, http(s)://…, webcam:0, gym:<EnvId> or scene:<name>"


def is_pattern(text: str) -> bool:
    """Whether a path, or a part of one, is a glob pattern."""
    return _PATTERN.search(text) is not None


def names_a_stream(address: str) -> bool:
    """Whether an address has one of the forms of a stream; a path has to be there.

    >>> [names_a_stream(a) for a in ("gym:ALE/Breakout-v5", "shots/*.png", "-", "clip.mp5")]
    [True, True, True, False]
    """
    if address == "-" or _KIND.match(address) or is_pattern(address):
        return True
    try:
        return address != "" and Path(address).exists()
    except PermissionError:
        return True  # opening it says so
    except (OSError, ValueError):
        return False  # a long URL is no file name


def unknown_stream(address: str) -> str:
    """What is said of an address that names no stream."""
    return f"unknown source {redact_url(address)!r}: no such file; a source is {_FORMS}"
