"""What stands where in a synthetic scene: fixtures, endless traffic, and visits that come once.

Each of them answers for any instant at once, without having lived through the time before it;
that is what makes a scene readable from anywhere and still never the same twice.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, NamedTuple, Protocol

import numpy as np

from stream_ae.scenes.drawing import Drawing
from stream_ae.scenes.sprite import Sprite, with_shadow

Point = tuple[float, float]
Role = Literal["scenery", "mover", "novel"]

FPS = 25
"""Frames in a second of the scene's own time."""


class Placed(NamedTuple):
    """One thing in the scene at one instant: larger ``depth`` is nearer and hides smaller."""

    sprite: Sprite
    x: float
    y: float
    depth: float
    role: Role


class Actor(Protocol):
    """Something that knows what it shows at a time, and where."""

    def at(self, time: float) -> Iterator[Placed]:
        """Everything of this actor that may be in view ``time`` seconds after the beginning."""
        ...


@dataclass(frozen=True)
class Figure:
    """One thing in one or more poses, shown in turn; each is drawn when it is first shown.

    Args:
        draw: gives the sprite of a pose by its number.
        count: how many poses there are.
        stride: what it takes to go through them all: pixels travelled for things that move,
            seconds for a :class:`Fixture`.
    """

    draw: Callable[[int], Sprite]
    count: int = 1
    stride: float = 1.0
    _drawn: dict[int, Sprite] = field(default_factory=dict, init=False, repr=False, compare=False)

    def flipped(self) -> "Figure":
        """The same facing the other way; ask for its shadow afterwards."""
        return Figure(lambda pose: self[pose].flipped(), count=self.count, stride=self.stride)

    def in_sun(self, *, slant: float = 0.5, strength: float = 0.45) -> "Figure":
        """The same with the shadow that :func:`stream_ae.scenes.sprite.with_shadow` actors."""

        def draw(number: int) -> Sprite:
            return with_shadow(self[number], slant=slant, strength=strength)

        return Figure(draw, count=self.count, stride=self.stride)

    def pose(self, travelled: float) -> Sprite:
        """The sprite to show after ``travelled`` pixels, or seconds for a :class:`Fixture`."""
        return self[int(travelled / self.stride * self.count) % self.count]

    def __getitem__(self, number: int) -> Sprite:
        if number not in self._drawn:
            self._drawn[number] = self.draw(number)
        return self._drawn[number]


def still(drawing: Drawing, *, anchor: Point = (0.5, 1.0)) -> Figure:
    """A drawing as a figure that has only this pose; ``anchor`` is that of its sprite."""
    sprite = Sprite(drawing.levels(), anchor=anchor)
    return Figure(lambda _: sprite)


@dataclass(frozen=True)
class Fixture:
    """A thing that keeps its place: a lamp post, or a clock whose poses go by.

    Args:
        figure: what it is; its stride is in seconds.
        foot: where its anchor stands, (x, y) in pixels.
        depth: what is of less depth is hidden by it; the y of its foot unless said otherwise.
        role: ``"scenery"`` for what never moves, ``"mover"`` for what does.
    """

    figure: Figure
    foot: Point
    depth: float | None = None
    role: Role = "scenery"

    def at(self, time: float) -> Iterator[Placed]:
        """Itself."""
        depth = self.foot[1] if self.depth is None else self.depth
        yield Placed(self.figure.pose(time), *self.foot, depth, self.role)


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """Things that come along a straight way, one after the other, without end.

    Arrival ``k`` comes at ``(k + jitter · u) · every`` seconds; ``u``, its figure, its speed and
    its distance from the middle of the way are drawn from a generator seeded with (key, k), so
    that any instant is known at once and no part of the stream repeats another.

    Args:
        key: numbers that no other traffic of the scene has; the scene's seed is the first.
        figures: what may come.
        way: where it appears and where it disappears, both out of view.
        speed: pixels in a second.
        every: seconds from one arrival to the next, on average.
        share: of the arrivals that really come, in [0, 1].
        jitter: how irregular they are: 0 for a fixed beat, 1 for any time within ``every``.
        vary: share by which a speed may differ from ``speed``.
        spread: whole pixels by which the way may lie higher or lower.
        sway: pixels by which it rocks up and down along its way.
        depth: as in :class:`Fixture`.
    """

    key: tuple[int, ...]
    figures: tuple[Figure, ...]
    way: tuple[Point, Point]
    speed: float
    every: float
    share: float = 1.0
    jitter: float = 0.5
    vary: float = 0.03
    spread: float = 0.0
    sway: float = 0.0
    depth: float | None = None

    def reversed(self) -> "Traffic":
        """The same in the other direction; its figures have no shadows."""
        figures = tuple(figure.flipped() for figure in self.figures)
        return replace(self, figures=figures, way=self.way[::-1])

    def at(self, time: float) -> Iterator[Placed]:
        """Everything that is on the way."""
        length = math.dist(*self.way)
        slowest = length / (self.speed * (1.0 - self.vary))
        earliest = math.floor((time - slowest) / self.every - self.jitter)
        for number in range(earliest, math.floor(time / self.every) + 1):
            comes, when, which, fast, beside, phase = _chances(self.key, number)
            speed = self.speed * (1.0 + self.vary * (2.0 * fast - 1.0))
            travelled = (time - (number + self.jitter * when) * self.every) * speed
            if comes >= self.share or not 0.0 <= travelled <= length:
                continue
            figure = self.figures[int(which * len(self.figures))]
            share = travelled / length
            x, y = _between(self.way, share)
            y += round(self.spread * (2.0 * beside - 1.0))
            rocking = self.sway * math.sin(travelled / 12.0 + math.tau * phase)
            depth = y if self.depth is None else self.depth
            yield Placed(figure.pose(travelled), x, y + rocking, depth, "mover")


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Something that comes once in the whole stream: what was never seen before.

    Args:
        figure: what it is.
        frame: the frame in which it sets out.
        way: from where to where, both out of view.
        seconds: how long it takes.
        sway: pixels by which it rocks up and down.
        depth: as in :class:`Fixture`.
    """

    figure: Figure
    frame: int
    way: tuple[Point, Point]
    seconds: float
    sway: float = 0.0
    depth: float | None = None

    def at(self, time: float) -> Iterator[Placed]:
        """Itself, while it is there."""
        share = (time - self.frame / FPS) / self.seconds
        if 0.0 <= share < 1.0:
            travelled = share * math.dist(*self.way)
            x, y = _between(self.way, share)
            depth = y if self.depth is None else self.depth
            y += self.sway * math.sin(travelled / 12.0)
            yield Placed(self.figure.pose(travelled), x, y, depth, "novel")


def _between(way: tuple[Point, Point], share: float) -> Point:
    """The point at a share of the way."""
    (left, top), (right, bottom) = way
    return left + share * (right - left), top + share * (bottom - top)


@lru_cache(maxsize=4096)
def _chances(key: tuple[int, ...], number: int) -> tuple[float, ...]:
    """Six numbers in [0, 1) that belong to one arrival; those before the beginning, too."""
    return tuple(np.random.default_rng((*key, number % 2**32)).random(6).tolist())
