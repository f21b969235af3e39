"""Curves of a whole run in constant memory, with the least and the most of what was left out.

A mean over thousands of frames hides the one frame that matters, so a bucket keeps both ends
beside its mean (as min-max decimation does in oscilloscopes and time-series stores).
"""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

BUCKETS = 400
"""Most buckets of one curve: as many as a screen has columns for it, or half of them."""


class Bucket(NamedTuple):
    """A stretch of a curve.

    Args:
        step: the last frame in it.
        low: the least value.
        high: the most.
        total: the sum of all values.
        points: how many there were.
    """

    step: int
    low: float
    high: float
    total: float
    points: int


class Curve:
    """One curve, thinned as it grows.

    Args:
        buckets: most of them, an even number; beyond that two neighbours become one.

    >>> curve = Curve(buckets=4)
    >>> for step in range(1, 9):
    ...     curve.add(step, float(step))
    >>> curve.rows()
    [[2, 1.0, 2.0, 1.5], [4, 3.0, 4.0, 3.5], [6, 5.0, 6.0, 5.5], [8, 7.0, 8.0, 7.5]]
    """

    def __init__(self, *, buckets: int = BUCKETS) -> None:
        if buckets < 2 or buckets % 2:
            raise ValueError(f"buckets must be an even number, 2 or more, got {buckets}")
        self._most, self._width = buckets, 1
        self._buckets: list[Bucket] = []

    def add(self, step: int, value: float) -> None:
        """Add a point; later ones have larger steps."""
        last = self._buckets[-1] if self._buckets else None
        if last is not None and last.points < self._width:
            self._buckets[-1] = _joined(last, Bucket(step, value, value, value, 1))
            return
        if len(self._buckets) == self._most:
            pairs = zip(self._buckets[::2], self._buckets[1::2], strict=True)
            self._buckets = [_joined(first, second) for first, second in pairs]
            self._width *= 2
        self._buckets.append(Bucket(step, value, value, value, 1))

    def rows(self) -> list[list[float]]:
        """Each bucket as ``[step, least, most, mean]``."""
        return [[b.step, b.low, b.high, b.total / b.points] for b in self._buckets]


class Curves:
    """The curves of a run by their tags.

    Args:
        tags: those that are kept.
        buckets: most of each.
    """

    def __init__(self, tags: Iterable[str], *, buckets: int = BUCKETS) -> None:
        self._curves = {tag: Curve(buckets=buckets) for tag in tags}

    def add(self, step: int, values: Mapping[str, object]) -> None:
        """Add the values of a step; those of other tags, and what is no finite number, are not."""
        for tag, curve in self._curves.items():
            value = values.get(tag)
            if isinstance(value, int | float) and math.isfinite(value):
                curve.add(step, float(value))

    def rows(self) -> dict[str, list[list[float]]]:
        """The rows of every curve that has some."""
        rows = {tag: curve.rows() for tag, curve in self._curves.items()}
        return {tag: of_tag for tag, of_tag in rows.items() if of_tag}


def _joined(first: Bucket, second: Bucket) -> Bucket:
    return Bucket(
        second.step,
        min(first.low, second.low),
        max(first.high, second.high),
        first.total + second.total,
        first.points + second.points,
    )
