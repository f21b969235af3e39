"""Three of the ten places of ``scene:cuts``: a park, a ski slope and a desert.

They differ in everything a network could hold on to: palette, texture, what moves and where.
"""

import numpy as np

from stream_ae.scenes.actors import Actor, Figure, Fixture, Traffic
from stream_ae.scenes.animals import beast, flock
from stream_ae.scenes.drawing import Drawing, Floats
from stream_ae.scenes.palette import (
    CABLE,
    FIR_GREEN,
    PETAL,
    SHIRTS,
    SKY_BLUE,
    WHITE,
    YELLOW,
    blend,
    pick,
)
from stream_ae.scenes.people import crowd, skier
from stream_ae.scenes.scene import HEIGHT, WIDTH, Light, Scene
from stream_ae.scenes.scenery import cactus, fir, hills, sky, tree
from stream_ae.scenes.vehicles import chair

LEFT, RIGHT = -70.0, WIDTH + 70.0
"""Where things appear and disappear: out of view even with their shadows."""


def park(seed: int) -> Scene:
    """A lawn with a pond, a path with walkers and a dog, and trees in front of them."""
    rng = np.random.default_rng((seed, 200))
    lawn = _lawn(rng)
    trees = [
        Fixture(tree(rng, height=2.6 * size, crown=size), (float(x), y))
        for size, x, y in (
            (28.0, rng.uniform(10, 70), 146.0),
            (24.0, rng.uniform(250, 310), 140.0),
            (52.0, rng.choice((40, 270)), 226.0),
        )
    ]
    path = (LEFT, 204.0), (RIGHT, 204.0)
    dog = beast("#7a4f2c", scale=40.0, leg=0.35, length=0.6, neck=(0.2, 0.2)).in_sun()
    run = (LEFT, 211.0), (RIGHT, 211.0)
    actors: tuple[Actor, ...] = (
        *trees,
        *crowd((seed, 201), rng, way=path, scale=27.0, speed=36.0, every=6.0, spread=4.0),
        Traffic(key=(seed, 202), figures=(dog,), way=run, speed=70.0, every=7.0),
        flock((seed, 203), way=((LEFT, 50.0), (RIGHT, 20.0)), scale=8.0, speed=60.0, every=3.0),
    )
    return Scene(seed=seed, lights=(Light(lawn),), actors=actors)


def _lawn(rng: np.random.Generator) -> Floats:
    sheet = Drawing(HEIGHT, WIDTH, scale=2)
    green = pick(rng, ("#6fa34a", "#86a84c", "#5d9a55"))
    sky(sheet, rng, horizon=100, width=WIDTH)
    hills(sheet, rng, base=84, height=20, cell=34, colour=("#5f8a52", FIR_GREEN))
    shade = blend(green, "#26401f", share=0.3)
    hills(sheet, rng, base=112, height=5, cell=200, colour=(green, shade))
    pond = rng.uniform(80, 240)
    sheet.ellipse((pond, 152, 66, 16), "#c9bf93")
    sheet.ellipse((pond, 152, 62, 14), ("#9cc7dc", "#4e86a6"))
    for _ in range(26):
        x, y = pond + rng.uniform(-44, 40), 152 + rng.uniform(-9, 9)
        sheet.line([(x, y), (x + 7, y)], "#e4f2f6", width=0.7, opacity=0.6)
    sheet.box((0, 190, WIDTH, 216), ("#d3bf95", "#bfa777"))
    sheet.roughen(rng, (0, 190, WIDTH, 216), cell=(2.5, 1.2), amount=0.09)
    for _ in range(420):
        x, y = rng.uniform(0, WIDTH), rng.uniform(222, HEIGHT)
        sheet.ellipse((x, y, 1.4, 1.2), pick(rng, ("#d94f5c", YELLOW, PETAL, "#b06bc4")))
    return sheet.picture(2)


