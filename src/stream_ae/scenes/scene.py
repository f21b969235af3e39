"""What is where in a synthetic scene at any instant, and the picture that a camera takes of it.

A scene is a background, lights, and actors that say what stands where at a given time.
Nothing is remembered from frame to frame: frame i is a function of the scene and i alone, so that
reading can begin anywhere and a resumed stream is the same, bit for bit. The camera's noise and
the slow drift of the light come last, so the picture without them gives the exact truth.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_ae.frame import Rgb
from stream_ae.scenes.actors import FPS, Actor, Placed, Role
from stream_ae.scenes.sprite import Patch

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Point = tuple[float, float]

HEIGHT, WIDTH = 240, 320
"""Size of every frame in pixels."""

NOISE_LIMIT = 4.0
"""Standard deviations beyond which the camera's noise is cut off, so that it has a bound."""

READ_NOISE, SHOT_NOISE = 1.2, 1.4
"""Standard deviation of the noise in grey levels: of a black pixel, and what white adds to it."""

DRIFT = ((0.05, 170.0), (0.03, 61.0))
"""The slow drift of the light: two waves, share of the brightness and seconds of a period."""

_LEVEL = np.float32(1.0 / 255.0)


class Light(NamedTuple):
    """A background, and how bright each pixel of the finished picture is in that light.

    Args:
        background: (H, W, 3) float32 in [0, 255], as large as the frame or, where the camera
            moves, larger.
        gain: (HEIGHT, WIDTH, 3) float32; None leaves everything as it is drawn.
    """

    background: Floats
    gain: Floats | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Scene:
    """Everything that there is to see from one place.

    Args:
        seed: of the camera's noise.
        lights: the first holds at the beginning, the others follow in turn.
        actors: what may be in view.
        switches: the frame of the first switch to the next light, and the frames between two.
        noise: how strong the camera's noise is; 1 for a camera by day.
        camera: left and upper edge of the view in the background at a time; None for a camera
            that stands still.
    """

    seed: int
    lights: tuple[Light, ...]
    actors: tuple[Actor, ...]
    switches: tuple[int, int] = (0, 1)
    noise: float = 1.0
    camera: Callable[[float], Point] | None = None

    def light(self, index: int) -> int:
        """Which of the lights holds in a frame."""
        first, every = self.switches
        passed = 0 if index < first else 1 + (index - first) // every
        return passed % len(self.lights)

    def picture(self, index: int) -> Floats:
        """A frame as a perfect camera in steady light would see it, (H, W, 3) in grey levels."""
        light = self.lights[self.light(index)]
        canvas, things = self._view(light.background, index), self._placed(index)
        for thing in things:
            if thing.sprite.shadow is not None:
                composite(canvas, thing.sprite.shadow.place(thing.x, thing.y))
        for thing in things:
            composite(canvas, thing.sprite.place(thing.x, thing.y))
        if light.gain is not None:
            canvas *= light.gain
        return canvas

    def frame(self, index: int) -> Rgb:
        """A frame as the camera gives it, (HEIGHT, WIDTH, 3) uint8."""
        canvas = self.picture(index)
        canvas *= drift(index)
        pool = _noise(self.seed)
        at = int(np.random.default_rng((self.seed, index)).integers(pool.size - canvas.size))
        deviation = canvas * (SHOT_NOISE * self.noise / 255.0)
        deviation += READ_NOISE * self.noise
        deviation *= pool[at : at + canvas.size].reshape(canvas.shape)
        canvas += deviation
        canvas += 0.5
        np.clip(canvas, 0.0, 255.0, out=canvas)
        return canvas.astype(np.uint8)

    def cover(self, index: int, *roles: Role) -> Mask:
        """The pixels of a frame in which something of the given roles is what one sees."""
        cover = np.zeros((HEIGHT, WIDTH), np.float32)
        for thing in self._placed(index):
            left, top, patch = thing.sprite.place(thing.x, thing.y)
            seen, laid = _overlap(cover, left, top, patch)
            keep = patch.keep[laid][..., 0] * _LEVEL
            cover[seen] *= keep
            if thing.role in roles:
                cover[seen] += 1.0 - keep
        return cover > 0.5

    def _placed(self, index: int) -> list[Placed]:
        """All things of a frame, the farthest first, as the camera sees them."""
        time = index / FPS
        left, top = (0.0, 0.0) if self.camera is None else self.camera(time)
        things = [
            thing._replace(x=thing.x - left, y=thing.y - top)
            for cast in self.actors
            for thing in cast.at(time)
        ]
        return sorted(things, key=lambda thing: thing.depth)

    def _view(self, background: Floats, index: int) -> Floats:
        """The part of the background that the camera sees, between pixels where it must be."""
        if self.camera is None:
            return background.copy()
        left, top = self.camera(index / FPS)
        row, column = int(top), int(left)
        down, right = np.float32(top - row), np.float32(left - column)
        seen = background[row : row + HEIGHT + 1, column : column + WIDTH + 1]
        seen = seen[:-1] + down * (seen[1:] - seen[:-1])
        return seen[:, :-1] + right * (seen[:, 1:] - seen[:, :-1])


def drift(index: int) -> float:
    """By how much slowly drifting light brightens a frame; 1 is the light of the truth."""
    time = index / FPS
    return 1.0 + sum(share * math.sin(math.tau * time / period) for share, period in DRIFT)


def composite(canvas: Floats, placed: tuple[int, int, Patch]) -> None:
    """Draw what ``Sprite.place`` gives on a canvas, (H, W, 3) float32 in grey levels."""
    left, top, patch = placed
    seen, laid = _overlap(canvas, left, top, patch)
    region = canvas[seen]
    region *= patch.keep[laid] * _LEVEL
    region += patch.add[laid]


def _overlap(
    canvas: Floats, left: int, top: int, patch: Patch
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where on the canvas a patch falls, and which part of the patch that is; maybe nothing."""
    height, width = patch.keep.shape[:2]
    rows = max(top, 0), max(min(top + height, canvas.shape[0]), 0)
    columns = max(left, 0), max(min(left + width, canvas.shape[1]), 0)
    seen = slice(rows[0], max(rows)), slice(columns[0], max(columns))
    laid = slice(rows[0] - top, max(rows) - top), slice(columns[0] - left, max(columns) - left)
    return seen, laid


@lru_cache(maxsize=2)
def _noise(seed: int) -> Floats:
    """Enough normal noise to take a frame's share from any of half a million positions."""
    noise = np.random.default_rng((seed, 7)).standard_normal(3 * HEIGHT * WIDTH * 3)
    return np.clip(noise, -NOISE_LIMIT, NOISE_LIMIT).astype(np.float32)
