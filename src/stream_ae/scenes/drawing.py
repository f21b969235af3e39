"""Draw anti-aliased shapes, gradients and textures into an array with NumPy alone.

The synthetic scenes are drawn, not photographed: no picture has to be shipped, every seed gives
another one, and the ground truth is exact. A shape is a signed distance ``d`` in pixels, negative
inside; a pixel is covered by ``clip(1/2 − d, 0, 1)``.

Distances after Inigo Quilez, "2D distance functions".
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from stream_ae.scenes.palette import rgb

Floats = NDArray[np.float32]
Colour = str | tuple[str, str]
"""``"#rrggbb"``, or a pair of them: a gradient from the top of the shape to its bottom."""
Point = tuple[float, float]
Edges = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Ellipse = tuple[float, float, float, float]
"""x and y of its centre, radius across, radius down."""


def value_noise(
    rng: np.random.Generator, shape: tuple[int, int], *, cell: tuple[float, float]
) -> Floats:
    """A smooth random field: value noise, (H, W) in [−1, 1].

    Args:
        rng: where the values come from.
        shape: height and width in pixels.
        cell: pixels across and down from one random value to the next; between them it is
            interpolated.
    """
    rows, row = _between(shape[0], cell[1])
    columns, column = _between(shape[1], cell[0])
    grid = rng.uniform(-1.0, 1.0, (rows[-1] + 2, columns[-1] + 2)).astype(np.float32)
    bands = grid[rows] * (1.0 - row[:, None]) + grid[rows + 1] * row[:, None]
    field: Floats = bands[:, columns] * (1.0 - column) + bands[:, columns + 1] * column
    return field


def _between(length: int, cell: float) -> tuple[NDArray[np.intp], Floats]:
    """Which two grid points each pixel lies between, and how far, smoothed."""
    position = np.arange(length) / cell
    lower = position.astype(np.intp)
    part = (position - lower).astype(np.float32)
    return lower, part * part * (3.0 - 2.0 * part)


class Drawing:
    """A transparent sheet of ``height`` × ``width`` units to draw on, nearest things last.

    Args:
        height: in units; a unit may be anything (a pixel, a metre).
        width: in units.
        scale: pixels for one unit.

    ``rgba`` is (H, W, 4) float32: colour in [0, 255] multiplied by its coverage, and the coverage
    in [0, 1]. Every shape takes ``opacity`` and ``soft``, the width of its edge in units.
    """

    def __init__(self, height: float, width: float, *, scale: float = 1.0) -> None:
        self.scale = scale
        self.rgba = np.zeros((round(height * scale), round(width * scale), 4), np.float32)

    def box(
        self,
        edges: Edges,
        colour: Colour,
        *,
        radius: float = 0.0,
        opacity: float = 1.0,
        soft: float = 0.0,
    ) -> None:
        """A rectangle with corners rounded by ``radius``."""
        left, top, right, bottom = edges
        x, y, window = self._window(edges, soft)
        across = np.abs(x - (left + right) / 2) - (right - left) / 2 + radius
        down = np.abs(y - (top + bottom) / 2) - (bottom - top) / 2 + radius
        outside = np.hypot(np.maximum(across, 0), np.maximum(down, 0))
        distance = outside + np.minimum(np.maximum(across, down), 0) - radius
        self._fill(window, distance, colour, opacity=opacity, soft=soft)

    def ellipse(
        self, place: Ellipse, colour: Colour, *, opacity: float = 1.0, soft: float = 0.0
    ) -> None:
        """An ellipse."""
        window, distance = self._ellipse(place, soft)
        self._fill(window, distance, colour, opacity=opacity, soft=soft)

    def glow(self, place: Ellipse, colour: str) -> None:
        """Light in an ellipse, strongest in its centre: it adds and hides nothing."""
        window, distance = self._ellipse(place, 0.0)
        depth = np.clip(-distance / min(place[2:]), 0, 1)
        self.rgba[window][..., :3] += rgb(colour) * (depth**2)[..., None]

    def line(
        self,
        points: Sequence[Point],
        colour: Colour,
        *,
        width: float,
        opacity: float = 1.0,
        soft: float = 0.0,
    ) -> None:
        """A stroke of round ends through all points."""
        x, y, window = self._window(_bounds(points, margin=width / 2), soft)
        nearest = np.full(np.broadcast_shapes(x.shape, y.shape), np.inf, np.float32)
        for start, end in pairwise(points):
            nearest = np.minimum(nearest, _to_segment(x, y, start, end))
        distance = np.sqrt(nearest) - np.float32(width / 2)
        self._fill(window, distance, colour, opacity=opacity, soft=soft)

    def polygon(
        self, points: Sequence[Point], colour: Colour, *, opacity: float = 1.0, soft: float = 0.0
    ) -> None:
        """A polygon, which may be concave; the last point joins the first."""
        x, y, window = self._window(_bounds(points), soft)
        nearest = np.full(np.broadcast_shapes(x.shape, y.shape), np.inf, np.float32)
        inside = np.zeros(nearest.shape, bool)
        for start, end in zip(points, [*points[1:], points[0]], strict=True):
            nearest = np.minimum(nearest, _to_segment(x, y, start, end))
            if start[1] != end[1]:
                slope = (end[0] - start[0]) / (end[1] - start[1])
                left = x < start[0] + (y - start[1]) * slope
                inside ^= left & ((y >= start[1]) != (y >= end[1]))
        distance = np.sqrt(nearest)
        np.negative(distance, where=inside, out=distance)
        self._fill(window, distance, colour, opacity=opacity, soft=soft)

    def below(self, tops: Floats, colour: Colour, *, opacity: float = 1.0) -> None:
        """Everything below a line: ``tops`` is its height in units for each column of pixels."""
        height, width = self.rgba.shape[0] / self.scale, self.rgba.shape[1] / self.scale
        _, y, window = self._window((0, float(tops.min()), width, height), 0.0)
        self._fill(window, tops[None, :] - y, colour, opacity=opacity, soft=0.0)

    def roughen(
        self,
        rng: np.random.Generator,
        edges: Edges,
        *,
        cell: tuple[float, float] = (1.0, 1.0),
        amount: float,
    ) -> None:
        """Make what is drawn in a rectangle darker and brighter at random.

        Args:
            rng: where the values come from.
            edges: left, top, right, bottom.
            cell: size of a speck across and down, in units.
            amount: share by which it is darker or brighter at most.
        """
        _, _, window = self._window(edges, 0.0)
        height, width = self.rgba[window].shape[:2]
        pixels = cell[0] * self.scale, cell[1] * self.scale
        field = value_noise(rng, (height, width), cell=pixels)
        self.rgba[window][..., :3] *= 1.0 + amount * field[..., None]

    def picture(self, scale: int) -> Floats:
        """The colours on black, every ``scale`` × ``scale`` pixels averaged: (h, w, 3)."""
        colours = np.clip(self.rgba[..., :3], 0, 255)
        rows = np.stack([colours[at::scale] for at in range(scale)]).mean(0)
        picture: Floats = np.stack([rows[:, at::scale] for at in range(scale)]).mean(0)
        return picture

    def composite(self, sheet: "Drawing", *, left: float = 0.0, top: float = 0.0) -> None:
        """Draw a sheet of the same scale over this one, so that all of it is within."""
        row, column = round(top * self.scale), round(left * self.scale)
        height, width = sheet.rgba.shape[:2]
        beneath = self.rgba[row : row + height, column : column + width]
        beneath *= 1.0 - sheet.rgba[..., 3:]
        beneath += sheet.rgba

    def levels(self) -> NDArray[np.uint8]:
        """The whole sheet as (H, W, 4) uint8, coverage in [0, 255]: what a sprite is made of."""
        levels: Floats = self.rgba * np.array((1, 1, 1, 255), np.float32) + np.float32(0.5)
        return np.clip(levels, 0, 255).astype(np.uint8)

    def _window(self, edges: Edges, soft: float) -> tuple[Floats, Floats, tuple[slice, slice]]:
        """Coordinates of the pixels around ``edges`` in units, and where they lie."""
        margin = soft / 2 + 1.0 / self.scale
        left, top = (max(0, int((edge - margin) * self.scale)) for edge in edges[:2])
        right, bottom = (max(0, int((edge + margin) * self.scale) + 1) for edge in edges[2:])
        height, width = self.rgba.shape[:2]
        window = slice(min(top, height), min(bottom, height)), slice(left, min(right, width))
        x = (np.arange(width, dtype=np.float32)[window[1]] + 0.5) / self.scale
        y = (np.arange(height, dtype=np.float32)[window[0]] + 0.5) / self.scale
        return x[None, :], y[:, None], window

    def _ellipse(self, place: Ellipse, soft: float) -> tuple[tuple[slice, slice], Floats]:
        across, down, wide, high = place
        edges = across - wide, down - high, across + wide, down + high
        x, y, window = self._window(edges, soft)
        near = np.hypot((x - across) / wide, (y - down) / high) + 1e-6
        steep = np.hypot((x - across) / wide**2, (y - down) / high**2) + 1e-6
        return window, near * (near - 1.0) / steep

    def _fill(
        self,
        window: tuple[slice, slice],
        distance: Floats,
        colour: Colour,
        *,
        opacity: float,
        soft: float,
    ) -> None:
        cover = np.clip(0.5 - distance / (soft + 1.0 / self.scale), 0, 1)[..., None] * opacity
        sheet = self.rgba[window]
        sheet *= 1.0 - cover
        sheet[..., 3:] += cover
        if isinstance(colour, str):
            sheet[..., :3] += cover * rgb(colour)
        else:
            down = np.linspace(0, 1, sheet.shape[0], dtype=np.float32)[:, None, None]
            sheet[..., :3] += cover * (rgb(colour[0]) * (1 - down) + rgb(colour[1]) * down)


def _bounds(points: Sequence[Point], *, margin: float = 0.0) -> Edges:
    across, down = [point[0] for point in points], [point[1] for point in points]
    return min(across) - margin, min(down) - margin, max(across) + margin, max(down) + margin


def _to_segment(x: Floats, y: Floats, start: Point, end: Point) -> Floats:
    """Squared distance of each pixel to the segment from ``start`` to ``end``."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = across * across + down * down
    x, y = x - np.float32(start[0]), y - np.float32(start[1])
    along = np.clip((x * across + y * down) / max(length, 1e-9), 0, 1)
    squared: Floats = np.square(x - along * across) + np.square(y - along * down)
    return squared
