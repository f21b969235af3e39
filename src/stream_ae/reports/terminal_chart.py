"""A curve in characters: two by four dots to a character, as Braille has them."""

import math
from collections.abc import Sequence

_WIDE, _HIGH = 2, 4  # dots of a character
_FIRST = 0x2800  # of the 256 Braille patterns of Unicode
_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # by column and row, the top first
_PLAIN = {(False, False): " ", (True, False): "'", (False, True): ".", (True, True): ":"}
"""Where there is no Braille: by whether the upper and the lower half of a character have a dot."""


def curve(
    points: Sequence[tuple[float, float]], *, columns: int, rows: int, plain: bool = False
) -> list[str]:
    """Draw a curve from its lowest to its highest value.

    Args:
        points: x and y, at least one, in the order of x.
        columns: characters across.
        rows: characters from top to bottom.
        plain: use ASCII only.

    Returns:
        The rows, the top first, without spaces at their ends.

    >>> curve([(0, 0), (1, 1)], columns=4, rows=1)
    ['⣀⠤⠒⠉']
    >>> curve([(0, 0), (1, 1)], columns=4, rows=2, plain=True)
    ["  .'", ".'"]
    """
    heights = _heights(points, slots=_WIDE * columns, levels=_HIGH * rows)
    cells = [[0] * columns for _ in range(rows)]
    before = heights[0]
    for slot, height in enumerate(heights):
        low, high = _without_gap(before, height)
        for level in range(low, high + 1):
            row, dot = divmod(_HIGH * rows - 1 - level, _HIGH)
            cells[row][slot // _WIDE] |= _BITS[slot % _WIDE][dot]
        before = height
    draw = _plain if plain else _braille
    return ["".join(map(draw, line)).rstrip() for line in cells]


def _heights(points: Sequence[tuple[float, float]], *, slots: int, levels: int) -> list[int]:
    """The level of the curve in each slot: the mean of its points, or between its neighbours."""
    first, last = points[0][0], points[-1][0]
    scale = (slots - 1) / (last - first) if last > first else 0.0
    groups: dict[int, list[float]] = {}
    for x, y in points:
        groups.setdefault(round((x - first) * scale), []).append(y)
    known = {slot: math.fsum(values) / len(values) for slot, values in groups.items()}
    lowest, highest = min(known.values()), max(known.values())
    unit = (levels - 1) / (highest - lowest) if highest > lowest else 0.0
    return [round((_between(known, slot) - lowest) * unit) for slot in range(slots)]


def _between(known: dict[int, float], slot: int) -> float:
    if slot in known:
        return known[slot]
    before = max((other for other in known if other < slot), default=None)
    after = min((other for other in known if other > slot), default=None)
    if before is None or after is None:  # of a curve of one point
        return next(iter(known.values()))
    share = (slot - before) / (after - before)
    return known[before] + share * (known[after] - known[before])


def _without_gap(before: int, now: int) -> tuple[int, int]:
    """The levels of a slot, from the lowest to the highest, that join it to the one before."""
    if now > before:
        return min(before + 1, now), now
    return now, max(before - 1, now)


def _braille(bits: int) -> str:
    return chr(_FIRST + bits) if bits else " "


def _plain(bits: int) -> str:
    upper, lower = (any(bits & column[row] for column in _BITS for row in rows) for rows in _HALVES)
    return _PLAIN[upper, lower]


_HALVES = ((0, 1), (2, 3))  # rows of dots
