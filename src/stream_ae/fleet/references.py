"""Secrets by reference: ``${NAME}`` of the environment, ``${file:PATH}`` in a file.

What travels through Ray and stands in its dashboard is the reference. It is resolved in the process
that learns the camera, on its machine, each time that it starts.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

from stream_ae.errors import ConfigError
from stream_ae.settings.redaction import redact_url

_REFERENCE = re.compile(r"\$\{(?:(file):([^}]+)|([A-Za-z_]\w*))\}", re.ASCII)
_OPENING = "${"
_SHORTEST = 4  # characters of what is hidden in a text: less would hide half of it
HIDDEN = "***"
"""What stands for a secret in a text for people."""


def replaced(text: str, by: Callable[[str], str]) -> str:
    """A text with each of its references replaced.

    Args:
        text: an address, or any other value.
        by: gives what stands for a reference, from what is between its braces.

    Raises:
        ConfigError: a reference is not closed, or names nothing.

    >>> replaced("rtsp://me:${DOOR}@10.0.0.5/live", by=str.lower)
    'rtsp://me:door@10.0.0.5/live'
    """
    if _OPENING in _REFERENCE.sub("", text):
        raise ConfigError(
            f"a reference must be ${{NAME}} or ${{file:PATH}}, got {_with_hidden(text)!r};"
            " close it, and name a variable or a file"
        )
    return _REFERENCE.sub(lambda found: by(found[0][2:-1]), text)


def is_reference(text: str) -> bool:
    """Whether a text is one reference and nothing else."""
    return _REFERENCE.fullmatch(text) is not None


def check_no_secret(text: str, *, name: str) -> None:
    """See that an address holds no password but by reference.

    Args:
        text: the address, as a file has it.
        name: of the setting, for the message.

    Raises:
        ConfigError: it holds one; the message does not.

    >>> check_no_secret("rtsp://me:${DOOR}@10.0.0.5/live", name="source")
    """
    shown = replaced(text, by=lambda _: HIDDEN)
    if redact_url(shown) != shown:
        raise ConfigError(
            f"{name} must hold no login or password itself, got {redact_url(shown)!r}; write"
            " ${NAME} for a variable of the environment, or ${file:PATH}"
        )


def resolve(text: str, *, secrets: set[str]) -> str:
    """A text with what its references stand for.

    Args:
        text: an address, or any other value.
        secrets: what was found is added, to be hidden wherever it might be shown.

    Raises:
        ConfigError: a variable is not set or a file cannot be read on this machine.
    """

    def found(reference: str) -> str:
        value = _value(reference)
        secrets.add(value)
        return value

    return replaced(text, by=found)


def hide(text: str, *, secrets: set[str]) -> str:
    """A text for people, without any secret.

    >>> hide("401 for user:hunter2", secrets={"hunter2"})
    '401 for user:***'
    """
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, HIDDEN)
    return text


def _value(reference: str) -> str:
    kind, _, path = reference.rpartition(":")
    if kind != "file":
        if reference not in os.environ:
            raise ConfigError(
                f"${{{reference}}} must be set on {_host()}, got no such variable; set it before"
                " Ray starts there, or write ${file:PATH}"
            )
        return os.environ[reference]
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text"
        raise ConfigError(
            f"${{{reference}}} must be a file on {_host()}, got none that can be read: {reason};"
            " put it there"
        ) from error
    if not lines or not lines[0]:
        raise ConfigError(f"${{{reference}}} must have a first line, got none; write it")
    return lines[0]


def _host() -> str:
    return os.uname().nodename


def _with_hidden(text: str) -> str:
    return _REFERENCE.sub(HIDDEN, text)
