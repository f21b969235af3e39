"""One setting of a run: its meaning, its range, and what stands for it where it is asked for.

A configuration declares a field as ``frames: Annotated[int, Setting(…)] = 0``.
"""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import UnionType
from typing import Literal, get_args, get_origin

_LARGEST = 2**63 - 1  # as a count or a seed of PyTorch
_FLOAT32 = 1.2e-38, 3.4e38  # the smallest at full precision, and the largest
_SHOWN = 40  # characters of a value in a message

Number = Callable[[str | float], float]
"""Reads a number and checks its range; raises ``ValueError`` where it is outside."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is said of a field of a configuration beside its type and its default.

    Args:
        help: its meaning, in a line.
        metavar: what stands for its value in ``--help``.
        number: reads its value, where that is a number with a range.
        unset: what happens without it, where the default itself does not say so.
        kept: whether what is learned depends on it, so that a resumed run must have it as the run
            began.
    """

    help: str
    metavar: str | None = None
    number: Number | None = None
    unset: str | None = None
    kept: bool = False


def count(value: str | float) -> int:
    """A whole number of at least 0.

    Raises:
        ValueError: it is none.
    """
    return _whole(value, least=0)


def positive(value: str | float) -> int:
    """A whole number of at least 1.

    Raises:
        ValueError: it is none.

    >>> positive("1e3")
    1000
    >>> positive("0")
    Traceback (most recent call last):
        ...
    ValueError: must be a whole number, 1 or more, got '0'
    """
    return _whole(value, least=1)


def thread_count(value: str | float) -> int:
    """A number of threads: from 1 to as many as there are processors.

    Raises:
        ValueError: it is none.
    """
    return _whole(value, least=1, most=os.cpu_count() or 1, of=", the processors here")


def port_number(value: str | float) -> int:
    """The number of a port, 0 to 65535.

    Raises:
        ValueError: it is none.
    """
    return _whole(value, least=0, most=65535)


def rate(value: str | float) -> float:
    """A number above 0 that float32, in which is learned, can hold.

    Raises:
        ValueError: it is none.
    """
    number = _above_zero(value, what="a number")
    least, most = _FLOAT32
    if not least <= number <= most:
        raise ValueError(f"must be a number from {least} to {most}, got {shown(value)}")
    return number


def seconds(value: str | float) -> float:
    """A finite time above 0.

    Raises:
        ValueError: it is none.
    """
    return _above_zero(value, what="seconds")


def patience(value: str | float) -> float:
    """A finite time, 0 or more.

    Raises:
        ValueError: it is none.
    """
    number = _finite(value)
    if not number >= 0:
        raise ValueError(f"must be seconds, 0 or more, got {shown(value)}")
    return number


def shown(value: object) -> str:
    """A value for a message of one line, cut off where it is long."""
    try:
        text = repr(value[:_SHOWN] if isinstance(value, str) else value)
    except ValueError:
        return "a number of thousands of digits"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def choices(kind: type | UnionType) -> tuple[str, ...]:
    """The values of a ``Literal``; none for any other type."""
    return get_args(kind) if get_origin(kind) is Literal else ()


def is_list(kind: type | UnionType) -> bool:
    """Whether a setting takes several texts, each asked for by itself."""
    return get_origin(kind) is tuple


def check(value: object, *, kind: type | UnionType, number: Number | None = None) -> None:
    """Compare a value with the type and the range of its field.

    Args:
        value: what a configuration was made with.
        kind: the type of the field: a class, a ``Literal`` of strings, or one of them or None.
        number: checks its range.

    Raises:
        ValueError: it does not fit; the message says what was expected.
    """
    allowed = choices(kind)
    if allowed:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}, got {shown(value)}")
        return
    if is_list(kind):
        if not isinstance(value, tuple) or not all(isinstance(text, str) for text in value):
            raise ValueError(f"must be a tuple of texts, got {shown(value)}")
        return
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not (is_whole and isinstance(0.0, kind)) and (
        not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)
    ):
        name = kind.__name__ if isinstance(kind, type) else str(kind)
        raise ValueError(f"must be {name}, got {shown(value)}")
    if number is not None and isinstance(value, int | float):
        number(value)


def _whole(value: str | float, *, least: int, most: int = _LARGEST, of: str = "") -> int:
    number = _exact(value)
    if not least <= number <= most or number != int(number):
        is_open = most == _LARGEST and number <= most
        limits = f"{least} or more" if is_open else f"{least} to {most}"
        raise ValueError(f"must be a whole number, {limits}{of}, got {shown(value)}")
    return int(number)


def _exact(value: str | float) -> Decimal:
    """The number to its last digit, which a float would round; -1 where there is none."""
    try:
        number = Decimal(value)
    except (ValueError, InvalidOperation):
        return Decimal(-1)
    return number if number.is_finite() else Decimal(-1)


def _above_zero(value: str | float, *, what: str) -> float:
    number = _finite(value)
    if not number > 0:
        raise ValueError(f"must be {what} above 0, got {shown(value)}")
    return number


def _finite(value: str | float) -> float:
    """A finite number, or NaN, which no comparison lets through."""
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return math.nan
    return number if math.isfinite(number) else math.nan
