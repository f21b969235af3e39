import numpy as np
import pytest
from numpy.typing import NDArray

from stream_ae.kernels.background import GHOST, SAMPLES, Limits, Pixels, fill, observe

SIZE = (12, 17)
LIMITS = Limits(radius=24.0, absorb=100.0, patience=10.0)

Bytes = NDArray[np.uint8]


def picture(seed: int) -> Bytes:
    return np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), np.uint8)


def pixels_of(rgb: Bytes) -> Pixels:
    size = rgb.shape[:2]
    pixels = Pixels(
        samples=np.zeros((*size, 3, SAMPLES), np.uint8),
        mean=np.zeros((*size, 3), np.float32),
        levels=np.zeros((*size, 3), np.uint8),
        flicker=np.ones(size, np.float32),
        spread=np.ones(size, np.float32),
        age=np.zeros(size, np.int32),
        seen=np.ones(size, np.int32),
        candidate=np.zeros((*size, 3), np.uint8),
        last=np.ones(size, np.uint8),
        blob=np.ones(size, np.uint8),
        chance=np.array([12345], np.uint64),
    )
    fill(rgb, pixels, rows=(0, size[0]), columns=(0, size[1]))
    return pixels


def test_samples_are_taken_from_the_pixels_around() -> None:
    rgb = picture(0)
    pixels = pixels_of(rgb)
    np.testing.assert_array_equal(pixels.mean, rgb)
    padded = np.pad(rgb, ((1, 1), (1, 1), (0, 0)), mode="edge")
    for y in range(SIZE[0]):
        for x in range(SIZE[1]):
            around = {tuple(colour) for colour in padded[y : y + 3, x : x + 3].reshape(-1, 3)}
            kept = {tuple(colour) for colour in pixels.samples[y, x].T}
            assert kept <= around
            assert len(kept) > 1


def test_a_rectangle_is_filled_and_nothing_else() -> None:
    pixels = pixels_of(picture(0))
    before = pixels.samples.copy()
    fill(picture(1), pixels, rows=(2, 5), columns=(3, 9))
    np.testing.assert_array_equal(pixels.mean[2:5, 3:9], picture(1)[2:5, 3:9])
    changed = (before != pixels.samples).any((2, 3))
    assert changed[2:5, 3:9].any(1).all()
    changed[2:5, 3:9] = False
    assert not changed.any()


def test_distances_are_those_of_the_plain_operations() -> None:
    pixels, rgb = pixels_of(picture(0)), picture(1)
    pixels.flicker[:] = np.random.default_rng(2).random(SIZE) / 10
    pixels.spread[:] = np.random.default_rng(3).random(SIZE)
    differences = pixels.samples.astype(np.int64) - rgb[..., None]
    apart = np.abs(differences).sum(2)
    wide = np.minimum(3, 1 + 15 * pixels.flicker + pixels.spread)
    radius = 100.0
    expected = (apart <= np.floor(radius * wide)[..., None]).sum(2) < 3
    raw, distance = observe(rgb, pixels, limits=LIMITS._replace(radius=radius))
    np.testing.assert_array_equal(distance, apart.min(2))
    np.testing.assert_array_equal(raw, expected)
    assert 0 < expected.mean() < 1


def test_the_mean_is_that_of_all_frames_at_first() -> None:
    base = np.full((*SIZE, 3), 100, np.uint8)
    pixels = pixels_of(base)
    for value in (104, 108):
        observe(np.full_like(base, value), pixels, limits=LIMITS)
    expected = 100 + (104 - 100) / 2
    expected += (108 - expected) / 3
    np.testing.assert_allclose(pixels.mean, expected, rtol=1e-5)
    np.testing.assert_array_equal(pixels.levels, np.rint(pixels.mean))
    assert (pixels.age == 3).all()


def test_what_is_there_longer_than_a_young_background_takes_its_place() -> None:
    base, other = np.full((*SIZE, 3), 100, np.uint8), np.full((*SIZE, 3), 200, np.uint8)
    pixels = pixels_of(base)
    for _ in range(9):
        observe(base, pixels, limits=LIMITS)
    found = [bool(observe(other, pixels, limits=LIMITS)[0].all()) for _ in range(22)]
    assert found == [True] * 21 + [False]  # age 10, patience 10: more than 20


@pytest.mark.parametrize("absorb", [5.0, 30.0])
def test_nothing_stays_longer_than_it_may(absorb: float) -> None:
    base, other = np.full((*SIZE, 3), 100, np.uint8), np.full((*SIZE, 3), 200, np.uint8)
    pixels, limits = pixels_of(base), LIMITS._replace(absorb=absorb)
    for _ in range(100):
        observe(base, pixels, limits=limits)
    raws = [bool(observe(other, pixels, limits=limits)[0].any()) for _ in range(60)]
    assert raws.index(False) == absorb + 1


def test_what_flickers_is_learned() -> None:
    base, other = np.full((*SIZE, 3), 100, np.uint8), np.full((*SIZE, 3), 160, np.uint8)
    pixels = pixels_of(base)
    shares = [observe((base, other)[k % 2], pixels, limits=LIMITS)[0].mean() for k in range(60)]
    assert shares[1] == 1
    assert max(shares[-2:]) < 0.1


def test_an_object_does_not_flicker() -> None:
    base, other = np.full((*SIZE, 3), 100, np.uint8), np.full((*SIZE, 3), 160, np.uint8)
    pixels = pixels_of(base)
    pixels.blob[:] = 1
    for k in range(60):
        raw, _ = observe((base, other)[k % 2], pixels, limits=LIMITS)
    assert raw.all()
    assert not pixels.flicker.any()


def test_one_state_gives_one_future() -> None:
    one, other = pixels_of(picture(0)), pixels_of(picture(0))
    for seed in range(5):
        observe(picture(seed), one, limits=LIMITS)
        observe(picture(seed), other, limits=LIMITS)
    for mine, theirs in zip(one, other, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_sample_is_replaced_one_time_in_sixteen() -> None:
    base = np.full((100, 100, 3), 100, np.uint8)
    pixels = pixels_of(base)
    observe(base + np.uint8(3), pixels, limits=LIMITS)
    own_and_beside = (pixels.samples[:, :, 0] == 103).mean() * SAMPLES
    assert own_and_beside == pytest.approx(2 / 16, rel=0.1)


def test_the_background_of_a_ghost_gives_way_after_a_part_of_its_age() -> None:
    base, other = np.full((*SIZE, 3), 100, np.uint8), np.full((*SIZE, 3), 200, np.uint8)
    pixels = pixels_of(base)
    for _ in range(79):
        observe(base, pixels, limits=LIMITS)
    pixels.blob[:, :8], pixels.blob[:, 8:] = GHOST, 1
    for k in range(30):
        raw, _ = observe(other, pixels, limits=LIMITS)
        assert raw[:, :8].any() == (k <= 12)  # 0.15 of an age of 80
        assert raw[:, 8:].all()
