"""A place of ``scene:cuts``: a factory hall, in which goods come at an even pace."""

import math

import numpy as np

from stream_ae.scenes.actors import Actor, Figure, Fixture, Point, Traffic, still
from stream_ae.scenes.drawing import Drawing
from stream_ae.scenes.palette import (
    AMBER,
    BRICK,
    CHARCOAL,
    ORANGE,
    RED,
    SHIRTS,
    SIGNAL_YELLOW,
    STEEL,
    WHITE,
    darken,
    lighten,
    pick,
)
from stream_ae.scenes.scene import HEIGHT, WIDTH, Light, Scene
from stream_ae.scenes.sprite import SUBPIXELS, Sprite

LEFT, RIGHT = -60.0, WIDTH + 60.0
"""Where things appear and disappear: out of view even with their shadows."""

_JOINT = (230.0, 213.0)


def belt(seed: int) -> Scene:
    """A factory hall: parcels and bottles on two belts, and a robot that reaches for them."""
    rng = np.random.default_rng((seed, 310))
    sheet = Drawing(HEIGHT, WIDTH, scale=2)
    _hall(sheet, rng)
    goods = [
        _parcel("#c39a5f", size=(34, 26)),
        _parcel("#8fb3c9", size=(26, 34)),
        _parcel(pick(rng, SHIRTS), size=(42, 20)),
        _bottle(pick(rng, ("#2f7d4f", "#a8502c", "#2f6f9f"))),
    ]
    low, high = ((LEFT, 190.0), (RIGHT, 190.0)), ((RIGHT, 104.0), (LEFT, 104.0))
    actors: tuple[Actor, ...] = (
        _goods((seed, 311), goods, way=low, speed=46.0),
        _goods((seed, 312), goods[::-1], way=high, speed=34.0),
        Fixture(_robot(pick(rng, (ORANGE, AMBER, RED))), _JOINT, role="mover"),
        Fixture(_beacon(), (24.0, 40.0)),
    )
    return Scene(seed=seed, lights=(Light(sheet.picture(2)),), actors=actors)


def _goods(
    key: tuple[int, int], figures: list[Figure], *, way: tuple[Point, Point], speed: float
) -> Traffic:
    return Traffic(
        key=key,
        figures=tuple(figures),
        way=way,
        speed=speed,
        every=74.0 / speed,
        share=0.85,
        jitter=0.3,
        vary=0.0,
    )


def _hall(sheet: Drawing, rng: np.random.Generator) -> None:
    wall = pick(rng, ("#8fa5a8", "#a8a08c", "#8c96ad"))
    sheet.box((0, 0, WIDTH, HEIGHT), (lighten(wall, share=0.2), wall))
    for x in range(0, WIDTH, 20):
        sheet.line([(x, 0), (x, HEIGHT)], darken(wall, share=0.18), width=1.2)
    for y, hue in ((14, BRICK), (24, "#3f6f8c")):
        sheet.line([(0, y), (WIDTH, y)], darken(hue, share=0.3), width=6.5)
        sheet.line([(0, y - 1.5), (WIDTH, y - 1.5)], lighten(hue, share=0.3), width=1.5)
    for x in (60, 140, 220, 300):
        sheet.box((x - 22, 34, x + 22, 62), ("#dcecf2", "#a9c6d4"), radius=1.0)
        sheet.line([(x, 34), (x, 62)], "#5d6b70", width=1.2)
    sheet.box((0, 214, WIDTH, HEIGHT), ("#77797a", "#5d5f61"))
    for top in (104, 190):
        sheet.box((0, top, WIDTH, top + 8), ("#3a3d42", "#26282c"))
        sheet.box((0, top + 8, WIDTH, top + 15), SIGNAL_YELLOW)
        for x in range(-10, WIDTH, 14):
            stripe = [(x, top + 15), (x + 7, top + 8), (x + 14, top + 8), (x + 7, top + 15)]
            sheet.polygon(stripe, "#26241f")
        for x in range(30, WIDTH, 86):
            sheet.box((x, top + 15, x + 8, top + 52), ("#5d6468", "#464c50"))
    sheet.box((_JOINT[0] - 25, 210, _JOINT[0] + 25, HEIGHT), ("#4a4f55", "#2f3338"), radius=3.0)
    sheet.roughen(rng, (0, 0, WIDTH, HEIGHT), cell=(3.0, 3.0), amount=0.04)


