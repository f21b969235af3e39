"""The people of the synthetic scenes, drawn in metres, facing right.

Each function gives a :class:`~stream_ae.scenes.actors.Figure`; ``scale`` is how many pixels of the
frame a metre takes. Turn it with ``flipped()`` and put it into the sun with ``in_sun()``.
"""

import math

import numpy as np

from stream_ae.scenes.actors import Figure, Traffic, still
from stream_ae.scenes.drawing import Drawing, Point
from stream_ae.scenes.palette import (
    BLACK,
    DARK_CLOTH,
    SHIRTS,
    SIGNAL_RED,
    SKIN,
    SKINS,
    STEEL,
    TROUSERS,
    darken,
    lighten,
    pick,
)
from stream_ae.scenes.sprite import SUBPIXELS, Sprite


def person(shirt: str, trousers: str, *, scale: float, skin: str = SKIN) -> Figure:
    """A walker of 1.75 m in eight poses; two steps are one stride."""

    def draw(number: int) -> Sprite:
        swing = math.tau * number / 8
        sheet = Drawing(1.9, 1.3, scale=scale * SUBPIXELS)
        sheet.ellipse((0.65, 1.83, 0.32, 0.05), BLACK, opacity=0.45, soft=0.06)
        hip = (0.65, 0.98 + 0.03 * math.cos(2 * swing))
        shoulder = (0.67, hip[1] - 0.52)
        _limb(sheet, shoulder, -0.5 * math.sin(swing), 0.35, colour=darken(shirt), thick=0.1)
        _leg(sheet, hip, swing + math.pi, colour=darken(trousers))
        _leg(sheet, hip, swing, colour=trousers)
        sheet.line([shoulder, (0.65, hip[1] - 0.04)], shirt, width=0.29)
        sheet.line([(0.61, shoulder[1]), (0.6, hip[1] - 0.1)], lighten(shirt), width=0.07)
        sheet.ellipse((0.7, shoulder[1] - 0.26, 0.115, 0.14), skin)
        sheet.ellipse((0.675, shoulder[1] - 0.31, 0.125, 0.11), darken(trousers, share=0.6))
        _limb(sheet, shoulder, 0.5 * math.sin(swing), 0.35, colour=lighten(shirt), thick=0.1)
        return Sprite(sheet.levels(), anchor=(0.5, 0.965))

    return Figure(draw, count=8, stride=1.45 * scale)


def crowd(
    key: tuple[int, ...],
    rng: np.random.Generator,
    *,
    way: tuple[Point, Point],
    scale: float,
    speed: float,
    every: float,
    spread: float = 0.0,
) -> list[Traffic]:
    """People in all colours who walk a way in both directions, now and then.

    Args:
        key: as in :class:`~stream_ae.scenes.actors.Traffic`; the crowd adds one number to it.
        rng: chooses their clothes.
        way: its left end and its right end.
        scale: pixels for a metre.
        speed: pixels in a second.
        every: seconds between two who go the same direction, on average.
        spread: pixels by which one walks farther or nearer.
    """
    ways = []
    for leftward, ends in enumerate((way, way[::-1])):
        people = []
        for _ in range(5):
            shirt, trousers, skin = pick(rng, SHIRTS), pick(rng, TROUSERS), pick(rng, SKINS)
            walker = person(shirt, trousers, scale=scale, skin=skin)
            people.append((walker.flipped() if leftward else walker).in_sun())
        ways.append(
            Traffic(
                key=(*key, leftward),
                figures=tuple(people),
                way=ends,
                speed=speed,
                every=every,
                jitter=1.0,
                vary=0.2,
                spread=spread,
            )
        )
    return ways


