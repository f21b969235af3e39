"""A small picture with transparency that is laid over a larger one at any quarter of a pixel.

Things in the synthetic scenes move by fractions of a pixel. A sprite is drawn once, four times as
fine as the frame; laying it down averages 4 × 4 of its pixels into one, shifted to the nearest
quarter, so that edges stay smooth and sharp wherever it stands. Each shift is computed once.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Levels = NDArray[np.uint8]

SUBPIXELS = 4
"""Pixels of a sprite's drawing for one pixel of the frame, in each direction."""


class Patch(NamedTuple):
    """What a sprite does to the pixels beneath it: ``canvas ← canvas · keep / 255 + add``.

    Args:
        keep: the share of each colour that shines through, (h, w, 3) uint8.
        add: what the sprite gives, (h, w, 3) uint8.
    """

    keep: Levels
    add: Levels


class Sprite:
    """A drawing, and the point of it that stands where it is put.

    Args:
        rgba: (h, w, 4) uint8, colour multiplied by its coverage and the coverage, as
            ``Drawing.levels`` gives it, :data:`SUBPIXELS` times as fine as the frame. What is
            empty round about is cut off.
        anchor: which point of the drawing stands at the place, in shares of width and height; the
            middle of the lower edge unless said otherwise.
        shadow: what it actors on the ground, laid down with its own anchor at the same place.
    """

    def __init__(
        self,
        rgba: Levels,
        *,
        anchor: tuple[float, float] = (0.5, 1.0),
        shadow: "Sprite | None" = None,
    ) -> None:
        height, width = rgba.shape[:2]
        top, bottom = _extent(np.flatnonzero(rgba.max((1, 2))))
        left, right = _extent(np.flatnonzero(rgba.max((0, 2))))
        self.rgba = np.ascontiguousarray(rgba[top:bottom, left:right])
        self.anchor = anchor[0] * width - left, anchor[1] * height - top
        self.shadow = shadow
        self._shifted: dict[tuple[int, int], Patch] = {}

    def flipped(self) -> "Sprite":
        """The same facing the other way, without a shadow: the sun does not turn with it."""
        height, width = self.rgba.shape[:2]
        anchor = 1.0 - self.anchor[0] / width, self.anchor[1] / height
        return Sprite(self.rgba[:, ::-1], anchor=anchor)

    def place(self, x: float, y: float) -> tuple[int, int, Patch]:
        """Its left and upper edge in pixels and what to lay there, for an anchor at (x, y)."""
        left = round(x * SUBPIXELS - self.anchor[0])
        top = round(y * SUBPIXELS - self.anchor[1])
        shift = top % SUBPIXELS, left % SUBPIXELS
        if shift not in self._shifted:
            self._shifted[shift] = self._shift(*shift)
        return left // SUBPIXELS, top // SUBPIXELS, self._shifted[shift]

    def _shift(self, down: int, right: int) -> Patch:
        height, width = self.rgba.shape[:2]
        below, behind = -(down + height) % SUBPIXELS, -(right + width) % SUBPIXELS
        fine = np.pad(self.rgba, ((down, below), (right, behind), (0, 0)))
        rows = np.stack([fine[at::SUBPIXELS] for at in range(SUBPIXELS)]).mean(0, np.float32)
        coarse = np.stack([rows[:, at::SUBPIXELS] for at in range(SUBPIXELS)]).mean(0)
        levels = np.rint(coarse).astype(np.uint8)
        keep = np.repeat(255 - levels[..., 3:], 3, axis=2)
        return Patch(keep, np.ascontiguousarray(levels[..., :3]))


def with_shadow(
    sprite: Sprite, *, slant: float = 0.5, length: float = 0.3, strength: float = 0.45
) -> Sprite:
    """The sprite together with the soft shadow that the sun actors of it on level ground.

    Args:
        sprite: what stands in the sun, its anchor at the middle of its foot.
        slant: pixels that the shadow reaches to the right for one pixel of height.
        length: pixels that it reaches down the picture for one pixel of height.
        strength: how dark it is, in [0, 1].
    """
    cover = sprite.rgba[..., 3] / np.float32(255.0)
    (height, width), foot = cover.shape, int(sprite.anchor[1])
    blur, reach = 2 * SUBPIXELS, int(abs(slant) * height)
    fallen = np.zeros((int(length * height) + 2 * blur, width + reach + 2 * blur), np.float32)
    left = blur + (reach if slant < 0 else 0)
    for row in range(int(length * min(foot, height))):
        above = row / length  # this row is the shadow of what is ``above`` rows above the foot
        at = left + int(slant * above)
        fallen[blur + row, at : at + width] = cover[min(foot, height) - 1 - int(above)]
    for axis in (0, 1, 0, 1):
        fallen = _box_blur(fallen, blur // 2, axis=axis)
    rgba = np.zeros((*fallen.shape, 4), np.uint8)
    rgba[..., 3] = np.rint(255.0 * strength * fallen)
    begin = blur + 0.06 * height  # a little behind the foot: things have depth
    middle = left + sprite.anchor[0]
    shadow = Sprite(rgba, anchor=(middle / fallen.shape[1], begin / fallen.shape[0]))
    share = sprite.anchor[0] / width, sprite.anchor[1] / height
    return Sprite(sprite.rgba, anchor=share, shadow=shadow)


def _extent(filled: NDArray[np.intp]) -> tuple[int, int]:
    """The first of the filled lines, and the one after the last; one line where none is."""
    return (int(filled[0]), int(filled[-1]) + 1) if filled.size else (0, 1)


def _box_blur(field: Floats, radius: int, *, axis: int) -> Floats:
    """Mean over ``2 · radius + 1`` neighbours along an axis; beyond the edge lies nothing."""
    width = 2 * radius + 1
    lines = np.moveaxis(field, axis, 0)
    sums = np.cumsum(np.pad(lines, ((radius + 1, radius), (0, 0))), axis=0)
    means: Floats = (sums[width:] - sums[:-width]) / np.float32(width)
    return np.moveaxis(means, 0, axis)
