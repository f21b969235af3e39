"""What else carries people in the synthetic scenes: on water, on rails, in the air, from above.

Each function gives a :class:`~stream_ae.scenes.actors.Figure` that faces right; ``scale`` is how
many pixels of the frame a metre takes.
"""

import math

from stream_ae.scenes.actors import Figure
from stream_ae.scenes.drawing import Drawing, Point, blend
from stream_ae.scenes.sprite import SUBPIXELS, Sprite

BLACK, WHITE = "#101014", "#ffffff"
GLASS = ("#b4cad8", "#4d6272")


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
            sheet.polygon([at(-0.1, 0.7), at(-0.1, 4.8), at(-2.6, 4.8)], _dark(sail, share=0.12))
        sheet.polygon(hull, (blend(colour, WHITE, share=0.2), _dark(colour, share=0.3)))
        sheet.line([at(-3.1, 5.45), at(3.6, 5.25)], WHITE, width=0.12, opacity=0.8)
        sheet.ellipse((4.0, 6.65, 3.3, 0.16), "#e9f3f5", opacity=0.65, soft=0.15)
        return Sprite(sheet.levels(), anchor=(0.5, 0.95))

    return Figure(draw, count=12, stride=4.0 * scale)


def train(colour: str, *, scale: float) -> Figure:
    """An engine and three coaches, 43 m in all."""
    sheet = Drawing(4.2, 44.0, scale=scale * SUBPIXELS)
    shade = (blend(colour, WHITE, share=0.2), _dark(colour, share=0.3))
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
    sheet.box((42.6, 2.6, 43.4, 3.0), "#fff3c4", radius=0.1)
    sprite = Sprite(sheet.levels(), anchor=(0.5, 0.98))
    return Figure(lambda _: sprite)


def balloon(colour: str, *, scale: float) -> Figure:
    """A hot-air balloon of 8 m with its basket."""
    sheet = Drawing(8.4, 6.4, scale=scale * SUBPIXELS)
    bright, dark = blend(colour, WHITE, share=0.45), blend(colour, BLACK, share=0.3)
    for side in (-0.55, 0.55):
        sheet.line([(3.2 + 2.6 * side, 5.2), (3.2 + side, 7.3)], "#3a3230", width=0.08)
    sheet.polygon([(0.75, 4.3), (5.65, 4.3), (3.9, 6.3), (2.5, 6.3)], (colour, dark))
    sheet.ellipse((3.2, 3.1, 3.0, 2.95), (blend(colour, WHITE, share=0.15), colour))
    for wide, shade in ((2.0, bright), (0.9, colour)):
        sheet.ellipse((3.2, 3.1, wide, 2.95), shade, opacity=0.75)
    sheet.polygon([(0.9, 4.6), (5.5, 4.6), (5.1, 5.0), (1.3, 5.0)], "#f6d04a", opacity=0.9)
    sheet.ellipse((2.1, 1.7, 0.9, 1.1), WHITE, opacity=0.3, soft=0.8)
    sheet.box((2.6, 7.2, 3.8, 8.2), ("#a9743c", "#6b4522"), radius=0.12)
    sprite = Sprite(sheet.levels(), anchor=(0.5, 0.5))
    return Figure(lambda _: sprite)


def chair(shirt: str) -> Figure:
    """A chair of a ski lift with two people, 34 pixels high, hanging from its anchor."""
    sheet = Drawing(34, 24, scale=SUBPIXELS)
    sheet.line([(12, 0), (12, 20), (20, 24)], "#39424c", width=1.4)
    sheet.line([(3, 22), (3, 29), (20, 29)], "#30363c", width=2.0)
    for x in (7.0, 14.0):
        sheet.line([(x, 19), (x, 26)], shirt, width=5.0)
        sheet.line([(x, 27), (x + 3, 32)], "#2b2f3a", width=2.6)
        sheet.ellipse((x + 0.3, 14.5, 2.4, 2.7), "#d9a480")
    sprite = Sprite(sheet.levels(), anchor=(0.5, 0.0))
    return Figure(lambda _: sprite)


def from_above(colour: str, *, length: float) -> Figure:
    """A car, or from 25 pixels on a lorry, of so many pixels, as a bird sees it."""
    sheet = Drawing(14, length + 8, scale=SUBPIXELS)
    dark, lorry = _dark(colour, share=0.35), length > 25
    sheet.box((5, 5, length + 6, 13.5), BLACK, radius=2.0, opacity=0.4, soft=1.5)
    sheet.box((2, 2, length + 2, 11), (blend(colour, WHITE, share=0.15), dark), radius=2.2)
    if lorry:
        sheet.box((2, 1.6, length - 6, 11.4), ("#f1efe9", "#c9c5bb"), radius=0.6)
        sheet.box((length - 3, 3, length, 10), GLASS, radius=0.8)
    else:
        sheet.box((0.56 * length, 3.2, 0.74 * length, 9.8), GLASS, radius=1.2)
        sheet.box((0.2 * length, 3.4, 0.32 * length, 9.6), GLASS, radius=1.0)
        sheet.box((0.33 * length, 3.4, 0.55 * length, 9.6), blend(colour, WHITE, share=0.25))
    for y in (3.0, 9.2):
        sheet.box((length + 0.6, y, length + 2, y + 1.4), "#fff3c4")
        sheet.box((2, y, 3.2, y + 1.4), "#d9363e")
    sprite = Sprite(sheet.levels(), anchor=(0.5, 0.5))
    return Figure(lambda _: sprite)


def _dark(colour: str, *, share: float = 0.3) -> str:
    return blend(colour, BLACK, share=share)
