import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from stream_ae.detection.foreground.model import BackgroundModel, matching_radius

Bytes = NDArray[np.uint8]


def picture(seed: int = 0) -> Bytes:
    return np.random.default_rng(seed).integers(20, 120, (20, 24, 3)).astype(np.uint8)


def test_the_first_frame_is_the_background() -> None:
    model = BackgroundModel(picture(), seed=0)
    np.testing.assert_array_equal(model.levels, picture())


def test_what_it_has_seen_is_near_and_what_it_has_not_is_far() -> None:
    model, flat = BackgroundModel(np.full((9, 9, 3), 80, np.uint8), seed=0), np.zeros((9, 9, 3))
    raw, distance = model.observe((flat + 82).astype(np.uint8), radius=24.0, absorb=100)
    assert not raw.any()
    assert np.median(distance) == 6  # but 0 where it was learned from a pixel beside
    raw, distance = model.observe((flat + 160).astype(np.uint8), radius=24.0, absorb=100)
    assert raw.all()
    assert (distance >= 234).all()


def test_brighter_light_brightens_all() -> None:
    flat = np.full((9, 9, 3), 80, np.uint8)
    model = BackgroundModel(flat, seed=0)
    model.brighten(np.full((9, 9, 3), 1.5, np.float32))
    assert (model.levels == 120).all()
    raw, distance = model.observe(np.full((9, 9, 3), 120, np.uint8), radius=24.0, absorb=100)
    assert not raw.any()
    assert not distance.any()


@pytest.mark.parametrize("way", [(3, 0), (0, -2), (-4, 5), (1, 1)])
def test_moving_it_moves_what_it_knows(way: tuple[int, int]) -> None:
    right, down = way
    model = BackgroundModel(picture(), seed=0)
    moved = picture(1)
    rows, columns = slice(max(down, 0), 20 + min(down, 0)), slice(max(right, 0), 24 + min(right, 0))
    moved[rows, columns] = np.roll(picture(), (down, right), (0, 1))[rows, columns]
    model.move(moved, right=right, down=down)
    np.testing.assert_array_equal(model.levels, moved)
    np.testing.assert_array_equal(model.pixels.mean, moved)


def test_far_away_there_is_nothing_that_it_knows() -> None:
    model = BackgroundModel(picture(), seed=0)
    model.move(picture(1), right=24, down=0)
    np.testing.assert_array_equal(model.levels, picture(1))


def test_it_goes_on_from_its_state_bit_for_bit() -> None:
    model = BackgroundModel(picture(), seed=3)
    for seed in range(5):
        model.observe(picture(seed), radius=24.0, absorb=100)
    other = BackgroundModel.restored(model.state_dict())
    for seed in range(5, 10):
        mine, theirs = (m.observe(picture(seed), radius=24.0, absorb=100) for m in (model, other))
        np.testing.assert_array_equal(mine, theirs)
    for name, value in model.state_dict().items():
        same = other.state_dict()[name]
        assert torch.equal(value, same) if isinstance(value, torch.Tensor) else value == same


@pytest.mark.parametrize(("noise", "radius"), [(0.25, 19), (2.0, 19), (5.0, 27.5), (8.0, 34)])
def test_the_radius_comes_from_the_noise(noise: float, radius: float) -> None:
    assert matching_radius(noise) == radius
