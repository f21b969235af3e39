"""The cars, vans and buses of the synthetic scenes, drawn in metres, facing right.

Each function gives a :class:`~stream_ae.scenes.actors.Figure`; ``scale`` is how many pixels of the
frame a metre takes. Turn it with ``flipped()`` and put it into the sun with ``in_sun()``.
"""

import math

from stream_ae.scenes.actors import Figure
from stream_ae.scenes.drawing import Drawing, Point, blend
from stream_ae.scenes.sprite import SUBPIXELS, Sprite

BLACK, WHITE = "#101014", "#ffffff"
GLASS = ("#b4cad8", "#4d6272")
PAINTS = ("#b3262e", "#1f5fa8", "#e9e9e6", "#2b2e33", "#d9a21b", "#3b7d5b", "#9aa3ab", "#7b3f8c")
TYRE, HUB = "#1b1b1f", "#b9bcc0"


def car(colour: str, *, scale: float, lit: bool = False) -> Figure:
    """A saloon of 4.3 m; its wheels turn, and ``lit`` switches its lights on."""

    def draw(turn: int) -> Sprite:
        sheet = Drawing(1.5, 5.9 if lit else 4.4, scale=scale * SUBPIXELS)
        sheet.ellipse((2.2, 1.4, 2.1, 0.09), BLACK, opacity=0.45, soft=0.08)
        roof = [(0.95, 0.74), (1.5, 0.16), (2.75, 0.14), (3.45, 0.72)]
        sheet.polygon(roof, (blend(colour, WHITE, share=0.25), colour))
        hull = [(0.08, 1.2), (0.07, 0.78), (0.5, 0.66), (3.4, 0.66), (4.15, 0.8), (4.3, 1.2)]
        sheet.polygon(hull, (blend(colour, WHITE, share=0.12), _dark(colour, share=0.35)))
        sheet.polygon([(1.22, 0.68), (1.6, 0.26), (2.1, 0.25), (2.1, 0.68)], GLASS)
        sheet.polygon([(2.2, 0.68), (2.2, 0.25), (2.68, 0.25), (3.15, 0.68)], GLASS)
        sheet.line([(0.2, 0.78), (4.05, 0.86)], blend(colour, WHITE, share=0.5), width=0.03)
        sheet.line([(2.15, 0.7), (2.12, 1.15)], _dark(colour, share=0.5), width=0.025)
        sheet.box((0.08, 0.76, 0.26, 0.9), "#c8202a", radius=0.04)
        sheet.box((4.02, 0.84, 4.26, 0.97), "#fff3c4", radius=0.05)
        if lit:
            sheet.glow((4.5, 0.95, 1.4, 0.5), "#ffe9a8")
            sheet.glow((0.15, 0.84, 0.4, 0.3), "#ff3020")
        for axle in (0.88, 3.4):
            _wheel(sheet, (axle, 1.13), radius=0.33, turn=turn / 4)
        return Sprite(sheet.levels(), anchor=(2.2 / (5.9 if lit else 4.4), 0.98))

    return Figure(draw, count=4, stride=math.tau * 0.33 / 5 * scale)


def van(colour: str, *, scale: float) -> Figure:
    """A delivery van of 5.4 m."""

    def draw(turn: int) -> Sprite:
        sheet = Drawing(2.5, 5.5, scale=scale * SUBPIXELS)
        sheet.ellipse((2.75, 2.4, 2.6, 0.1), BLACK, opacity=0.45, soft=0.08)
        shade = (blend(colour, WHITE, share=0.2), _dark(colour, share=0.3))
        hull = [(0.06, 2.2), (0.06, 0.2), (3.9, 0.12), (4.6, 1.15), (5.3, 1.35), (5.42, 2.2)]
        sheet.polygon(hull, shade)
        sheet.polygon([(3.55, 1.12), (3.55, 0.4), (3.85, 0.4), (4.4, 1.12)], GLASS)
        sheet.line([(3.4, 0.2), (3.4, 2.1)], _dark(colour, share=0.45), width=0.03)
        sheet.box((0.5, 0.75, 2.9, 1.25), blend(colour, "#e8b23a", share=0.7), radius=0.08)
        sheet.box((0.06, 1.3, 0.2, 1.75), "#c8202a", radius=0.04)
        sheet.box((5.12, 1.45, 5.38, 1.65), "#fff3c4", radius=0.05)
        for axle in (1.05, 4.4):
            _wheel(sheet, (axle, 2.08), radius=0.37, turn=turn / 4)
        return Sprite(sheet.levels(), anchor=(0.5, 0.985))

    return Figure(draw, count=4, stride=math.tau * 0.37 / 5 * scale)


def bus(colour: str, *, scale: float) -> Figure:
    """A city bus of 9 m with a row of windows."""

    def draw(turn: int) -> Sprite:
        sheet = Drawing(3.1, 9.1, scale=scale * SUBPIXELS)
        sheet.ellipse((4.55, 3.0, 4.4, 0.1), BLACK, opacity=0.45, soft=0.08)
        shade = (blend(colour, WHITE, share=0.15), _dark(colour, share=0.3))
        sheet.box((0.05, 0.1, 9.0, 2.75), shade, radius=0.25)
        sheet.box((0.05, 1.75, 9.0, 1.95), blend(colour, WHITE, share=0.8), opacity=0.9)
        for seat in range(5):
            left = 0.35 + 1.42 * seat
            sheet.box((left, 0.5, left + 1.28, 1.5), GLASS, radius=0.08)
        sheet.box((7.5, 0.5, 8.25, 2.6), GLASS, radius=0.06)
        sheet.box((8.4, 0.45, 8.99, 1.65), GLASS, radius=0.1)
        sheet.box((8.3, 0.15, 8.95, 0.36), "#ffb52e", radius=0.05)
        for axle in (1.9, 6.9):
            _wheel(sheet, (axle, 2.6), radius=0.46, turn=turn / 4)
        return Sprite(sheet.levels(), anchor=(0.5, 0.985))

    return Figure(draw, count=4, stride=math.tau * 0.46 / 5 * scale)


def _wheel(sheet: Drawing, hub: Point, *, radius: float, turn: float) -> None:
    sheet.ellipse((*hub, radius * 1.18, radius * 1.18), BLACK, opacity=0.8)
    sheet.ellipse((*hub, radius, radius), TYRE)
    sheet.ellipse((*hub, radius * 0.62, radius * 0.62), HUB)
    for spoke in range(5):
        angle = math.tau * (spoke + turn) / 5
        end = hub[0] + 0.55 * radius * math.cos(angle), hub[1] + 0.55 * radius * math.sin(angle)
        sheet.line([hub, end], "#4a4d52", width=radius * 0.16)


def _dark(colour: str, *, share: float = 0.3) -> str:
    return blend(colour, BLACK, share=share)
