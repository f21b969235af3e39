"""What carries people in the synthetic scenes: on roads, rails and water, in the air, up a slope.

Each function gives a :class:`~stream_ae.scenes.actors.Figure` that faces right, drawn in metres
unless it says pixels; ``scale`` is how many pixels of the frame a metre takes.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from stream_ae.scenes.actors import Figure, still
from stream_ae.scenes.drawing import Drawing, Ellipse, Point
from stream_ae.scenes.palette import (
    BLACK,
    CABLE,
    DARK_CLOTH,
    GLASS,
    HEADLIGHT,
    IRON,
    SIGNAL_RED,
    SKIN,
    STEEL,
    WHITE,
    blend,
    darken,
    lighten,
)
from stream_ae.scenes.sprite import SUBPIXELS, Sprite


def car(colour: str, *, scale: float, lit: bool = False) -> Figure:
    """A saloon of 4.3 m; its wheels turn, and ``lit`` switches its lights on."""

    def body(sheet: Drawing) -> None:
        roof = [(0.95, 0.74), (1.5, 0.16), (2.75, 0.14), (3.45, 0.72)]
        sheet.polygon(roof, (lighten(colour, share=0.25), colour))
        hull = [(0.08, 1.2), (0.07, 0.78), (0.5, 0.66), (3.4, 0.66), (4.15, 0.8), (4.3, 1.2)]
        sheet.polygon(hull, (lighten(colour, share=0.12), darken(colour, share=0.35)))
        sheet.polygon([(1.22, 0.68), (1.6, 0.26), (2.1, 0.25), (2.1, 0.68)], GLASS)
        sheet.polygon([(2.2, 0.68), (2.2, 0.25), (2.68, 0.25), (3.15, 0.68)], GLASS)
        sheet.line([(0.2, 0.78), (4.05, 0.86)], lighten(colour, share=0.5), width=0.03)
        sheet.line([(2.15, 0.7), (2.12, 1.15)], darken(colour, share=0.5), width=0.025)
        sheet.box((0.08, 0.76, 0.26, 0.9), SIGNAL_RED, radius=0.04)
        sheet.box((4.02, 0.84, 4.26, 0.97), HEADLIGHT, radius=0.05)
        if lit:
            sheet.glow((4.5, 0.95, 1.4, 0.5), "#ffe9a8")
            sheet.glow((0.15, 0.84, 0.4, 0.3), "#ff3020")

    width = 5.9 if lit else 4.4  # room for what its headlights shine on
    chassis = _Chassis((1.5, width), (2.2, 1.4, 2.1, 0.09), (0.88, 3.4), (1.13, 0.33))
    return _on_wheels(body, chassis, anchor=(2.2 / width, 0.98), scale=scale)


def van(colour: str, *, scale: float) -> Figure:
    """A delivery van of 5.4 m."""

    def body(sheet: Drawing) -> None:
        hull = [(0.06, 2.2), (0.06, 0.2), (3.9, 0.12), (4.6, 1.15), (5.3, 1.35), (5.42, 2.2)]
        sheet.polygon(hull, (lighten(colour, share=0.2), darken(colour)))
        sheet.polygon([(3.55, 1.12), (3.55, 0.4), (3.85, 0.4), (4.4, 1.12)], GLASS)
        sheet.line([(3.4, 0.2), (3.4, 2.1)], darken(colour, share=0.45), width=0.03)
        sheet.box((0.5, 0.75, 2.9, 1.25), blend(colour, "#e8b23a", share=0.7), radius=0.08)
        sheet.box((0.06, 1.3, 0.2, 1.75), SIGNAL_RED, radius=0.04)
        sheet.box((5.12, 1.45, 5.38, 1.65), HEADLIGHT, radius=0.05)

    chassis = _Chassis((2.5, 5.5), (2.75, 2.4, 2.6, 0.1), (1.05, 4.4), (2.08, 0.37))
    return _on_wheels(body, chassis, scale=scale)


def bus(colour: str, *, scale: float) -> Figure:
    """A city bus of 9 m with a row of windows."""

    def body(sheet: Drawing) -> None:
        shade = (lighten(colour, share=0.15), darken(colour))
        sheet.box((0.05, 0.1, 9.0, 2.75), shade, radius=0.25)
        sheet.box((0.05, 1.75, 9.0, 1.95), lighten(colour, share=0.8), opacity=0.9)
        for seat in range(5):
            left = 0.35 + 1.42 * seat
            sheet.box((left, 0.5, left + 1.28, 1.5), GLASS, radius=0.08)
        sheet.box((7.5, 0.5, 8.25, 2.6), GLASS, radius=0.06)
        sheet.box((8.4, 0.45, 8.99, 1.65), GLASS, radius=0.1)
        sheet.box((8.3, 0.15, 8.95, 0.36), "#ffb52e", radius=0.05)

    chassis = _Chassis((3.1, 9.1), (4.55, 3.0, 4.4, 0.1), (1.9, 6.9), (2.6, 0.46))
    return _on_wheels(body, chassis, scale=scale)


def boat(colour: str, *, scale: float, sail: str | None = None) -> Figure:
    """A small ship with a cabin, or a sailing boat of the given sail, rolling on the waves."""

    def draw(number: int) -> Sprite:
        roll = 0.05 * math.sin(math.tau * number / 12)
        sheet = Drawing(7.0, 8.0, scale=scale * SUBPIXELS)

        def at(x: float, y: float, roll: float = roll) -> Point:
            """A point of the upright ship after it has rolled about its keel."""
            return 4.0 + x - roll * (y - 6.0), y + roll * x

        hull = [at(-3.2, 5.3), at(3.7, 5.1), at(2.7, 6.6), at(-2.7, 6.6)]
        if sail is None:
            sheet.polygon([at(-2, 5.3), at(-2, 3.9), at(0.8, 3.9), at(1.4, 5.3)], "#f2efe6")
            for x in (-1.6, -0.7, 0.2):
                sheet.polygon([at(x, 4.3), at(x + 0.6, 4.3), at(x + 0.6, 4.8), at(x, 4.8)], GLASS)
            sheet.polygon([at(-1.5, 3.9), at(-1.4, 2.9), at(-0.7, 2.9), at(-0.6, 3.9)], "#d2542f")
        else:
            sheet.line([at(0.1, 5.3), at(0.1, 0.2)], "#6d5a48", width=0.14)
            sheet.polygon([at(0.3, 0.4), at(0.3, 4.8), at(3.0, 4.7)], sail)
            sheet.polygon([at(-0.1, 0.7), at(-0.1, 4.8), at(-2.6, 4.8)], darken(sail, share=0.12))
        sheet.polygon(hull, (lighten(colour, share=0.2), darken(colour, share=0.3)))
        sheet.line([at(-3.1, 5.45), at(3.6, 5.25)], WHITE, width=0.12, opacity=0.8)
        sheet.ellipse((4.0, 6.65, 3.3, 0.16), "#e9f3f5", opacity=0.65, soft=0.15)
        return Sprite(sheet.levels(), anchor=(0.5, 0.95))

    return Figure(draw, count=12, stride=4.0 * scale)


def train(colour: str, *, scale: float) -> Figure:
    """An engine and three coaches, 43 m in all."""
    sheet = Drawing(4.2, 44.0, scale=scale * SUBPIXELS)
    shade = (lighten(colour, share=0.2), darken(colour, share=0.3))
    for coach in range(4):
        left = 0.3 + 10.9 * coach
        sheet.box((left, 0.5, left + 10.5, 3.5), shade, radius=0.5)
        sheet.box((left, 2.4, left + 10.5, 2.75), "#f2ead6", opacity=0.9)
        sheet.box((left + 0.3, 0.35, left + 10.2, 0.6), "#6f767c", radius=0.1)
        for seat in range(6 if coach < 3 else 4):
            window = left + 0.5 + 1.65 * seat
            sheet.box((window, 1.0, window + 1.25, 2.0), GLASS, radius=0.15)
        for axle in (1.4, 3.0, 7.5, 9.1):
            sheet.ellipse((left + axle, 3.6, 0.5, 0.5), BLACK)
    sheet.polygon([(39.6, 0.9), (41.8, 0.9), (43.4, 2.1), (39.6, 2.1)], GLASS)
    sheet.box((42.6, 2.6, 43.4, 3.0), HEADLIGHT, radius=0.1)
    return still(sheet, anchor=(0.5, 0.98))


def balloon(colour: str, *, scale: float) -> Figure:
    """A hot-air balloon of 8 m with its basket."""
    sheet = Drawing(8.4, 6.4, scale=scale * SUBPIXELS)
    bright, dark = lighten(colour, share=0.45), darken(colour, share=0.3)
    for side in (-0.55, 0.55):
        sheet.line([(3.2 + 2.6 * side, 5.2), (3.2 + side, 7.3)], "#3a3230", width=0.08)
    sheet.polygon([(0.75, 4.3), (5.65, 4.3), (3.9, 6.3), (2.5, 6.3)], (colour, dark))
    sheet.ellipse((3.2, 3.1, 3.0, 2.95), (lighten(colour, share=0.15), colour))
    for wide, shade in ((2.0, bright), (0.9, colour)):
        sheet.ellipse((3.2, 3.1, wide, 2.95), shade, opacity=0.75)
    sheet.polygon([(0.9, 4.6), (5.5, 4.6), (5.1, 5.0), (1.3, 5.0)], "#f6d04a", opacity=0.9)
    sheet.ellipse((2.1, 1.7, 0.9, 1.1), WHITE, opacity=0.3, soft=0.8)
    sheet.box((2.6, 7.2, 3.8, 8.2), ("#a9743c", "#6b4522"), radius=0.12)
    return still(sheet, anchor=(0.5, 0.5))


def chair(shirt: str) -> Figure:
    """A chair of a ski lift with two people, 34 pixels high, hanging from its anchor."""
    sheet = Drawing(34, 24, scale=SUBPIXELS)
    sheet.line([(12, 0), (12, 20), (20, 24)], CABLE, width=1.4)
    sheet.line([(3, 22), (3, 29), (20, 29)], IRON, width=2.0)
    for x in (7.0, 14.0):
        sheet.line([(x, 19), (x, 26)], shirt, width=5.0)
        sheet.line([(x, 27), (x + 3, 32)], DARK_CLOTH, width=2.6)
        sheet.ellipse((x + 0.3, 14.5, 2.4, 2.7), SKIN)
    return still(sheet, anchor=(0.5, 0.0))


def from_above(colour: str, *, length: float) -> Figure:
    """A car ``length`` pixels long, or a lorry from 25 pixels on, seen from above."""
    sheet = Drawing(14, length + 8, scale=SUBPIXELS)
    dark, lorry = darken(colour, share=0.35), length > 25
    sheet.box((5, 5, length + 6, 13.5), BLACK, radius=2.0, opacity=0.4, soft=1.5)
    sheet.box((2, 2, length + 2, 11), (lighten(colour, share=0.15), dark), radius=2.2)
    if lorry:
        sheet.box((2, 1.6, length - 6, 11.4), ("#f1efe9", "#c9c5bb"), radius=0.6)
        sheet.box((length - 3, 3, length, 10), GLASS, radius=0.8)
    else:
        sheet.box((0.56 * length, 3.2, 0.74 * length, 9.8), GLASS, radius=1.2)
        sheet.box((0.2 * length, 3.4, 0.32 * length, 9.6), GLASS, radius=1.0)
        sheet.box((0.33 * length, 3.4, 0.55 * length, 9.6), lighten(colour, share=0.25))
    for y in (3.0, 9.2):
        sheet.box((length + 0.6, y, length + 2, y + 1.4), HEADLIGHT)
        sheet.box((2, y, 3.2, y + 1.4), "#d9363e")
    return still(sheet, anchor=(0.5, 0.5))


class _Chassis(NamedTuple):
    """What a road vehicle stands on, in metres.

    Args:
        size: height and width of its drawing.
        shadow: what it casts under itself.
        axles: how far its axles are from the left.
        wheels: how far their hubs are from the top, and their radius.
    """

    size: tuple[float, float]
    shadow: Ellipse
    axles: tuple[float, ...]
    wheels: tuple[float, float]


def _on_wheels(
    body: Callable[[Drawing], None],
    chassis: _Chassis,
    *,
    anchor: Point = (0.5, 0.985),
    scale: float,
) -> Figure:
    """A body over its shadow and before its turning wheels: four poses for a fifth of a turn."""
    down, radius = chassis.wheels

    def draw(pose: int) -> Sprite:
        sheet = Drawing(*chassis.size, scale=scale * SUBPIXELS)
        sheet.ellipse(chassis.shadow, BLACK, opacity=0.45, soft=0.08)
        body(sheet)
        for axle in chassis.axles:
            _wheel(sheet, (axle, down), radius=radius, turn=pose / 4)
        return Sprite(sheet.levels(), anchor=anchor)

    return Figure(draw, count=4, stride=math.tau * radius / 5 * scale)


def _wheel(sheet: Drawing, hub: Point, *, radius: float, turn: float) -> None:
    """A wheel with five spokes, after ``turn`` fifths of a turn."""
    sheet.ellipse((*hub, radius * 1.18, radius * 1.18), BLACK, opacity=0.8)
    sheet.ellipse((*hub, radius, radius), "#1b1b1f")
    sheet.ellipse((*hub, radius * 0.62, radius * 0.62), STEEL)
    for spoke in range(5):
        angle = math.tau * (spoke + turn) / 5
        end = hub[0] + 0.55 * radius * math.cos(angle), hub[1] + 0.55 * radius * math.sin(angle)
        sheet.line([hub, end], "#4a4d52", width=radius * 0.16)
