"""Three more places of ``scene:cuts``: a street by night, a motorway from above, a platform.

Straight lines and vehicles, where the places of ``nature.py`` are soft.
"""

import numpy as np

from stream_ae.scenes.actors import Actor, Figure, Fixture, Traffic, still
from stream_ae.scenes.drawing import Drawing, Floats
from stream_ae.scenes.palette import (
    BLACK,
    NAVY,
    SHIRTS,
    SIGNAL_YELLOW,
    VEHICLES,
    blend,
    darken,
    pick,
)
from stream_ae.scenes.people import crowd, person
from stream_ae.scenes.scene import HEIGHT, WIDTH, Light, Scene
from stream_ae.scenes.scenery import house, lamp, light_up
from stream_ae.scenes.sprite import SUBPIXELS
from stream_ae.scenes.vehicles import car, from_above, train

LEFT, RIGHT = -110.0, WIDTH + 110.0
"""Where things appear and disappear: out of view even with their shadows."""

NIGHT_NOISE = 2.0
"""A camera in the dark amplifies, and its noise with it."""


def night(seed: int) -> Scene:
    """A street by night: lit windows, the moon, and cars with their headlights on."""
    rng = np.random.default_rng((seed, 300))
    picture = _night_street(rng)
    actors: list[Actor] = [Fixture(lamp(130), (x, 196.0), depth=195.0) for x in (52.0, 206.0)]
    lanes = ((166.0, 15.0, 85.0, True), (190.0, 18.0, 115.0, False))
    for number, (y, scale, speed, to_the_left) in enumerate(lanes):
        hues = [blend(pick(rng, VEHICLES), "#0b1030", share=0.5) for _ in range(4)]
        cars = [car(hue, scale=scale, lit=True) for hue in hues]
        traffic = Traffic(
            key=(seed, 301 + number),
            figures=tuple(cars),
            way=((LEFT, y), (RIGHT, y)),
            speed=speed,
            every=2.6,
            jitter=0.4,
            share=0.85,
        )
        actors.append(traffic.reversed() if to_the_left else traffic)
    return Scene(seed=seed, lights=(Light(picture),), actors=tuple(actors), noise=NIGHT_NOISE)


def _night_street(rng: np.random.Generator) -> Floats:
    sheet = Drawing(HEIGHT, WIDTH, scale=2)
    sheet.box((0, 0, WIDTH, 145), ("#0a1030", "#2a2a55"))
    for _ in range(70):
        star = rng.uniform(0.25, 0.7)
        sheet.ellipse((rng.uniform(0, WIDTH), rng.uniform(0, 80), star, star), "#e8ecff")
    moon = rng.uniform(40, 280)
    sheet.glow((moon, 26, 60, 60), "#50566a")
    sheet.ellipse((moon, 26, 12, 12), "#f4efd2")
    sheet.box((0, 100, WIDTH, 140), "#0a0f26")
    left, panes = -rng.uniform(0, 20), []
    while left < WIDTH:
        right = left + rng.uniform(46, 84)
        top = rng.uniform(30, 74)
        panes += house(sheet, rng, edges=(left, top, right, 140))
        sheet.box((left - 1, top - 2, right + 1, 140), "#0b1030", opacity=0.62)
        left = right + rng.uniform(0, 8)
    light_up(sheet, panes)
    sheet.box((0, 139, WIDTH, 152), ("#2b2d3d", "#383a4a"))
    sheet.box((0, 152, WIDTH, 196), ("#1c1f2b", "#252836"))
    sheet.box((0, 196, WIDTH, HEIGHT), ("#343646", "#242634"))
    sheet.roughen(rng, (0, 140, WIDTH, HEIGHT), cell=(3.0, 1.2), amount=0.15)
    for left_, _, right_, _ in panes:
        streak = left_, 153, right_, 194
        sheet.box(streak, ("#6b5130", "#252836"), opacity=0.35, soft=3.0)
    for x in (52.0, 206.0):
        sheet.glow((x + 26, 192, 90, 40), "#a8843f")
        sheet.glow((x + 26, 73, 26, 26), "#ffd98a")
    for x in range(-10, WIDTH, 44):
        sheet.box((x, 176.5, x + 20, 178.3), "#9a9a90", opacity=0.8)
    return sheet.picture(2)


