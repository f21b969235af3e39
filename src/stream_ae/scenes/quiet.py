"""``scene:quiet``: a living room in which almost nothing happens.

A clock ticks, and once in a while somebody walks through; at a documented time a cat does, for the
only time. It is the stream for "tell me when something new happens", and for learning that skips
what has not changed.
"""

import math

import numpy as np

from stream_ae.scenes.actors import Figure, Fixture, Traffic, Visit
from stream_ae.scenes.animals import beast
from stream_ae.scenes.drawing import Drawing, Floats
from stream_ae.scenes.palette import (
    BLACK,
    BRICK,
    SHIRTS,
    TROUSERS,
    UMBER,
    WHITE,
    blend,
    darken,
    lighten,
    pick,
)
from stream_ae.scenes.people import person
from stream_ae.scenes.scene import HEIGHT, WIDTH, Light, Scene
from stream_ae.scenes.sprite import SUBPIXELS, Sprite

CAT_FRAME = 1500
"""The frame in which a cat sets out; it comes only once."""

CAT_SECONDS = 10.0
"""How long it takes, entering and leaving included."""

PASSER_SECONDS = 70.0
"""From one person to the next, on average."""

_WALLS = ("#c9b79c", "#9fb3a6", "#b7a3b3", "#d8c69a", "#9db0c4")
_WOODS = ("#8a5a35", "#a9743f", "#6e4a33")
_SOFAS = ("#2f6f73", "#8c3b3b", "#4a5a8a", "#6f7a3a", "#a06a2c")
_CLOCK = (196.0, 40.0)


def quiet(seed: int) -> Scene:
    """The scene; another seed furnishes the room differently."""
    rng = np.random.default_rng((seed, 1))
    room = _room(rng)
    passers = tuple(
        person(pick(rng, SHIRTS), pick(rng, TROUSERS), scale=62.0).in_sun(strength=0.3)
        for _ in range(2)
    )
    cat = beast("#d98b3a", scale=62.0, leg=0.2, length=0.45, neck=(0.12, 0.12))
    return Scene(
        seed=seed,
        lights=(Light(room),),
        actors=(
            Fixture(_clock(), _CLOCK, role="mover"),
            Traffic(
                key=(seed, 10),
                figures=passers,
                way=((-110.0, 226.0), (WIDTH + 50.0, 226.0)),
                speed=42.0,
                every=PASSER_SECONDS,
                jitter=1.0,
                vary=0.2,
            ),
            Visit(
                figure=cat.flipped().in_sun(strength=0.3),
                frame=CAT_FRAME,
                way=((WIDTH + 40.0, 214.0), (-40.0, 214.0)),
                seconds=CAT_SECONDS,
            ),
        ),
    )


def _clock() -> Figure:
    """Hands on a dial: the long one jumps on every second."""

    def draw(second: int) -> Sprite:
        sheet = Drawing(28, 28, scale=SUBPIXELS)
        for turn, length, width in ((second / 60, 11.0, 1.2), (second / 720 + 0.3, 7.5, 2.2)):
            angle = math.tau * turn
            tip = 14 + length * math.sin(angle), 14 - length * math.cos(angle)
            sheet.line([(14, 14), tip], "#2a2320", width=width)
        return Sprite(sheet.levels(), anchor=(0.5, 0.5))

    return Figure(draw, count=60, stride=60.0)


def _room(rng: np.random.Generator) -> Floats:
    sheet = Drawing(HEIGHT, WIDTH, scale=2)
    wall, wood = pick(rng, _WALLS), pick(rng, _WOODS)
    sheet.box((0, 0, WIDTH, 168), (lighten(wall, share=0.2), wall))
    for stripe in range(0, WIDTH, 16):
        sheet.box((stripe, 0, stripe + 8, 160), lighten(wall, share=0.3), opacity=0.35)
    sheet.box((0, 160, WIDTH, 168), lighten(wood, share=0.55))
    sheet.box((0, 168, WIDTH, HEIGHT), (darken(wood, share=0.2), wood))
    for row, top in enumerate((168, 178, 190, 204, 221)):
        sheet.line([(0, top), (WIDTH, top)], "#3a2618", width=0.8, opacity=0.6)
        for joint in range(-40 + 37 * row % 60, WIDTH, 90):
            sheet.line([(joint, top), (joint, top + 16)], "#3a2618", width=0.7, opacity=0.5)
    sheet.roughen(rng, (0, 168, WIDTH, HEIGHT), cell=(22.0, 1.2), amount=0.12)
    _window(sheet)
    _shelf(sheet, rng)
    _pictures(sheet, rng)
    _sofa(sheet, pick(rng, _SOFAS))
    _lamp_and_plant(sheet, rng)
    sheet.ellipse((*_CLOCK, 16, 16), darken(wood, share=0.3))
    sheet.ellipse((*_CLOCK, 13.5, 13.5), "#f7f2e4")
    for hour in range(12):
        across, down = math.sin(math.tau * hour / 12), math.cos(math.tau * hour / 12)
        dot = _CLOCK[0] + 11.5 * across, _CLOCK[1] + 11.5 * down, 0.9, 0.9
        sheet.ellipse(dot, "#2a2320")
    return sheet.picture(2)


