"""Zones: parts of the picture that are watched, or that are not, as words of the command line.

With zones to watch, what lies outside all of them is not there; what lies in a zone to ignore is
not there in any case. So a person *appears* where they enter a zone and has *left* when they are
out of it.
"""

import math
from dataclasses import dataclass

IGNORE = "ignore:"
"""What the text of a zone begins with that is not watched."""

_FORM = f"NAME=x,y,x,y,x,y,… with shares of the picture from 0 to 1, or {IGNORE}NAME=x,y,…"


@dataclass(frozen=True, slots=True)
class Zone:
    """A polygon in the picture.

    Args:
        name: of the zone; its events bear it.
        corners: (x, y) of each, at least three, as shares of the picture's width and height.
        is_ignored: whether what happens there is never told.

    Raises:
        ValueError: fewer than three corners, or one that lies outside the picture.
    """

    name: str
    corners: tuple[tuple[float, float], ...]
    is_ignored: bool = False

    def __post_init__(self) -> None:
        outside = [c for corner in self.corners for c in corner if not 0 <= c <= 1]
        if outside:
            raise ValueError(
                f"a corner of zone {self.name!r} must lie in the picture, from 0 to 1, got"
                f" {outside[0]:g}; give shares of its width and height, not pixels"
            )
        if len(self.corners) < 3:
            raise ValueError(
                f"zone {self.name!r} must have at least three corners, got {len(self.corners)};"
                f" write {_FORM}"
            )


def parse_zone(text: str) -> Zone:
    """Read a zone from words of the command line.

    Args:
        text: ``door=0.1,0.2,0.4,0.2,0.4,0.9`` watches a triangle; ``ignore:tree=…`` leaves one out.

    Raises:
        ValueError: the text has another form.

    >>> parse_zone("door=0,0,0.5,0,0.5,1").corners
    ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0))
    >>> parse_zone("ignore:tree=0,0,1,0,1,1").is_ignored
    True
    """
    is_ignored = text.startswith(IGNORE)
    name, found, numbers = text.removeprefix(IGNORE).partition("=")
    name = name.strip()
    try:
        values = [float(number) for number in numbers.split(",")]
    except ValueError:
        values = []
    if (
        not found
        or not name
        or not values
        or len(values) % 2
        or not all(map(math.isfinite, values))
    ):
        raise ValueError(f"a zone must be {_FORM}, got {text!r}; write it so")
    corners = tuple(zip(values[::2], values[1::2], strict=True))
    return Zone(name, corners, is_ignored=is_ignored)