def ski_slope(seed: int) -> Scene:
    """A ski slope: skiers come down between firs, and chairs go up above them."""
    rng = np.random.default_rng((seed, 220))
    sheet = Drawing(HEIGHT, WIDTH, scale=2)
    sheet.box((0, 0, WIDTH, 140), pick(rng, ("#3f7fc4", SKY_BLUE, "#7a8fb0")))
    hills(sheet, rng, base=78, height=62, cell=110, colour=("#f3f6fa", "#8fa3bd"))
    hills(sheet, rng, base=112, height=26, cell=60, colour=("#5d7488", "#3f5a5f"))
    sheet.below(np.linspace(96, 168, 2 * WIDTH, dtype=np.float32), (WHITE, "#cfdcec"))
    for _ in range(24):
        x, y = rng.uniform(-20, WIDTH), rng.uniform(150, 240)
        track = [(x, y), (x + 70, y + 20)]
        sheet.line(track, "#b9cbe0", width=1.6, opacity=0.5, soft=1.5)
    sheet.line([(-10, 26), (330, 96)], CABLE, width=1.0)
    firs = []
    for _ in range(9):
        x = rng.uniform(5, 315)
        foot = x, 104 + 0.22 * x + rng.choice((0.0, 4.0, 100.0))
        firs.append(Fixture(fir(rng, height=rng.uniform(34, 60)), foot))
    riders = tuple(skier(pick(rng, SHIRTS)) for _ in range(4))
    runs = [
        Traffic(
            key=(seed, 221 + number),
            figures=riders,
            way=((LEFT, start), (RIGHT, start + 100)),
            speed=speed,
            every=4.0,
            jitter=1.0,
            vary=0.2,
            spread=7.0,
        )
        for number, (start, speed) in enumerate(((107.0, 70.0), (130.0, 95.0), (152.0, 120.0)))
    ]
    lift = _lift(seed, chair(pick(rng, SHIRTS)))
    return Scene(seed=seed, lights=(Light(sheet.picture(2)),), actors=(*firs, *runs, lift))


def _lift(seed: int, figure: Figure) -> Traffic:
    return Traffic(
        key=(seed, 225),
        figures=(figure,),
        way=((RIGHT, 108.0), (LEFT, 13.0)),
        speed=22.0,
        every=4.5,
        jitter=0.0,
        vary=0.0,
        depth=300.0,
    )


def desert(seed: int) -> Scene:
    """Dunes in the evening, with a caravan of camels and a few vultures."""
    rng = np.random.default_rng((seed, 230))
    sheet = Drawing(HEIGHT, WIDTH, scale=2)
    sheet.box((0, 0, WIDTH, 130), pick(rng, ("#5b3f7a", "#2f5f9a", "#8a3f5c")))
    sheet.box((-200, 60, WIDTH + 200, 200), "#f7a85c", opacity=0.95, soft=110.0)
    sun = rng.uniform(60, 260)
    sheet.ellipse((sun, 84, 22, 22), ("#fff4c4", "#ffd166"), soft=1.5)
    sheet.glow((sun, 84, 110, 90), "#6b4a20")
    hills(sheet, rng, base=112, height=12, cell=90, colour=("#c9744a", "#d98b52"))
    hills(sheet, rng, base=140, height=16, cell=130, colour=("#d98f4e", "#c27a3f"))
    hills(sheet, rng, base=182, height=14, cell=210, colour=("#eab066", "#c98645"))
    cacti = [
        Fixture(cactus(height=rng.uniform(34, 70)), (rng.uniform(10, 310), 232.0)) for _ in range(3)
    ]
    herds = []
    for number, (y, scale, speed) in enumerate(((150.0, 9.0, 8.0), (212.0, 21.0, 24.0))):
        camel = beast("#8a5a34", scale=scale, leg=1.2, length=1.5, neck=(0.7, 0.7), hump=0.32)
        herds.append(
            Traffic(
                key=(seed, 231 + number),
                figures=(camel.in_sun(slant=1.3, strength=0.5),),
                way=((LEFT - 40, y), (RIGHT, y)),
                speed=speed,
                every=110 / speed,
            )
        )
    air = (LEFT, 60.0), (RIGHT, 50.0)
    birds = flock((seed, 235), way=air, scale=11.0, speed=30.0, every=4.0, colour="#2b1c22")
    return Scene(seed=seed, lights=(Light(sheet.picture(2)),), actors=(*cacti, *herds, birds))