def motorway(seed: int) -> Scene:
    """A motorway from above: six lanes, fields on both sides and a bridge over it."""
    rng = np.random.default_rng((seed, 330))
    sheet = Drawing(HEIGHT, WIDTH, scale=2)
    _fields(sheet, rng)
    actors: list[Actor] = [Fixture(_bridge(), (float(rng.uniform(90, 230)), HEIGHT), depth=HEIGHT)]
    for lane, y in enumerate((62.0, 81.0, 101.5, 138.5, 159.0, 178.0)):
        east = lane > 2
        speed = (80.0, 110.0, 145.0)[lane if not east else 5 - lane]
        slow = speed == 80.0
        cars = [
            from_above(pick(rng, VEHICLES), length=34.0 if slow and kind else 17.0)
            for kind in range(4)
        ]
        traffic = Traffic(
            key=(seed, 331 + lane),
            figures=tuple(cars),
            way=((LEFT, y), (RIGHT, y)),
            speed=speed,
            every=100 / speed,
            share=0.8,
            jitter=0.4,
            vary=0.02,
        )
        actors.append(traffic if east else traffic.reversed())
    return Scene(seed=seed, lights=(Light(sheet.picture(2)),), actors=tuple(actors))


def _fields(sheet: Drawing, rng: np.random.Generator) -> None:
    for left in range(0, WIDTH, 64):
        for top, bottom in ((0, 50), (190, HEIGHT)):
            crop = pick(rng, ("#8fa84f", "#c9b458", "#6f944a", "#a98f58", "#7fa860"))
            sheet.box((left, top, left + 64, bottom), crop)
            for furrow in range(left, left + 64, 4):
                sheet.line([(furrow, top), (furrow, bottom)], "#40502a", width=0.8, opacity=0.3)
    for _ in range(44):
        x, y = rng.uniform(0, WIDTH), rng.choice((rng.uniform(-4, 40), rng.uniform(198, 244)))
        size = rng.uniform(4, 9)
        sheet.ellipse((x + 3, y + 3, size, size), BLACK, opacity=0.35, soft=2.0)
        sheet.ellipse((x, y, size, size), "#3b6334")
        sheet.ellipse((x - 0.3 * size, y - 0.3 * size, 0.5 * size, 0.5 * size), "#6b9450")
    sheet.box((0, 50, WIDTH, 190), ("#707377", "#66696d"))
    sheet.box((0, 116, WIDTH, 124), ("#6f8f4a", "#5d7d3f"))
    for y in (53.0, 113.5, 126.5, 187.0):
        sheet.line([(0, y), (WIDTH, y)], "#e6e4da", width=1.2)
    for y in (71.5, 90.0, 150.0, 168.5):
        for x in range(0, WIDTH, 22):
            sheet.line([(x, y), (x + 10, y)], "#dcdad0", width=1.0)
    sheet.roughen(rng, (0, 0, WIDTH, HEIGHT), cell=(2.0, 1.5), amount=0.06)
    sheet.roughen(rng, (0, 50, WIDTH, 190), cell=(80.0, 8.0), amount=0.06)


