"""What stands still in the synthetic scenes: skies, houses, trees, lamps, ground.

Functions that take a ``sheet`` draw on a background, in pixels of the frame; the others give a
:class:`~stream_ae.scenes.actors.Figure` that can stand in front of what moves.
"""

import math

import numpy as np

from stream_ae.scenes.actors import Figure, still
from stream_ae.scenes.drawing import Drawing, value_noise
from stream_ae.scenes.palette import (
    AWNINGS,
    IRON,
    LEAVES,
    SKIES,
    WALLS,
    WHITE,
    blend,
    darken,
    lighten,
    pick,
)
from stream_ae.scenes.sprite import SUBPIXELS

Edges = tuple[float, float, float, float]


def sky(sheet: Drawing, rng: np.random.Generator, *, horizon: float, width: float) -> None:
    """A daytime sky with a few clouds, down to the horizon."""
    top, bottom = SKIES[int(rng.integers(len(SKIES)))]
    sheet.box((0, 0, width, horizon), (top, bottom))
    for _ in range(round(width / 60)):
        x, y = rng.uniform(0, width), rng.uniform(0, 0.55 * horizon)
        for _ in range(9):
            puff = rng.uniform(6, 17)
            place = x + rng.normal(0, 14), y + rng.normal(0, 2), puff, 0.4 * puff
            sheet.ellipse(place, WHITE, opacity=0.3, soft=0.35 * puff)


def hills(
    sheet: Drawing,
    rng: np.random.Generator,
    *,
    base: float,
    height: float,
    cell: float,
    colour: tuple[str, str],
) -> None:
    """A rolling line of hills or mountains across the sheet, and all below it.

    Args:
        sheet: what to draw on.
        rng: shapes them.
        base: the row about which they rise and fall.
        height: by how much at most.
        cell: from one summit to the next, about.
        colour: of the summits and of the lower edge of the sheet.
    """
    width, pixels = sheet.rgba.shape[1], cell * sheet.scale
    line = value_noise(rng, (1, width), cell=(pixels, 1.0))[0]
    line = line + 0.35 * value_noise(rng, (1, width), cell=(pixels / 3.1, 1.0))[0]
    line = line + 0.12 * value_noise(rng, (1, width), cell=(pixels / 9.7, 1.0))[0]
    top = math.floor(base - height)
    edges = 0.0, 0.0, width / sheet.scale, sheet.rgba.shape[0] / sheet.scale - top
    land = Drawing(edges[3], edges[2], scale=sheet.scale)
    land.below(base - top - height * line / np.float32(1.47), colour)
    land.roughen(rng, edges, cell=(4.0, 1.5), amount=0.1)
    land.roughen(rng, edges, cell=(0.3 * cell, 0.1 * cell), amount=0.1)
    sheet.composite(land, top=top)


def house(
    sheet: Drawing, rng: np.random.Generator, *, edges: Edges, shop: bool = True
) -> list[Edges]:
    """A front with rows of windows; gives the panes behind which a light may be on by night."""
    left, top, right, bottom = edges
    wall, panes = pick(rng, WALLS), []
    sheet.box(edges, (lighten(wall, share=0.12), darken(wall, share=0.12)))
    sheet.roughen(rng, edges, cell=(3.0, 1.2), amount=0.07)
    sheet.box((left - 1, top - 2, right + 1, top + 2), darken(wall, share=0.35))
    ground = bottom - (26 if shop else 4)
    columns = max(2, round((right - left) / rng.uniform(13, 19)))
    rows = max(1, round((ground - top) / rng.uniform(17, 23)))
    wide, high = (right - left) / columns, (ground - top - 4) / rows
    frame = lighten(wall, share=0.55)
    for row in range(rows):
        for column in range(columns):
            x, y = left + (column + 0.5) * wide, top + 5 + row * high
            pane = x - 0.27 * wide, y, x + 0.27 * wide, y + 0.62 * high
            sheet.box((pane[0] - 1, y - 1, pane[2] + 1, pane[3] + 1.4), frame)
            sheet.box(pane, ("#9fb6c6", "#46586a"))
            sheet.line([(x, y), (x, pane[3])], frame, width=0.7)
            if rng.random() < 0.45:
                panes.append(pane)
    return panes + (_shop(sheet, rng, (left, ground, right, bottom)) if shop else [])


def _shop(sheet: Drawing, rng: np.random.Generator, edges: Edges) -> list[Edges]:
    left, top, right, bottom = edges
    colour = pick(rng, AWNINGS)
    door = left + rng.uniform(0.25, 0.7) * (right - left)
    panes = [(left + 3, top + 6, door - 1, bottom - 3), (door + 9, top + 6, right - 3, bottom - 3)]
    for pane in panes:
        sheet.box(pane, ("#8aa2b0", "#3c4a57"))
    sheet.box((door, top + 7, door + 8, bottom), darken(colour, share=0.5))
    for stripe in range(int((right - left - 4) / 4)):
        x = left + 2 + 4 * stripe
        shade = colour if stripe % 2 else lighten(colour, share=0.8)
        sheet.polygon([(x, top), (x + 4, top), (x + 4.6, top + 8), (x + 0.6, top + 8)], shade)
    return panes


