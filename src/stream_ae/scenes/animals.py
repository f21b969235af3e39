"""The animals of the synthetic scenes, drawn in metres, facing right.

Each function gives a :class:`~stream_ae.scenes.actors.Figure`; ``scale`` is how many pixels of the
frame a metre takes. Turn it with ``flipped()`` and put it into the sun with ``in_sun()``.
"""

import math

from stream_ae.scenes.actors import Figure, Traffic
from stream_ae.scenes.drawing import Drawing, Point
from stream_ae.scenes.palette import BLACK, WHITE, darken, lighten
from stream_ae.scenes.sprite import SUBPIXELS, Sprite


def beast(
    coat: str,
    *,
    scale: float,
    leg: float,
    length: float,
    neck: Point,
    spots: str | None = None,
    hump: float = 0.0,
) -> Figure:
    """A four-legged animal: dog, cat, camel or giraffe, by its proportions.

    Args:
        coat: its colour.
        scale: pixels for a metre.
        leg: length of its legs in metres.
        length: of its trunk in metres.
        neck: how far its head lies before and above its shoulder, in metres.
        spots: colour of the spots on its coat, if it has any.
        hump: height of its hump in metres.
    """
    height, thick = neck[1] + leg + 0.55 * length, 0.36 * length
    rear = (0.5 * leg + 0.1 * length, height - 1.04 * leg)
    front = (rear[0] + length, rear[1] - 0.08 * length)
    head = front[0] + neck[0], front[1] - neck[1]
    rump = rear[0], rear[1] - 0.1 * length

    def draw(number: int) -> Sprite:
        swing = math.tau * number / 8
        sheet = Drawing(height, length + neck[0] * 2 + 1.0 * leg, scale=scale * SUBPIXELS)
        for colour, late in ((darken(coat), math.pi), (coat, 0.0)):
            for joint, phase in ((rear, late), (front, late + 0.5)):
                _leg(sheet, joint, swing + phase, colour=colour, size=(leg, thick))
        if hump:
            middle = (rear[0] + front[0]) / 2, rear[1] - 0.2 * length
            sheet.ellipse((*middle, 0.26 * length, hump + 0.1 * length), coat)
        sheet.line([rump, front], coat, width=thick)
        sheet.line([front, head], coat, width=0.5 * thick)
        sheet.ellipse((head[0] + 0.14 * length, head[1], 0.2 * length, 0.11 * length), coat)
        sheet.line([head, (head[0], head[1] - 0.2 * length)], coat, width=0.1 * thick)
        tail = rear[0] - 0.25 * length, rear[1] + 0.15 * length * math.sin(swing)
        sheet.line([rump, tail], darken(coat), width=0.15 * thick)
        if spots is not None:
            _spots(sheet, (rear, front, head), colour=spots, size=0.075 * length)
        return Sprite(sheet.levels(), anchor=(0.45, 0.99))

    return Figure(draw, count=8, stride=1.6 * leg * scale)


def bird(colour: str, *, scale: float) -> Figure:
    """A bird that flaps its wings."""

    def draw(number: int) -> Sprite:
        lift = 0.45 * math.sin(math.tau * number / 6)
        sheet = Drawing(1.4, 1.6, scale=scale * SUBPIXELS)
        sheet.line(
            [(0.8, 0.75), (0.62, 0.7 - 0.6 * lift), (0.3, 0.72 - lift)], darken(colour), width=0.12
        )
        sheet.line([(0.5, 0.78), (1.1, 0.72)], colour, width=0.18)
        sheet.ellipse((1.2, 0.68, 0.12, 0.1), colour)
        sheet.line([(0.85, 0.75), (0.75, 0.7 - 0.6 * lift), (0.5, 0.72 - lift)], colour, width=0.14)
        return Sprite(sheet.levels(), anchor=(0.5, 0.5))

    return Figure(draw, count=6, stride=1.6 * scale)


def flock(
    key: tuple[int, ...],
    *,
    way: tuple[Point, Point],
    scale: float,
    speed: float,
    every: float,
    colour: str = "#3a3d44",
    depth: float = 0.0,
) -> Traffic:
    """Birds that cross the sky, some higher and some lower; behind everything by default."""
    return Traffic(
        key=key,
        figures=(bird(colour, scale=scale),),
        way=way,
        speed=speed,
        every=every,
        jitter=1.0,
        vary=0.3,
        spread=18.0,
        sway=4.0,
        depth=depth,
    )


def fish(colour: str, stripe: str, *, scale: float) -> Figure:
    """A striped fish that beats its tail."""

    def draw(number: int) -> Sprite:
        beat = 0.16 * math.sin(math.tau * number / 6)
        sheet = Drawing(1.2, 2.0, scale=scale * SUBPIXELS)
        sheet.polygon(
            [(0.6, 0.6), (0.08, 0.2 + beat), (0.2, 0.6), (0.08, 1.0 + beat)], darken(colour)
        )
        sheet.polygon([(0.7, 0.3), (1.0, 0.05), (1.3, 0.32)], stripe)
        sheet.polygon([(0.8, 0.9), (0.95, 1.15 - beat), (1.2, 0.9)], stripe)
        sheet.ellipse((1.1, 0.6, 0.78, 0.38), (lighten(colour), darken(colour)))
        for across, high in ((0.85, 0.33), (1.25, 0.34)):
            sheet.line([(across, 0.6 - high), (across + 0.06, 0.6 + high)], stripe, width=0.12)
        sheet.ellipse((1.6, 0.52, 0.09, 0.09), WHITE)
        sheet.ellipse((1.62, 0.52, 0.05, 0.05), BLACK)
        return Sprite(sheet.levels(), anchor=(0.5, 0.5))

    return Figure(draw, count=6, stride=1.2 * scale)


def _leg(
    sheet: Drawing, joint: Point, swing: float, *, colour: str, size: tuple[float, float]
) -> None:
    """A leg of a length, under a trunk of a thickness, somewhere in its step."""
    length, thick = size
    foot = joint[0] + 0.3 * length * math.sin(swing), joint[1] + length
    knee = (joint[0] + foot[0]) / 2 + 0.06 * length, (joint[1] + foot[1]) / 2
    lift = 0.12 * length * max(0.0, math.cos(swing))
    hoof = foot[0], foot[1] - lift
    sheet.line([joint, knee, hoof], colour, width=0.17 * thick + 0.05 * length)


def _spots(sheet: Drawing, joints: tuple[Point, Point, Point], *, colour: str, size: float) -> None:
    """Spots along the trunk, in two rows, and along the neck."""
    rear, front, head = joints
    for number in range(5):
        share = (number + 0.3) / 5
        x, y = rear[0] + share * (front[0] - rear[0]), rear[1] + share * (front[1] - rear[1])
        sheet.ellipse((x, y - 1.2 * size, size, 0.8 * size), colour)
        sheet.ellipse((x + size, y + 0.9 * size, 0.8 * size, 0.7 * size), colour)
        x, y = front[0] + share * (head[0] - front[0]), front[1] + share * (head[1] - front[1])
        sheet.ellipse((x, y, 0.6 * size, 0.7 * size), colour)
