"""A scripted stream in which everything that can be told happens once, at a known frame.

224 × 224 pixels at 25 frames a second, with noise: a room with a shelf. Somebody walks through;
somebody leaves a bag, and somebody else takes it. The light goes half out, the camera is pushed,
covered, black and frozen, something never seen flies by, and there is a cut.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_ae.detection.findings import Foreground, Kind, Mask, Novelty, SceneChange

Rgb = NDArray[np.uint8]

FPS = 25
LENGTH = 1800
SIZE = 224
NOISE = 2.0

LIGHT, PUSH, CUT = 800, 950, 1650
COVERED, BLACK, FROZEN = range(1100, 1160), range(1220, 1280), range(1350, 1410)
FLIGHT = range(1480, 1560)
PUSHED = 7  # pixels


class Walk(NamedTuple):
    """Somebody who comes in from the left, stops nowhere, and goes out at the right, or back."""

    frames: range
    turns_back: bool = False


WALKS = (Walk(range(160, 260)), Walk(range(300, 440), True), Walk(range(560, 700), True))
BAG = range(
    370, 630
)  # it stands on the floor: from the turn of the second walk to that of the third

EXPECTED: tuple[tuple[Kind, int], ...] = (
    ("appeared", 160),
    ("left", 160),
    ("appeared", 300),
    ("left", 300),
    ("left_behind", 370),
    ("appeared", 560),
    ("left", 560),
    ("removed", 630),
    ("light_switched", LIGHT),
    ("camera_moved", PUSH),
    ("covered", COVERED.start),
    ("black", BLACK.start),
    ("frozen", FROZEN.start),
    ("appeared", FLIGHT.start),
    ("novel", FLIGHT.start),
    ("left", FLIGHT.start),
    ("cut", CUT),
)
"""(kind, its start), by the start."""


def _room(seed: int) -> NDArray[np.float32]:
    """Boards, a shelf and some pictures; a little larger than the frame, so that it can shift."""
    rng = np.random.default_rng(seed)
    room = np.full((SIZE + 32, SIZE + 32, 3), rng.integers(110, 170, 3), np.float32)
    room[150:] = rng.integers(60, 110, 3)
    for x in range(0, SIZE + 32, 16):
        room[150:, x : x + 2] *= 0.7
    for _ in range(24):
        y, x, h, w = (int(rng.integers(0, 220)) for _ in range(4))
        y, h, w = y % 130, 8 + h % 24, 8 + w % 24
        room[y : y + h, x : x + w] = rng.integers(30, 230, 3)
    return room


@cache
def _noise() -> NDArray[np.float32]:
    """Of one frame, with the half that rounds; turned round, it is that of any other."""
    noise = np.random.default_rng(0).normal(0.5, NOISE, SIZE * SIZE * 3)
    return noise.astype(np.float32)


ROOMS = tuple(_room(seed) for seed in (3, 4))


class Happenings:
    """The stream: every frame by its number, from 1, and what is true of it."""

    def picture(self, n: int) -> tuple[NDArray[np.float32], Mask, NDArray[np.float32]]:
        """A frame without noise, what does not belong to the scene, and the scene without that."""
        pushed = PUSHED * (PUSH <= n < CUT)
        scene = ROOMS[int(n >= CUT)][16 : 16 + SIZE, 16 + pushed : 16 + pushed + SIZE].copy()
        light = 0.6 if LIGHT <= n < CUT else 1.0
        scene *= light
        frame, mask = scene.copy(), np.zeros((SIZE, SIZE), bool)

        def paint(y: int, x: int, h: int, w: int, colour: tuple[int, int, int]) -> None:
            rows, columns = slice(y, y + h), slice(max(x, 0), max(x + w, 0))
            frame[rows, columns] = light * np.array(colour, np.float32)
            mask[rows, columns] = True

        if n in BAG:
            paint(170, 112, 18, 24, (200, 40, 40))
        for walk in WALKS:
            if n in walk.frames:
                done = (n - walk.frames.start) / len(walk.frames)
                reach = 2 * (110 + 20) * min(done, 1 - done) if walk.turns_back else 244 * done
                sway = 3 * (n // 4 % 2)
                paint(90, int(reach) - 20, 60, 18, (20, 20, 60))
                paint(150, int(reach) - 20 + sway, 40, 14, (70, 60, 30))
                if walk.turns_back and (done < 0.5) == (walk is WALKS[1]):
                    paint(170, int(reach) + 2 - 20 + 0, 18, 24, (200, 40, 40))
        if n in FLIGHT:
            done = (n - FLIGHT.start) / len(FLIGHT)
            paint(30 + int(20 * np.sin(9 * done)), int(244 * done) - 20, 18, 18, (250, 240, 60))
        return frame, mask, scene

    def frame(self, n: int) -> Rgb:
        """A frame as the camera gives it, (224, 224, 3) uint8."""
        n = FROZEN.start - 1 if n in FROZEN else n
        frame, _, _ = self.picture(n)
        if n in COVERED:
            frame[:] = 70 + 25 * np.linspace(0, 1, SIZE, dtype=np.float32)[:, None, None]
        if n in BLACK:
            frame[:] = 2
        noise = np.roll(_noise(), 997 * n, axis=0)
        levels: Rgb = np.clip(frame + noise.reshape(frame.shape), 0, 255).astype(np.uint8)
        return levels

    def foreground(self, n: int) -> Foreground:
        """What a perfect detector of the foreground says of it."""
        _, mask, scene = self.picture(n)
        if n in COVERED or n in BLACK:
            mask[:] = True
        changes: dict[int, SceneChange] = {
            LIGHT: "light_switched",
            PUSH: "camera_moved",
            CUT: "cut",
            COVERED.start: "cut",
            COVERED.stop: "cut",
            BLACK.start: "light_switched",
            BLACK.stop: "cut",
        }
        background = np.clip(scene, 0, 255).astype(np.uint8)
        return Foreground(mask, background, NOISE, change=changes.get(n), begins=n in changes)

    def novelty(self, n: int) -> Novelty:
        """What a perfect detector of novelty says of it."""
        heat = np.full((20, 30), 0.4, np.float32)
        if n in FLIGHT:
            heat[3, 29 * (n - FLIGHT.start) // len(FLIGHT)] = 2.0
        raw = float(heat.max())
        return Novelty(0.999 if raw > 1 else 0.5, raw, heat)