def _parcel(colour: str, *, size: tuple[int, int]) -> Figure:
    wide, high = size
    sheet = Drawing(high + 6, wide + 10, scale=SUBPIXELS)
    sheet.polygon([(0, 6), (8, 0), (wide + 8, 0), (wide, 6)], lighten(colour, share=0.3))
    side = [(wide, 6), (wide + 8, 0), (wide + 8, high), (wide, high + 6)]
    sheet.polygon(side, darken(colour, share=0.4))
    sheet.box((0, 6, wide, high + 6), (colour, darken(colour, share=0.2)))
    sheet.box((0.42 * wide, 6, 0.58 * wide, high + 6), "#efe0bd", opacity=0.7)
    sheet.box((3, high - 5, 0.36 * wide, high + 2), "#f7f4ea")
    return still(sheet)


def _bottle(colour: str) -> Figure:
    sheet = Drawing(44, 16, scale=SUBPIXELS)
    dark = darken(colour, share=0.4)
    sheet.box((5.2, 3, 10.8, 20), (colour, dark), radius=1.5)
    sheet.box((1, 14, 15, 44), (colour, dark), radius=4.0)
    sheet.box((5, 0, 11, 4), "#d9b23f", radius=1.0)
    sheet.box((1, 24, 15, 36), "#f4efdf")
    sheet.box((3, 16, 4.6, 42), WHITE, opacity=0.5, radius=0.8)
    return still(sheet)


def _robot(colour: str) -> Figure:
    """An arm that turns about its anchor and reaches for both belts."""

    def draw(number: int) -> Sprite:
        sheet = Drawing(120, 150, scale=SUBPIXELS)
        swing, foot = math.tau * number / 48, (102.0, 106.0)
        bend, reach = 0.5 + 0.16 * math.sin(swing), 0.98 - 0.18 * math.cos(swing)
        elbow = _along(foot, 62.0, bend)
        hand = _along(elbow, 54.0, reach)
        for start, end, width in ((foot, elbow, 15.0), (elbow, hand, 11.0)):
            sheet.line([start, end], darken(colour, share=0.3), width=width)
            sheet.line([start, end], colour, width=0.6 * width)
        for joint in (foot, elbow):
            sheet.ellipse((*joint, 10, 10), "#3a3f45")
            sheet.ellipse((*joint, 4.5, 4.5), STEEL)
        for side in (-5, 5):
            finger = [hand, (hand[0] + side, hand[1] + 7), (hand[0] + 0.6 * side, hand[1] + 14)]
            sheet.line(finger, "#3a3f45", width=3.0)
        return Sprite(sheet.levels(), anchor=(102 / 150, 106 / 120))

    return Figure(draw, count=48, stride=6.0)


def _along(start: Point, length: float, turn: float) -> Point:
    """The end of a straight line that points ``turn`` half turns up from the right."""
    across, up = math.cos(math.pi * turn), math.sin(math.pi * turn)
    return start[0] + length * across, start[1] - length * up


def _beacon() -> Figure:
    """A warning lamp that flashes once in two seconds."""

    def draw(number: int) -> Sprite:
        sheet = Drawing(40, 40, scale=SUBPIXELS)
        if number == 0:
            sheet.glow((20, 18, 20, 18), "#c8641e")
        sheet.box((13, 10, 27, 26), "#ffb347" if number == 0 else "#a3541c", radius=5.0)
        sheet.box((10, 25, 30, 31), CHARCOAL, radius=1.5)
        return Sprite(sheet.levels(), anchor=(0.5, 0.5))

    return Figure(draw, count=2, stride=2.0)