def cyclist(shirt: str, frame: str, *, scale: float, skin: str = SKIN) -> Figure:
    """Someone on a bicycle who pedals."""

    def draw(number: int) -> Sprite:
        turn = math.tau * number / 8
        sheet = Drawing(1.85, 2.0, scale=scale * SUBPIXELS)
        sheet.ellipse((1.0, 1.8, 0.8, 0.04), BLACK, opacity=0.45, soft=0.06)
        crank, seat, bars = (0.92, 1.45), (0.72, 0.95), (1.35, 0.88)
        pedals = [
            (crank[0] + side * 0.16 * math.cos(turn), crank[1] + side * 0.16 * math.sin(turn))
            for side in (-1, 1)
        ]
        _bent(sheet, (seat[0] + 0.03, seat[1] - 0.06), pedals[0], colour="#22252c")
        for hub in ((0.42, 1.47), (1.58, 1.47)):
            sheet.line(_ring(hub, 0.32), BLACK, width=0.06)
            spoke = 0.3 * math.cos(turn * 0.6), 0.3 * math.sin(turn * 0.6)
            ends = [(hub[0] - spoke[0], hub[1] - spoke[1]), (hub[0] + spoke[0], hub[1] + spoke[1])]
            sheet.line(ends, STEEL, width=0.02)
        sheet.line([(0.42, 1.47), seat, crank, (1.34, 1.0), seat], frame, width=0.055)
        sheet.line([(0.42, 1.47), crank], frame, width=0.045)
        sheet.line([(1.58, 1.47), (1.34, 1.0), bars, (1.46, 0.86)], frame, width=0.05)
        sheet.line([(seat[0] + 0.02, seat[1] - 0.08), (1.08, 0.48)], shirt, width=0.27)
        sheet.line([(1.08, 0.5), (1.2, 0.74), (1.42, 0.86)], lighten(shirt), width=0.1)
        sheet.ellipse((1.2, 0.24, 0.115, 0.14), skin)
        sheet.ellipse((1.17, 0.18, 0.15, 0.1), "#e8e4da")
        _bent(sheet, (seat[0] + 0.03, seat[1] - 0.06), pedals[1], colour="#343842")
        return Sprite(sheet.levels(), anchor=(0.5, 0.975))

    return Figure(draw, count=8, stride=3.4 * scale)


def skier(shirt: str) -> Figure:
    """Someone on skis, 26 pixels high, going down to the right."""
    sheet = Drawing(26, 26, scale=SUBPIXELS)
    sheet.line([(2, 19), (23, 24.5)], SIGNAL_RED, width=1.5)
    sheet.line([(11, 14), (15, 17), (11, 21)], DARK_CLOTH, width=3.4)
    sheet.line([(15, 7), (11, 14)], shirt, width=5.4)
    sheet.line([(15, 8.5), (20, 12)], darken(shirt, share=0.25), width=2.0)
    sheet.line([(20, 12), (9, 17)], "#50555c", width=0.7)
    sheet.ellipse((16.4, 4.4, 2.5, 2.7), SKIN)
    sheet.ellipse((16.0, 3.6, 2.8, 2.3), "#2e3b5c")
    return still(sheet, anchor=(0.5, 0.9)).in_sun(slant=0.4, strength=0.3)


def _leg(sheet: Drawing, hip: Point, swing: float, *, colour: str) -> None:
    thigh = 0.42 * math.sin(swing)
    shin = thigh - 0.75 * max(0.0, math.cos(swing))
    knee = hip[0] + 0.42 * math.sin(thigh), hip[1] + 0.42 * math.cos(thigh)
    ankle = knee[0] + 0.4 * math.sin(shin), knee[1] + 0.4 * math.cos(shin)
    sheet.line([hip, knee, ankle], colour, width=0.145)
    sheet.line([ankle, (ankle[0] + 0.14, ankle[1] + 0.02)], "#26211f", width=0.09)


def _limb(
    sheet: Drawing, joint: Point, angle: float, length: float, *, colour: str, thick: float
) -> None:
    """An arm: the lower half bends forward."""
    elbow = joint[0] + length * math.sin(angle), joint[1] + length * math.cos(angle)
    bent = angle + 0.4
    hand = elbow[0] + 0.27 * math.sin(bent), elbow[1] + 0.27 * math.cos(bent)
    sheet.line([joint, elbow, hand], colour, width=thick)


def _bent(sheet: Drawing, hip: Point, foot: Point, *, colour: str) -> None:
    """A leg of fixed length from hip to foot; the knee is where it has to be."""
    across, down = foot[0] - hip[0], foot[1] - hip[1]
    distance = math.hypot(across, down)
    out = math.sqrt(max(0.0, 0.4**2 - distance**2 / 4))
    knee = (
        (hip[0] + foot[0]) / 2 + out * down / distance,
        (hip[1] + foot[1]) / 2 - out * across / distance,
    )
    sheet.line([hip, knee, foot], colour, width=0.14)
    sheet.line([foot, (foot[0] + 0.13, foot[1] + 0.01)], BLACK, width=0.08)


def _ring(hub: Point, radius: float) -> list[Point]:
    angles = (math.tau * part / 20 for part in range(21))
    return [(hub[0] + radius * math.cos(at), hub[1] + radius * math.sin(at)) for at in angles]
