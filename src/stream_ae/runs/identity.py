"""Which stream an address names, wherever and however it is written.

A run belongs to one stream. The same file has many names: from another folder, through a link, with
a dot in front. What is compared is therefore the place itself, not the name.
"""

import re
from itertools import takewhile
from pathlib import Path

from stream_ae.settings.addresses import is_pattern
from stream_ae.settings.redaction import redact_url

_HIDDEN = "***"  # where a password was; no pattern
_KIND = re.compile(r"(gym|scene|webcam):", re.IGNORECASE)


def full_address(address: str) -> str:
    """The address as it means the same in every folder, without the password in it.

    A file or folder is given by its real path, a pattern by that of the folder it begins in, a URL
    with scheme and host in small letters. Anything else, a pipe among it, is as it was. A password
    that was changed makes no difference, as it is not kept.

    >>> full_address("RTSP://User:secret@Camera:554/Live")
    'rtsp://User:***@camera:554/Live'
    """
    path = Path(address)
    if _is_stored(address):
        return str(path.resolve())
    scheme, separator, rest = redact_url(address).partition("://")
    if separator:
        user, at, host_and_path = rest.rpartition("@")
        host = re.split(r"[/?#]", host_and_path, maxsplit=1)[0]
        return f"{scheme.lower()}://{user}{at}{host.lower()}{host_and_path[len(host) :]}"
    kind = _KIND.match(address)
    if kind is not None:
        return kind[0].lower() + address[kind.end() :]
    if is_pattern(address.replace(_HIDDEN, "")):
        fixed = list(takewhile(lambda part: not is_pattern(part), path.parts))
        return str(Path(*fixed).resolve().joinpath(*path.parts[len(fixed) :]))
    return redact_url(address)


def same_stream(one: str, other: str) -> bool:
    """Whether two addresses name the same stream; a file has as many names as links lead to it."""
    if full_address(one) == full_address(other):
        return True
    return _is_stored(one) and _is_stored(other) and Path(one).samefile(other)


def _is_stored(address: str) -> bool:
    """Whether an address leads to what lies on a disk; a pipe does not."""
    try:
        return address != "" and (Path(address).is_file() or Path(address).is_dir())
    except (OSError, ValueError):
        return False  # a long URL is no file name