def _window(sheet: Drawing) -> None:
    sheet.box((26, 22, 104, 118), "#f4efe4")
    sheet.box((31, 27, 99, 113), ("#8fc0e8", "#e8f1ee"))
    far, near = [(31, 113), (31, 100), (50, 94), (76, 106)], [(58, 113), (84, 95), (99, 92)]
    sheet.polygon([*far, (99, 113)], "#7d9c63")
    sheet.polygon([*near, (99, 113)], "#64874f")
    sheet.box((28, 113, 102, 114), "#f4efe4")
    sheet.line([(65, 24), (65, 116)], "#f4efe4", width=3.5)
    sheet.line([(28, 68), (102, 68)], "#f4efe4", width=2.5)
    sheet.box((20, 116, 110, 122), (WHITE, "#cfc8ba"), radius=1.5)
    for left, right in ((12, 34), (96, 118)):
        sheet.box((left, 14, right, 150), ("#efe3cf", "#cdbb9d"))
        for fold in range(left + 3, right, 6):
            sheet.line([(fold, 16), (fold, 149)], "#a8977a", width=1.5, opacity=0.5, soft=1.5)
    sheet.line([(6, 14), (124, 14)], "#6b4a30", width=3.0)
    light = [(40, 172), (104, 172), (168, HEIGHT), (66, HEIGHT)]
    sheet.polygon(light, "#fff2cf", opacity=0.22, soft=8.0)


def _shelf(sheet: Drawing, rng: np.random.Generator) -> None:
    sheet.box((246, 30, 312, 178), ("#7a5236", "#573822"))
    for shelf in range(4):
        floor = 64.0 + 35 * shelf
        sheet.box((250, floor - 30, 308, floor), "#3f2a1c")
        left = 251.5
        while left < 304:
            wide, high = rng.uniform(3, 7), rng.uniform(18, 27)
            book = blend(pick(rng, SHIRTS), "#40332a", share=0.25)
            sheet.box((left, floor - high, left + wide, floor), book, radius=0.6)
            sheet.box((left + 1, floor - high + 4, left + wide - 1, floor - high + 6), "#e9dcb8")
            left += wide + (rng.uniform(4, 14) if rng.random() < 0.12 else 0.4)


def _pictures(sheet: Drawing, rng: np.random.Generator) -> None:
    for left, top, right, bottom in ((136, 62, 174, 92), (184, 68, 226, 98)):
        sheet.box((left - 3, top - 3, right + 3, bottom + 3), ("#a67c3d", "#7c5a28"))
        sheet.box((left, top, right, bottom), (pick(rng, ("#7fb2d9", "#f0b27a")), "#f7e6c8"))
        hill = [(left, bottom), (left + 12, top + 12), (left + 25, bottom - 6), (right, bottom)]
        sheet.polygon(hill, pick(rng, ("#4f7f52", "#6b5b95", BRICK)))


def _sofa(sheet: Drawing, colour: str) -> None:
    dark, bright = darken(colour, share=0.35), lighten(colour, share=0.18)
    sheet.ellipse((182, 196, 66, 6), BLACK, opacity=0.45, soft=5.0)
    sheet.box((126, 120, 238, 172), (bright, colour), radius=9.0)
    for left, right in ((134, 181), (183, 230)):
        sheet.box((left, 152, right, 176), (bright, colour), radius=5.0)
    sheet.box((128, 172, 236, 190), (colour, dark), radius=4.0)
    for left in (118, 230):
        sheet.box((left, 140, left + 16, 190), (bright, dark), radius=6.0)
    sheet.polygon([(146, 132), (168, 137), (163, 158), (141, 153)], "#ecd9a0")


def _lamp_and_plant(sheet: Drawing, rng: np.random.Generator) -> None:
    sheet.line([(112, 190), (112, 96)], UMBER, width=2.2)
    sheet.ellipse((112, 191, 10, 2.5), "#33291f")
    sheet.polygon([(103, 74), (121, 74), (128, 98), (96, 98)], ("#fff3cf", "#e8c987"))
    sheet.box((24, 176, 48, 200), ("#c56b45", "#8c452b"), radius=3.0)
    for _ in range(26):
        angle, length = rng.uniform(-1.2, 1.2), rng.uniform(22, 52)
        tip = 36 + length * math.sin(angle), 178 - length * math.cos(angle)
        middle = 36 + 0.4 * length * math.sin(angle), 178 - 0.6 * length
        leaf = blend("#2f6b3c", "#9cc46a", share=rng.uniform(0, 0.7))
        sheet.line([(36, 178), middle, tip], leaf, width=2.6)
