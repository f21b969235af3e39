import numpy as np
from numpy.typing import NDArray

from stream_ae.detection.events.ages import PixelAges
from stream_ae.detection.events.shading import is_shading

RNG = np.random.default_rng(0)
WALL = np.kron(RNG.integers(60, 200, (10, 10, 3)), np.ones((6, 6, 1), int)).astype(np.uint8)
PLACE = np.zeros((60, 60), bool)
PLACE[10:50, 20:40] = True


def shown(pixels: NDArray[np.floating] | NDArray[np.integer], *, noise: float = 2) -> bool:
    frame = WALL.copy()
    noisy = pixels + RNG.normal(0, noise, (*pixels.shape[:-1], 3))
    frame[PLACE] = np.clip(noisy, 0, 255).astype(np.uint8)
    look = PixelAges().look(frame, noise=noise, elapsed=0.1)
    return is_shading(PLACE, look, background=WALL)


def test_a_soft_shadow_and_a_brighter_light_are_shading() -> None:
    for factor in (0.82, 0.9, 1.1, 1.22):
        assert shown(WALL[PLACE] * factor)


def test_a_thing_is_none() -> None:
    assert not shown(np.full((800, 3), 130))  # hides the wall
    assert not shown(WALL[::-1][PLACE])
    assert not shown(WALL[PLACE] * np.array([1.2, 1.0, 0.8]))  # has another colour


def test_what_is_much_darker_or_brighter_is_none() -> None:
    assert not shown(WALL[PLACE] * 0.5)
    assert not shown(WALL[PLACE] * 1.4)