def light_up(sheet: Drawing, panes: list[Edges]) -> None:
    """Switch the light on behind these windows."""
    for left, top, right, bottom in panes:
        sheet.box((left, top, right, bottom), ("#ffdf98", "#eda04a"))
        sheet.line([((left + right) / 2, top), ((left + right) / 2, bottom)], "#8a5b33", width=0.6)


def lamp(height: float) -> Figure:
    """A street lamp ``height`` pixels high, its arm to the right."""
    sheet = Drawing(height, 44, scale=SUBPIXELS)
    pole, dark = "#59626b", IRON
    sheet.line([(8, height), (8, 12)], pole, width=3.2)
    sheet.line([(7.2, height), (7.2, 14)], "#8c969f", width=0.9)
    sheet.line([(8, 13), (11, 6), (30, 4.5)], pole, width=2.4)
    sheet.box((26, 3, 42, 7.2), dark, radius=2.0)
    sheet.box((28, 6.2, 41, 8), "#fff4cf", radius=0.8)
    sheet.box((4.5, height - 14, 11.5, height), dark, radius=1.5)
    return still(sheet, anchor=(8 / 44, 1.0))


def tree(rng: np.random.Generator, *, height: float, crown: float) -> Figure:
    """A broad-leaved tree: a trunk and a crown of many leaves lit from above."""
    leaf, width = pick(rng, LEAVES), 2.3 * crown
    sheet = Drawing(height, width, scale=SUBPIXELS)
    x, top, thick = width / 2, 1.02 * crown, 0.1 * crown + 1.5
    for bough in (-0.55, 0.5, 0.0):
        fork = [(x, height), (x, top + 0.8 * crown), (x + bough * crown, 0.9 * top)]
        sheet.line(fork, "#5b4636", width=thick if bough == 0 else 0.5 * thick)
    sheet.line([(x - 0.2 * thick, height), (x, top)], "#7a6049", width=0.3 * thick)
    for rise in np.sort(rng.uniform(0, 1, 170))[::-1]:  # from the lower, darker leaves upward
        angle, out = rng.uniform(0, math.tau), math.sqrt(rng.uniform(0, 1))
        reach = math.sqrt(max(0.08, 1 - (2 * rise - 1) ** 2)) * 0.98 * crown * out
        spot = rng.uniform(0.08, 0.17) * crown
        place = x + reach * math.cos(angle), top + (2 * rise - 1) * 0.85 * crown, spot, 0.8 * spot
        bright = 0.4 * (1 - rise) - 0.15 * math.cos(angle) + rng.uniform(-0.1, 0.1)
        shade = blend(leaf, "#e6ec9a", share=max(0.0, bright))
        sheet.ellipse(place, darken(shade, share=max(0.0, 0.5 * rise - 0.05)))
    return still(sheet)


def fir(rng: np.random.Generator, *, height: float) -> Figure:
    """A fir with snow on it."""
    wide = 0.5 * height
    sheet = Drawing(height, wide, scale=SUBPIXELS)
    middle = wide / 2
    sheet.box((middle - 1.6, 0.85 * height, middle + 1.6, height), "#4a3526")
    for tier in range(5):
        top, low = 0.15 * tier * height, (0.34 + 0.14 * tier) * height
        half = (0.2 + 0.075 * tier) * height / 2 + 1
        leaf = blend("#1f4a38", "#4f7f5a", share=rng.uniform(0, 0.6))
        sheet.polygon([(middle, top), (middle + half, low), (middle - half, low)], leaf)
        sheet.line(
            [(middle, top + 1), (middle - 0.6 * half, low - 0.06 * height)], "#f6fafc", width=1.5
        )
    return still(sheet)


def cactus(*, height: float) -> Figure:
    """A cactus with two arms."""
    sheet = Drawing(height, 0.7 * height, scale=SUBPIXELS)
    middle, thick = 0.35 * height, 0.15 * height
    arms = (
        [(middle, height), (middle, thick)],
        [(middle, 0.62 * height), (0.12 * height, 0.58 * height), (0.12 * height, 0.36 * height)],
        [(middle, 0.5 * height), (0.58 * height, 0.46 * height), (0.58 * height, 0.24 * height)],
    )
    for arm, wide in zip(arms, (thick, 0.7 * thick, 0.7 * thick), strict=True):
        sheet.line(arm, "#2f5a35", width=wide)
        sheet.line([(x - 0.2 * wide, y) for x, y in arm], "#6f9a4f", width=0.3 * wide)
    return still(sheet)
