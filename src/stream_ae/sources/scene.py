"""Synthetic video: endless, seeded, readable from anywhere, with the truth about every pixel.

A real video never says which pixels moved, and nobody should have to fetch one to try this
program. A scene knows what moves, what changed since the frame before, and when something came
that was never there. Frame i is a function of name, seed and i.
"""

from collections.abc import Iterator
from numbers import Integral

import numpy as np
from numpy.typing import NDArray

from stream_ae.frame import Frame, Rgb
from stream_ae.scenes import CUT_EVERY, SCENES
from stream_ae.scenes.actors import FPS
from stream_ae.scenes.scene import HEIGHT, WIDTH, Scene
from stream_ae.sources.base import Source

Mask = NDArray[np.bool_]

VISIBLE = 6.0
"""Grey levels, of 255, by which a pixel must differ to count as changed."""


class SceneSource(Source):
    """A synthetic scene, 240 × 320 pixels, 25 frames a second, without end.

    ============  ================================================================================
    ``street``    a fixed camera over a street; dusk falls at frame 900, then light and dark take
                  turns every 400 frames; a balloon comes at frame 1,500, a giraffe at 3,000
    ``cuts``      ten places, another one every 200 frames, each back after 2,000
    ``quiet``     a room where hardly anything happens; a cat comes at frame 1,500
    ``pan``       a camera that sweeps over a valley; a balloon comes at frame 1,500
    ============  ================================================================================

    Args:
        name: one of :data:`stream_ae.scenes.SCENES`.
        seed: at least 0; every seed gives another stream.

    Raises:
        ValueError: there is no such scene, or the seed is negative or no whole number.

    >>> with SceneSource("street") as source:
    ...     source.frame_at(10**7).shape
    (240, 320, 3)
    """

    def __init__(self, name: str, *, seed: int = 0) -> None:
        if name not in SCENES:
            known = ", ".join(f"scene:{known}" for known in SCENES)
            raise ValueError(f"unknown scene {name!r}; there are {known}")
        is_whole = isinstance(seed, Integral)
        if not (is_whole and seed >= 0):
            raise ValueError(
                f"a seed must be a whole number, 0 or more, got {seed!r}; take another"
            )
        super().__init__(f"scene:{name}")
        self._builders, self._seed = SCENES[name], seed
        self._scenes: dict[int, Scene] = {}

    def read(self, start: int) -> Iterator[Frame]:
        """Give the frames from position ``start`` on; where that is costs nothing."""
        index = start
        while not self.closing:
            rgb = self.frame_at(index)
            yield Frame(rgb, index, index / FPS, self.address, is_first=index == 0)
            index += 1

    def frame_at(self, index: int) -> Rgb:
        """The frame of any index, (240, 320, 3) uint8, as the camera gives it."""
        return self._scene(index).frame(index)

    def moving(self, index: int) -> Mask:
        """The pixels that show something that moves, (240, 320) bool; shadows do not count."""
        return self._scene(index).cover(index, "mover", "novel")

    def novel(self, index: int) -> Mask:
        """The pixels that show what had never been there before its one visit, (240, 320) bool."""
        return self._scene(index).cover(index, "novel")

    def changed(self, index: int) -> Mask:
        """The pixels that visibly differ from the frame before, (240, 320) bool.

        Things that move, their shadows, what they uncover, a switch of the light, a cut, and the
        camera's own movement count; its noise and the slow drift of the light do not. Any colour
        must differ by more than :data:`VISIBLE` grey levels. In frame 0 nothing changed.
        """
        if index == 0:
            return np.zeros((HEIGHT, WIDTH), bool)
        now, before = (self._scene(at).picture(at) for at in (index, index - 1))
        differs: Mask = np.abs(now - before) > VISIBLE
        return differs[..., 0] | differs[..., 1] | differs[..., 2]

    def events(self, index: int) -> tuple[str, ...]:
        """What the script says of a frame: ``"cut"``, ``"light"`` (switched), ``"novel"``.

        The first two belong to the first frame that shows it, the last to each that does.
        """
        scene, happened = self._scene(index), []
        if index > 0:
            before = self._scene(index - 1)
            if before is not scene:
                happened.append("cut")
            elif before.light(index - 1) != scene.light(index):
                happened.append("light")
        if self.novel(index).any():
            happened.append("novel")
        return tuple(happened)

    def _scene(self, index: int) -> Scene:
        """The place that a frame shows; drawn when it is first needed."""
        if index < 0:
            raise ValueError(
                f"the index of a frame must be at least 0, got {index}; frames count from 0"
            )
        place = index // CUT_EVERY % len(self._builders)
        if place not in self._scenes:
            self._scenes[place] = self._builders[place](self._seed)
        return self._scenes[place]
