"""A place of ``scene:cuts``: a museum, in which people pass before a wall of fine detail."""

import math

import numpy as np

from stream_ae.scenes.drawing import Drawing
from stream_ae.scenes.palette import BLACK, SHIRTS, VEHICLES, darken, pick
from stream_ae.scenes.people import crowd
from stream_ae.scenes.scene import HEIGHT, WIDTH, Light, Scene

LEFT, RIGHT = -60.0, WIDTH + 60.0
"""Where people appear and disappear: out of view even with their shadows."""


def gallery(seed: int) -> Scene:
    """A museum: visitors walk past paintings that no other seed has."""
    rng = np.random.default_rng((seed, 320))
    sheet = Drawing(HEIGHT, WIDTH, scale=2)
    wall = pick(rng, ("#7d2f35", "#2f5a54", "#3b4a6b", "#e4ddd0"))
    sheet.box((0, 0, WIDTH, 172), (darken(wall, share=0.25), wall))
    sheet.roughen(rng, (0, 0, WIDTH, 172), cell=(2.0, 2.0), amount=0.04)
    sheet.box((0, 164, WIDTH, 173), ("#efe6d2", "#c9bda3"))
    sheet.box((0, 173, WIDTH, HEIGHT), ("#7a5636", "#a97d52"))
    for row, top in enumerate(range(173, HEIGHT, 11)):
        for x in range(-40 + 20 * (row % 2), WIDTH + 40, 40):
            sheet.polygon(
                [(x, top), (x + 20, top), (x + 14, top + 11), (x - 6, top + 11)],
                "#5d3f26",
                opacity=0.35,
            )
    left = 14.0
    while left < 260:
        wide, high = rng.uniform(44, 74), rng.uniform(50, 84)
        _painting(sheet, rng, (left, 88 - high / 2, left + wide, 88 + high / 2))
        sheet.glow((left + wide / 2, 60, 60, 80), "#3f3524")
        left += wide + rng.uniform(16, 26)
    hall = (LEFT, 226.0), (RIGHT, 226.0)
    people = crowd((seed, 321), rng, way=hall, scale=48.0, speed=30.0, every=14.0, spread=8.0)
    return Scene(seed=seed, lights=(Light(sheet.picture(2)),), actors=tuple(people))


def _painting(
    sheet: Drawing, rng: np.random.Generator, edges: tuple[float, float, float, float]
) -> None:
    left, top, right, bottom = edges
    sheet.box((left - 1, top + 2, right + 8, bottom + 9), BLACK, opacity=0.35, soft=6.0)
    sheet.box((left - 4, top - 4, right + 4, bottom + 4), ("#d9b25f", "#8f6a2a"), radius=1.0)
    canvas = Drawing(bottom - top, right - left, scale=sheet.scale)
    wide, high = right - left, bottom - top
    canvas.box((0, 0, wide, high), (pick(rng, SHIRTS), "#f2e3c2"))
    for _ in range(11):
        hue, size = pick(rng, (*SHIRTS, *VEHICLES)), rng.uniform(3, 16)
        x, y = rng.uniform(0, wide), rng.uniform(0, high)
        if rng.random() < 0.5:
            canvas.ellipse((x, y, size, size * rng.uniform(0.4, 1)), hue, opacity=0.85)
        else:
            turn = rng.uniform(0, 2)
            corners = [
                (x + size * math.cos(turn + part), y + size * math.sin(turn + part))
                for part in (0, 1.9, 3.6)
            ]
            canvas.polygon(corners, hue, opacity=0.85)
    sheet.composite(canvas, left=left, top=top)
