"""``scene:street``: a fixed camera over a street, the default stream of the demonstration.

Cars, vans and a bus on two lanes, a cyclist, people on both pavements and birds pass before
houses, hide one another and go behind a lamp post and a tree. The light switches to dusk and back,
and at documented times something comes that was never there before.
"""

import numpy as np

from stream_ae.scenes.actors import Fixture, Traffic, Visit
from stream_ae.scenes.animals import beast, flock
from stream_ae.scenes.drawing import Drawing, Floats
from stream_ae.scenes.palette import SHIRTS, VEHICLES, pick
from stream_ae.scenes.people import crowd, cyclist
from stream_ae.scenes.scene import HEIGHT, WIDTH, Light, Scene
from stream_ae.scenes.scenery import house, lamp, light_up, sky, tree
from stream_ae.scenes.vehicles import balloon, bus, car, van

LIGHT_SWITCHES = (900, 400)
"""The frame in which dusk falls for the first time, and the frames from switch to switch."""

BALLOON_FRAME, GIRAFFE_FRAME = 1500, 3000
"""The frames in which a balloon and, much later, a giraffe set out; each comes only once."""

VISIT_SECONDS = 7.5
"""How long each of them takes to pass; entering and leaving included."""

DUSK = (0.42, 0.45, 0.62)
"""What is left of red, green and blue at dusk."""

FAR_WALK, FAR_LANE, NEAR_LANE, CYCLE_LANE, NEAR_WALK = 131.0, 163.0, 196.0, 204.0, 224.0
"""Where wheels and feet stand: rows of the picture, farthest first."""

_LAMPS = (66.0, 238.0)


def street(seed: int) -> Scene:
    """The scene; another seed builds other houses and sends other people."""
    day, lit = _backdrop(seed)
    rng = np.random.default_rng((seed, 2))
    crown = Fixture(tree(rng, height=152, crown=40), (float(rng.choice((24, 152, 300))), 228.0))
    lamps = [Fixture(lamp(150), (x, 210), depth=208) for x in _LAMPS]
    return Scene(
        seed=seed,
        lights=(Light(day), _dusk(day, lit)),
        actors=(crown, *lamps, *_vehicles(seed, rng), *_people(seed, rng), *_visitors()),
        switches=LIGHT_SWITCHES,
    )


def _backdrop(seed: int) -> tuple[Floats, Floats]:
    """Everything that does not move: by day, and with the windows lit."""
    rng = np.random.default_rng((seed, 1))
    sheet = Drawing(HEIGHT, WIDTH, scale=2)
    sky(sheet, rng, horizon=119, width=WIDTH)
    _ground(sheet, rng)
    left, panes = -rng.uniform(0, 20), []
    while left < WIDTH:
        right = left + rng.uniform(44, 82)
        panes += house(sheet, rng, edges=(left, rng.uniform(8, 52), right, 118))
        left = right + (rng.uniform(8, 22) if rng.random() < 0.3 else 0)
    day = sheet.picture(2)
    light_up(sheet, panes)
    return day, sheet.picture(2)


def _ground(sheet: Drawing, rng: np.random.Generator) -> None:
    """Pavement, road and pavement, from far to near."""
    paving = pick(rng, ("#b4aca0", "#a7a49d", "#bfae98"))
    sheet.box((0, 118, WIDTH, 136), (paving, "#c9c2b6"))
    sheet.box((0, 135, WIDTH, 138), "#8b867e")
    sheet.box((0, 138, WIDTH, 206), ("#5d6064", "#4a4d51"))
    sheet.roughen(rng, (0, 138, WIDTH, 206), cell=(1.5, 1.0), amount=0.06)
    sheet.roughen(rng, (0, 138, WIDTH, 206), cell=(70.0, 9.0), amount=0.09)
    sheet.line([(0, 140.5), (WIDTH, 140.5)], "#c9c6bb", width=0.9, opacity=0.8)
    for left in range(-10, WIDTH, 46):
        dash = [(left, 170), (left + 22, 170), (left + 21, 172.6), (left - 2, 172.6)]
        sheet.polygon(dash, "#dedbd0", opacity=0.9)
    sheet.box((0, 206, WIDTH, 210), ("#d2ccc0", "#8f8a80"))
    sheet.box((0, 210, WIDTH, HEIGHT), (paving, "#cfc7ba"))
    for row, x in ((217, 0.0), (227, 15.0), (239, 0.0)):
        sheet.line([(0, row), (WIDTH, row)], "#8d877d", width=0.8, opacity=0.7)
        for joint in range(0, WIDTH + 40, 32):
            ends = [(joint + x, row - 10), (joint + x - 6, row)]
            sheet.line(ends, "#8d877d", width=0.7, opacity=0.6)
    sheet.roughen(rng, (0, 118, WIDTH, 136), cell=(2.0, 1.0), amount=0.06)
    sheet.roughen(rng, (0, 210, WIDTH, HEIGHT), cell=(2.0, 1.5), amount=0.06)