def platform(seed: int) -> Scene:
    """A railway platform: trains pass behind people who walk and wait between the columns."""
    rng = np.random.default_rng((seed, 340))
    sheet = Drawing(HEIGHT, WIDTH, scale=2)
    _station(sheet, rng)
    trains = tuple(train(pick(rng, VEHICLES), scale=17.0) for _ in range(2))
    column = _column()
    waiting = person(pick(rng, SHIRTS), NAVY, scale=36.0).in_sun(strength=0.3)
    edge = (LEFT, 214.0), (RIGHT, 214.0)
    actors: tuple[Actor, ...] = (
        *(Fixture(column, (x, 205.0)) for x in (36.0, 160.0, 284.0)),
        Traffic(
            key=(seed, 341),
            figures=trains,
            way=((-420.0, 172.0), (WIDTH + 420.0, 172.0)),
            speed=190.0,
            every=11.0,
        ),
        Fixture(Figure(lambda _: waiting[0]), (float(rng.uniform(70, 250)), 199.0)),
        *crowd((seed, 342), rng, way=edge, scale=38.0, speed=40.0, every=9.0, spread=9.0),
    )
    return Scene(seed=seed, lights=(Light(sheet.picture(2)),), actors=actors)


def _station(sheet: Drawing, rng: np.random.Generator) -> None:
    brick = pick(rng, ("#a4624a", "#b08c5f", "#7d8a8c"))
    sheet.box((0, 0, WIDTH, 150), (darken(brick, share=0.15), brick))
    sheet.roughen(rng, (0, 0, WIDTH, 150), cell=(4.0, 2.0), amount=0.1)
    for x in range(20, WIDTH, 62):
        sheet.ellipse((x + 16, 74, 17, 17), ("#cfe3ea", "#8fb0bd"))
        sheet.box((x - 1, 74, x + 33, 128), ("#cfe3ea", "#6f93a3"))
        sheet.line([(x + 16, 58), (x + 16, 128)], "#4a3a30", width=1.6)
        sheet.line([(x, 92), (x + 32, 92)], "#4a3a30", width=1.6)
    sheet.box((0, 0, WIDTH, 22), ("#3b4248", "#59626a"))
    for x in range(0, WIDTH, 26):
        sheet.line([(x, 0), (x + 13, 22), (x + 26, 0)], "#2b3136", width=1.4)
    sheet.box((112, 28, 208, 46), "#1f3f8c", radius=2.0)
    sheet.box((118, 34, 202, 40), "#f4f4ee", radius=1.0)
    sheet.box((0, 150, WIDTH, 176), ("#4a443e", "#39342f"))
    sheet.roughen(rng, (0, 150, WIDTH, 176), cell=(2.0, 1.5), amount=0.3)
    for y in (166.0, 172.0):
        sheet.line([(0, y), (WIDTH, y)], "#a9a6a0", width=1.4)
    sheet.box((0, 176, WIDTH, HEIGHT), ("#b3aea6", "#c4beb4"))
    sheet.box((0, 176, WIDTH, 180), "#efece2")
    sheet.box((0, 184, WIDTH, 187), SIGNAL_YELLOW)
    for x in range(-60, WIDTH + 60, 40):
        sheet.line([(x + 20, 190), (x, HEIGHT)], "#8f8a82", width=0.8)
    sheet.roughen(rng, (0, 176, WIDTH, HEIGHT), cell=(2.0, 2.0), amount=0.05)


def _column() -> Figure:
    sheet = Drawing(190, 26, scale=SUBPIXELS)
    sheet.box((8, 8, 18, 190), ("#4f6b5f", "#3b5248"))
    sheet.box((10, 8, 12.5, 190), "#7f9a8c", opacity=0.7)
    sheet.box((3, 0, 23, 9), "#3b5248", radius=2.0)
    sheet.box((4, 178, 22, 190), "#2f423a", radius=2.0)
    return still(sheet)


def _bridge() -> Figure:
    """It crosses the whole picture, so whatever drives goes under it."""
    sheet = Drawing(HEIGHT, 46, scale=SUBPIXELS)
    sheet.box((10, 0, 46, HEIGHT), BLACK, opacity=0.4, soft=5.0)
    sheet.box((2, 0, 38, HEIGHT), "#8a8780")
    sheet.box((6, 0, 34, HEIGHT), "#63666a")
    for y in range(4, HEIGHT, 20):
        sheet.line([(20, y), (20, y + 9)], "#dcdad0", width=1.0)
    return still(sheet)
