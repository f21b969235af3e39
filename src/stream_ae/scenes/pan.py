"""``scene:pan``: a camera that slowly sweeps over a wide valley, so that every pixel moves.

Mountains, a lake, a village and meadows are one background four times as wide as the frame; a
train, a windmill, sailing boats, walkers and birds move in it. There is nothing that a camera at
rest could learn by heart.
"""

import math

import numpy as np

from stream_ae.scenes.actors import Actor, Figure, Fixture, Point, Traffic, Visit, still
from stream_ae.scenes.animals import flock
from stream_ae.scenes.drawing import Drawing, Floats
from stream_ae.scenes.palette import BLACK, PETAL, SAILCLOTH, VEHICLES, blend, pick
from stream_ae.scenes.people import crowd
from stream_ae.scenes.scene import HEIGHT, WIDTH, Light, Scene
from stream_ae.scenes.scenery import hills, house, sky, tree
from stream_ae.scenes.sprite import SUBPIXELS, Sprite
from stream_ae.scenes.vehicles import balloon, boat, train

VALLEY = (HEIGHT + 24, 4 * WIDTH)
"""Height and width of the background in pixels."""

SWEEP_SECONDS, NOD_SECONDS = 80.0, 31.0
"""How long the camera takes to sweep to and fro, and up and down."""

BALLOON_FRAME = 1500
"""The frame in which a balloon sets out; it comes only once."""

BALLOON_SECONDS = 25.0
"""How long it drifts through the valley."""

_LAKE = (330.0, 172.0), (760.0, 172.0)
_MEADOWS = ("#7fa650", "#8fae5a", "#a0a84e", "#6f9a58", "#b0a552")


def camera(time: float) -> Point:
    """Left and upper edge of the view in the valley: 1.9 pixels a frame at the fastest."""
    height, width = (VALLEY[0] - HEIGHT - 1) / 2, (VALLEY[1] - WIDTH - 1) / 2
    across = width * (1.0 - math.cos(math.tau * time / SWEEP_SECONDS))
    return across, height * (1.0 - math.cos(math.tau * time / NOD_SECONDS))


def pan(seed: int) -> Scene:
    """The scene; another seed shapes another valley."""
    rng = np.random.default_rng((seed, 1))
    valley, width = _valley(rng), float(VALLEY[1])
    mill = float(rng.uniform(150, 1050))
    path, air = ((-50.0, 243.0), (width + 30, 243.0)), ((width + 10, 30.0), (-10.0, 80.0))
    visitor = Visit(
        figure=balloon("#d6336c", scale=10.0),
        frame=BALLOON_FRAME,
        way=((-60.0, 110.0), (width + 60.0, 60.0)),
        seconds=BALLOON_SECONDS,
        sway=5.0,
        depth=401.0,
    )
    actors: tuple[Actor, ...] = (
        Fixture(_mill_tower(), (mill, 184.0)),
        Fixture(_mill_sails(), (mill, 128.0), depth=185.0, role="mover"),
        *_trees(rng),
        *_train_and_boats(seed, rng),
        *crowd((seed, 20), rng, way=path, scale=20.0, speed=24.0, every=7.0, spread=6.0),
        flock((seed, 12), way=air, scale=8.0, speed=48.0, every=3.0, depth=400.0),
        visitor,
    )
    return Scene(seed=seed, lights=(Light(valley),), actors=actors, camera=camera)


def _train_and_boats(seed: int, rng: np.random.Generator) -> list[Traffic]:
    trains = tuple(train(pick(rng, VEHICLES), scale=5.0) for _ in range(3))
    rails = (-140.0, 152.0), (VALLEY[1] + 140.0, 152.0)
    sails = tuple(boat(pick(rng, VEHICLES), scale=4.0, sail=SAILCLOTH) for _ in range(3))
    return [
        Traffic(key=(seed, 10), figures=trains, way=rails, speed=75.0, every=14.0),
        Traffic(key=(seed, 11), figures=sails, way=_LAKE, speed=9.0, every=13.0),
    ]