def _dusk(day: Floats, lit: Floats) -> Light:
    """Everything is dim but for the lit windows and what the lamps shine on."""
    lamps = Drawing(HEIGHT, WIDTH, scale=1)
    for x in _LAMPS:
        lamps.glow((x + 26, 202, 110, 46), "#b49a68")
        lamps.glow((x + 26, 64, 34, 34), "#ffe0a0")
    gain = np.array(DUSK, np.float32) + lamps.rgba[..., :3] / np.float32(255.0)
    glowing = np.clip(np.abs(lit - day).max(2, keepdims=True) / 60.0, 0, 1)
    return Light(day + glowing * (lit / gain - day), gain)


def _vehicles(seed: int, rng: np.random.Generator) -> list[Traffic]:
    actors = []
    for number, (y, speed, scale, to_the_left) in enumerate(
        ((FAR_LANE, 62.0, 12.5, True), (NEAR_LANE, 88.0, 17.0, False))
    ):
        colours = [str(colour) for colour in rng.permutation(VEHICLES)]
        figures = [car(colour, scale=scale) for colour in colours[:6]]
        figures += [van(colours[6], scale=scale), bus(colours[7], scale=scale)]
        if to_the_left:
            figures = [figure.flipped() for figure in figures]
        way = (-130.0, y), (WIDTH + 100.0, y)
        actors.append(
            Traffic(
                key=(seed, 10 + number),
                figures=tuple(figure.in_sun() for figure in figures),
                way=way[::-1] if to_the_left else way,
                speed=speed,
                every=300.0 / speed,
                share=0.85,
                jitter=0.4,
                vary=0.02,
            )
        )
    rider = cyclist(pick(rng, SHIRTS), pick(rng, VEHICLES), scale=18.0).in_sun()
    riders = Traffic(
        key=(seed, 12),
        figures=(rider,),
        way=((-60.0, CYCLE_LANE), (WIDTH + 30.0, CYCLE_LANE)),
        speed=52.0,
        every=17.0,
    )
    return [*actors, riders]


def _people(seed: int, rng: np.random.Generator) -> list[Traffic]:
    """On both pavements, and birds above."""
    far, near = (((-40.0, y), (WIDTH + 25.0, y)) for y in (FAR_WALK, NEAR_WALK))
    sky_way = (-10.0, 48.0), (WIDTH + 10.0, 16.0)
    return [
        *crowd((seed, 20), rng, way=far, scale=11.0, speed=14.0, every=9.0, spread=3.0),
        *crowd((seed, 21), rng, way=near, scale=24.0, speed=30.0, every=11.0, spread=6.0),
        flock((seed, 30), way=sky_way, scale=6.5, speed=55.0, every=7.0),
    ]


def _visitors() -> list[Visit]:
    giraffe = beast("#e0b15e", scale=22.0, leg=1.7, length=1.9, neck=(1.0, 2.2), spots="#8a5a26")
    return [
        Visit(
            figure=balloon("#8e44ad", scale=10.0),
            frame=BALLOON_FRAME,
            way=((-40.0, 120.0), (WIDTH + 40.0, 50.0)),
            seconds=VISIT_SECONDS,
            sway=4.0,
            depth=HEIGHT,
        ),
        Visit(
            figure=giraffe.in_sun(),
            frame=GIRAFFE_FRAME,
            way=((-115.0, 216.0), (WIDTH + 50.0, 216.0)),
            seconds=VISIT_SECONDS,
        ),
    ]
