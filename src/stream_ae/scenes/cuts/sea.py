"""Two more places of ``scene:cuts``: the sea from the shore, and a reef below it."""

import math

import numpy as np

from stream_ae.scenes.actors import Figure, Traffic, still
from stream_ae.scenes.animals import fish, flock
from stream_ae.scenes.drawing import Drawing, Floats
from stream_ae.scenes.palette import (
    NAVY,
    RED,
    SAILCLOTH,
    VEHICLES,
    WHITE,
    blend,
    darken,
    lighten,
    pick,
)
from stream_ae.scenes.scene import HEIGHT, WIDTH, Light, Scene
from stream_ae.scenes.scenery import hills, sky
from stream_ae.scenes.sprite import SUBPIXELS
from stream_ae.scenes.vehicles import boat

LEFT, RIGHT = -70.0, WIDTH + 70.0
"""Where things appear and disappear: out of view."""

_FISH = (
    ("#f39c12", WHITE),
    ("#e74c3c", "#f9e79f"),
    ("#f4d03f", NAVY),
    ("#5dade2", "#f7dc6f"),
)


def coast(seed: int) -> Scene:
    """The sea with a lighthouse, ships near and far, and gulls."""
    rng = np.random.default_rng((seed, 210))
    sheet = Drawing(HEIGHT, WIDTH, scale=2)
    _sea(sheet, rng)
    _lighthouse(sheet, rng, x=float(rng.choice((52.0, 268.0))))
    lanes = ((112.0, 3.5, 7.0), (150.0, 8.0, 17.0), (206.0, 14.0, 30.0))
    ships = []
    for number, (y, scale, speed) in enumerate(lanes):
        sails = [boat(pick(rng, VEHICLES), scale=scale, sail=SAILCLOTH) for _ in range(2)]
        motor = boat(pick(rng, VEHICLES), scale=scale)
        lane = Traffic(
            key=(seed, 211 + number),
            figures=(*sails, motor),
            way=((LEFT, y), (RIGHT, y)),
            speed=speed,
            every=260 / speed,
        )
        ships.append(lane.reversed() if rng.random() < 0.5 else lane)
    air = (RIGHT, 60.0), (LEFT, 40.0)
    gulls = flock(
        (seed, 215), way=air, scale=12.0, speed=50.0, every=2.5, colour="#f4f6f6", depth=300.0
    )
    return Scene(seed=seed, lights=(Light(sheet.picture(2)),), actors=(*ships, gulls))


def _sea(sheet: Drawing, rng: np.random.Generator) -> None:
    sky(sheet, rng, horizon=98, width=WIDTH)
    water = pick(rng, ("#2f7f9c", "#3b6fa0", "#3f8f8c"))
    sheet.box((0, 96, WIDTH, HEIGHT), (lighten(water, share=0.45), water))
    sheet.roughen(rng, (0, 96, WIDTH, 140), cell=(22.0, 1.2), amount=0.1)
    sheet.roughen(rng, (0, 140, WIDTH, HEIGHT), cell=(34.0, 3.0), amount=0.14)
    for _ in range(150):
        far = rng.uniform() ** 1.6
        x, y = rng.uniform(0, WIDTH), 98 + 140 * far
        crest = [(x, y), (x + 3 + 12 * far, y)]
        sheet.line(crest, "#f2fafa", width=0.5 + 0.8 * far, opacity=0.6)


def _lighthouse(sheet: Drawing, rng: np.random.Generator, *, x: float) -> None:
    sheet.polygon([(x - 60, 106), (x - 30, 92), (x + 34, 90), (x + 62, 106)], "#7c7566")
    for _ in range(60):
        stone = x + rng.uniform(-45, 45), rng.uniform(95, 104), rng.uniform(2, 6), 1.6
        sheet.ellipse(stone, pick(rng, ("#8f8776", "#635d51", "#a39a86")))
    sheet.polygon([(x - 11, 92), (x - 7, 34), (x + 7, 34), (x + 11, 92)], "#f4f1ea")
    for band in (38, 60, 82):
        wide = 7.3 + 4 * (band - 34) / 58
        sheet.box((x - wide, band, x + wide, band + 10), RED)
    sheet.box((x - 6, 22, x + 6, 34), ("#ffeaa0", "#d9b13b"))
    sheet.polygon([(x - 9, 23), (x, 12), (x + 9, 23)], "#8c2b24")


def reef(seed: int) -> Scene:
    """Under water: fish of many colours, rising bubbles, and corals."""
    rng = np.random.default_rng((seed, 240))
    water = _water(rng)
    shoals = []
    for number in range(6):
        y, scale = 40.0 + 28 * number, float(rng.uniform(12, 27))
        kinds = [fish(*_FISH[int(kind)], scale=scale) for kind in rng.permutation(4)[:2]]
        end = y + float(rng.uniform(-18, 18))
        to_the_left = rng.random() < 0.5
        shoal = Traffic(
            key=(seed, 241 + number),
            figures=tuple(kinds),
            way=((LEFT, y), (RIGHT, end)),
            speed=float(rng.uniform(22, 60)),
            every=3.0,
            jitter=1.0,
            vary=0.25,
            spread=9.0,
            sway=2.5,
        )
        shoals.append(shoal.reversed() if to_the_left else shoal)
    x = float(rng.uniform(60, 260))
    bubbles = Traffic(
        key=(seed, 248),
        figures=(_bubble(),),
        way=((x, 210.0), (x + 12, -10.0)),
        speed=42.0,
        every=0.8,
        jitter=1.0,
        vary=0.3,
    )
    return Scene(seed=seed, lights=(Light(water),), actors=(*shoals, bubbles))


def _water(rng: np.random.Generator) -> Floats:
    sheet = Drawing(HEIGHT, WIDTH, scale=2)
    deep = pick(rng, ("#0b3d66", "#0d4f5c", "#1c3566"))
    sheet.box((0, 0, WIDTH, HEIGHT), (blend(deep, "#8fe3f0", share=0.65), deep))
    for _ in range(7):
        x, wide = rng.uniform(-20, 320), rng.uniform(8, 26)
        ray = [(x, 0), (x + wide, 0), (x + 2.4 * wide - 70, 220), (x - 80, 220)]
        sheet.polygon(ray, "#d9f7fa", opacity=0.1, soft=8.0)
    rock = blend(deep, "#3f7f8c", share=0.5)
    hills(sheet, rng, base=196, height=24, cell=70, colour=(rock, deep))
    hills(sheet, rng, base=220, height=7, cell=120, colour=("#d9c48f", "#b09a66"))
    for _ in range(9):
        x, y = rng.uniform(0, 320), rng.uniform(205, 236)
        hue = pick(rng, ("#e8615f", "#f29e4c", "#c86bd6", "#f2d0d9"))
        for _ in range(9):
            angle, long = rng.uniform(-1.1, 1.1), rng.uniform(9, 30)
            tip = x + long * math.sin(angle), y - long * math.cos(angle)
            shade = darken(hue, share=rng.uniform(0, 0.35))
            sheet.line([(x, y), tip], shade, width=3.4)
    return sheet.picture(2)


def _bubble() -> Figure:
    sheet = Drawing(10, 10, scale=SUBPIXELS)
    sheet.ellipse((5, 5, 4, 4), "#dff6fb", opacity=0.55)
    sheet.ellipse((3.8, 3.6, 1.3, 1.3), WHITE)
    return still(sheet, anchor=(0.5, 0.5))
