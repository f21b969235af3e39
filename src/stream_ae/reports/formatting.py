"""Numbers as people read them: significant digits, shares, spans of time, sizes on disk."""

import math

NOTHING = "–"
"""Stands for a number that does not exist."""


def number(value: float | None, *, digits: int = 3) -> str:
    """A number with a few significant digits, never in powers of ten.

    Args:
        value: the number; None becomes :data:`NOTHING`.
        digits: how many significant digits it has at least.

    >>> number(0.0031415), number(31.415), number(31415.9), number(None)
    ('0.00314', '31.4', '31,416', '–')
    """
    if value is None:
        return NOTHING
    magnitude = math.floor(math.log10(abs(value))) if value else 0
    return f"{value:,.{max(0, digits - 1 - magnitude)}f}"


def share(value: float | None) -> str:
    """A share in [0, 1] in per cent; None becomes :data:`NOTHING`.

    >>> share(0.0219), share(1.0)
    ('2.2 %', '100 %')
    """
    return NOTHING if value is None else f"{number(100.0 * value, digits=2)} %"


def duration(seconds: float) -> str:
    """A span of time, given in seconds, in its two largest units.

    >>> duration(58.31), duration(125.0), duration(7322.0), duration(300_000.0)
    ('58.3 s', '2 min 05 s', '2 h 02 min', '3 d 11 h')
    """
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours:02d} h"
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def size(count: float) -> str:
    """A number of bytes in the largest unit of which it has at least one.

    >>> size(812), size(1_572_864), size(3 * 2**30)
    ('812 B', '1.50 MiB', '3.00 GiB')
    """
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count} B" if unit == "B" else f"{number(count)} {unit}"
        count /= 1024
    return f"{number(count)} GiB"


def counted(count: int, noun: str) -> str:
    """A number of things, with the noun in the plural where it is not one.

    >>> counted(1, "thread"), counted(2, "thread")
    ('1 thread', '2 threads')
    """
    return f"{count:,} {noun}{'s'[: count != 1]}"