def _valley(rng: np.random.Generator) -> Floats:
    """The background, from the sky down to the path in front."""
    height, width = VALLEY
    sheet = Drawing(height, width, scale=2)
    sky(sheet, rng, horizon=140, width=width)
    green = pick(rng, _MEADOWS)
    hills(sheet, rng, base=82, height=48, cell=130, colour=("#8c9fb8", "#a9b9c4"))
    hills(sheet, rng, base=108, height=30, cell=90, colour=("#6f8a94", "#7d9b8c"))
    hills(
        sheet,
        rng,
        base=136,
        height=16,
        cell=150,
        colour=(blend(green, "#2f5a4a", share=0.5), green),
    )
    _village(sheet, rng)
    _lake(sheet, rng)
    sheet.line([(0, 153.5), (width, 153.5)], "#5e5348", width=3.0)
    sheet.line([(0, 152.0), (width, 152.0)], "#b9b4aa", width=0.8)
    hills(
        sheet, rng, base=196, height=9, cell=170, colour=(green, blend(green, "#384a22", share=0.3))
    )
    sheet.box((0, 234, width, 253), ("#cbb48a", "#b89f74"))
    sheet.roughen(rng, (0, 234, width, 253), cell=(3.0, 1.5), amount=0.08)
    for _ in range(500):
        x, y = rng.uniform(0, width), rng.choice((rng.uniform(200, 232), rng.uniform(255, height)))
        sheet.ellipse((x, y, 1.1, 0.9), pick(rng, (PETAL, "#e7c93f", "#d9577a", "#b39ddb")))
    return sheet.picture(2)


def _trees(rng: np.random.Generator) -> list[Fixture]:
    """They stand in the meadow, before train and lake; two hide where boats come from."""
    kinds = [tree(rng, height=2.9 * size, crown=size) for size in (9.0, 12.0, 15.0, 18.0, 21.0)]
    screen = tree(rng, height=58, crown=25)
    trees = [Fixture(screen, (end[0], 198.0)) for end in _LAKE]
    for _ in range(24):
        kind, x, y = int(rng.integers(5)), rng.uniform(0, VALLEY[1]), rng.uniform(178, 222)
        trees.append(Fixture(kinds[kind], (x, y)))
    return trees


def _village(sheet: Drawing, rng: np.random.Generator) -> None:
    """Houses with red roofs, and a church, at the foot of the hills."""
    left = rng.uniform(780, 860)
    for number in range(9):
        wide, high = rng.uniform(24, 40), rng.uniform(16, 26)
        eaves = 148 - high
        house(sheet, rng, edges=(left, eaves, left + wide, 148), shop=False)
        ridge = (left + 4, eaves - 11), (left + wide - 4, eaves - 11)
        roof = blend(pick(rng, ("#a8452f", "#8c4a3a", "#6d4a45")), BLACK, share=0.1)
        sheet.polygon([(left - 3, eaves), *ridge, (left + wide + 3, eaves)], roof)
        if number == 4:
            sheet.box((left + wide, 104, left + wide + 13, 148), "#e6dcc6")
            top = left + wide + 6.5
            sheet.polygon([(top - 9, 104), (top, 74), (top + 9, 104)], "#4f5b66")
            left += 14
        left += wide + rng.uniform(2, 14)


def _lake(sheet: Drawing, rng: np.random.Generator) -> None:
    """Water between the hills and the meadow, with glitter."""
    sheet.ellipse((545, 168, 240, 19), ("#a9c8d8", "#4f87a8"))
    sheet.roughen(rng, (310, 150, 780, 187), cell=(14.0, 1.2), amount=0.08)
    for _ in range(70):
        x, y = 545 + 190 * rng.uniform(-1, 1), 168 + 12 * rng.uniform(-1, 1)
        sheet.line([(x, y), (x + rng.uniform(3, 11), y)], "#eef6f8", width=0.7, opacity=0.55)


def _mill_tower() -> Figure:
    sheet = Drawing(74, 34, scale=SUBPIXELS)
    sheet.polygon([(8, 74), (12, 18), (22, 18), (27, 74)], ("#f4efe3", "#cdbfa6"))
    sheet.polygon([(9, 20), (17, 6), (25, 20)], "#6b3f2f")
    sheet.box((14, 56, 21, 74), "#5b3d2b", radius=1.0)
    sheet.box((15, 32, 20, 39), "#52636e")
    return still(sheet)


def _mill_sails() -> Figure:
    def draw(number: int) -> Sprite:
        sheet = Drawing(76, 76, scale=SUBPIXELS)
        for sail in range(4):
            angle = math.tau * (sail / 4 + number / 96)
            across, down = math.cos(angle), math.sin(angle)
            arm = [(38, 38), (38 + 36 * across, 38 + 36 * down)]
            cloth = [
                (38 + along * across - beside * down, 38 + along * down + beside * across)
                for along, beside in ((8, 0.5), (35, 0.5), (35, 8), (8, 6.5))
            ]
            sheet.polygon(cloth, "#f3e9d2", opacity=0.92)
            sheet.line(arm, "#6b4a33", width=1.8)
        sheet.ellipse((38, 38, 3, 3), "#4a3225")
        return Sprite(sheet.levels(), anchor=(0.5, 0.5))

    return Figure(draw, count=24, stride=2.0)
