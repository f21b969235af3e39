import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from stream_ae.detection.foreground.noise import Noise

Bytes = NDArray[np.uint8]


def noisy(seed: int, *, sigma: float, level: float = 120.0) -> Bytes:
    """Grey pictures, so that brightness is as noisy as each colour."""
    noise = np.random.default_rng(seed).normal(level, sigma, (120, 120, 1))
    return np.repeat(np.clip(np.rint(noise), 0, 255).astype(np.uint8), 3, axis=2)


def noise_of(pictures: list[Bytes]) -> float:
    noise = Noise()
    for previous, picture in itertools.pairwise(pictures):
        noise.update(picture, previous=previous)
    return noise.sigma


@pytest.mark.parametrize("sigma", [1.0, 2.0, 5.0])
def test_it_is_the_deviation_of_one_picture(sigma: float) -> None:
    found = noise_of([noisy(seed, sigma=sigma) for seed in range(20)])
    assert found == pytest.approx(sigma, rel=0.12)


def test_pictures_given_twice_do_not_count() -> None:
    once = [noisy(seed, sigma=3.0) for seed in range(20)]
    assert noise_of([picture for picture in once for _ in range(2)]) == noise_of(once)


def test_a_key_frame_does_not_count() -> None:
    pictures = [noisy(seed, sigma=1.0) for seed in range(20)]
    pictures += [noisy(100, sigma=6.0), noisy(101, sigma=1.0)]
    assert noise_of(pictures) == pytest.approx(1.0, rel=0.12)


def test_it_has_bounds() -> None:
    assert noise_of([noisy(0, sigma=0.0, level=level) for level in range(100, 130)]) <= 8.0
    assert noise_of([noisy(0, sigma=0.0)] * 20) == 0.25


def test_it_goes_on_from_its_state() -> None:
    one, other = Noise(), Noise()
    for seed in range(9):
        one.update(noisy(seed, sigma=2.0), previous=noisy(seed + 1, sigma=2.0))
    other.load_state_dict(one.state_dict())
    assert other.sigma == one.sigma
    assert other.state_dict() == one.state_dict()


def test_noise_is_calm_and_movement_is_not() -> None:
    noise = Noise()
    calm = [
        noise.update(noisy(seed + 1, sigma=2.0), previous=noisy(seed, sigma=2.0))
        for seed in range(30)
    ]
    assert all(calm[16:])
    assert not noise.update(noisy(1, sigma=8.0), previous=noisy(0, sigma=8.0))
