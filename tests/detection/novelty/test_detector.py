import io
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.kernels.test_flow import as_rgb, scene

from stream_ae.detection.findings import Foreground, Novelty, SceneChange
from stream_ae.detection.novelty import NoveltyDetector
from stream_ae.detection.novelty.calibration import DELAY
from stream_ae.detection.novelty.detector import WARM_UP

SIDE = 112
SCENE = as_rgb(scene(SIDE, SIDE))
THING = as_rgb(255 - scene(24, 16))

Seen = tuple[NDArray[np.uint8], Foreground]


def show(x: float, *, y: int = 40, change: SceneChange | None = None) -> Seen:
    """A thing of 24 × 16 pixels on a still scene, and its mask."""
    rgb, mask = SCENE.copy(), np.zeros((SIDE, SIDE), bool)
    way = SIDE - 16  # to and fro
    left = round(way - abs(x % (2 * way) - way))
    rgb[y : y + 24, left : left + 16] = THING
    mask[y : y + 24, left : left + 16] = True
    return rgb, Foreground(mask, SCENE, 1.0, change=change)


def walk(frames: int, *, speed: float = 1.0, start: float = 0.0) -> Iterator[Seen]:
    for number in range(frames):
        yield show(start + speed * number)


def watch(detector: NoveltyDetector, seen: Iterator[Seen], *, start: float) -> list[Novelty]:
    """Ten frames a second."""
    return [
        detector.update(rgb, foreground=foreground, time=start + number / 10)
        for number, (rgb, foreground) in enumerate(seen)
    ]


@pytest.fixture
def detector() -> NoveltyDetector:
    """One that has seen something go by at 10 pixels a second, for 40 seconds."""
    detector = NoveltyDetector()
    watch(detector, walk(400), start=0)
    return detector


def test_what_is_usual_is_not_novel_and_what_runs_is(detector: NoveltyDetector) -> None:
    usual = watch(detector, walk(60), start=40)
    assert max(found.score for found in usual[5:]) < 0.99
    novel = watch(detector, walk(12, speed=4), start=46)
    assert max(found.score for found in novel) > 0.99
    assert novel[-1].raw > 1.4 * usual[-1].raw


def test_the_heat_is_where_it_happens(detector: NoveltyDetector) -> None:
    heat = watch(detector, walk(12, speed=4, start=20), start=40)[-1].heat
    assert heat.shape == (14, 14)
    assert heat.dtype == np.float32
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert 3 <= row <= 9
    assert 6 <= column <= 12
    assert heat[:, :3].max() < 0.5 * heat.max()


def test_what_looks_as_nothing_has_looked_is_novel() -> None:
    detector, rng = NoveltyDetector(), np.random.default_rng(0)
    found = []
    for number, (rgb, foreground) in enumerate(walk(320)):
        latent = 0.1 * rng.standard_normal((16, 14, 14)).astype(np.float32)
        if number >= 310:
            latent[::2] += 2 * foreground.mask[::8, ::8]
        found.append(
            detector.update(rgb, foreground=foreground, time=number / 10, latent=latent).raw
        )
    assert found[-1] > 1.1 * max(found[250:310])


def test_nothing_is_said_before_there_is_something_to_compare_with() -> None:
    found = watch(NoveltyDetector(), walk(400), start=0)
    silent = WARM_UP + round(10 * DELAY)
    assert {one.score for one in found[:silent]} == {0.0}
    assert all(one.score <= 1 - 1 / n for n, one in enumerate(found[silent:], 1))
    assert any(one.score > 0 for one in found[silent:])


def test_a_still_scene_is_never_novel() -> None:
    still = Foreground(np.zeros((SIDE, SIDE), bool), SCENE, 1.0)
    rng = np.random.default_rng(0)
    noisy = (SCENE // 2 + rng.integers(0, 4, SCENE.shape, dtype=np.uint8) for _ in range(150))
    found = watch(NoveltyDetector(), ((rgb, still) for rgb in noisy), start=0)
    assert {(one.score, one.raw) for one in found} == {(0.0, 0.0)}


@pytest.mark.parametrize("change", ["cut", "light_switched"])
def test_another_picture_is_not_a_fast_one(detector: NoveltyDetector, change: SceneChange) -> None:
    usual = max(found.raw for found in watch(detector, walk(30), start=40))
    rgb, foreground = show(70, change=change)
    assert detector.update(rgb, foreground=foreground, time=43).raw <= usual
    after = watch(detector, walk(10, start=71), start=43.1)
    assert max(found.raw for found in after) < 1.3 * usual


def test_frames_between_that_are_no_neighbours_are_not_compared(detector: NoveltyDetector) -> None:
    rgb, foreground = show(70)
    found = detector.update(rgb, foreground=foreground, time=0, is_first=True)
    assert (found.score, found.raw) == (0.0, 0.0)
    assert not found.heat.any()


def test_frames_in_between_keep_what_was_found(detector: NoveltyDetector) -> None:
    rgb, foreground = show(3)
    found = detector.update(rgb, foreground=foreground, time=40)
    rgb, foreground = show(5)
    assert detector.update(rgb, foreground=foreground, time=40.03) is found
    assert detector.update(rgb, foreground=foreground, time=40.08) is not found


def test_the_state_goes_on_bit_for_bit(detector: NoveltyDetector) -> None:
    rng = np.random.default_rng(0)
    latents = rng.standard_normal((40, 16, 14, 14)).astype(np.float32)
    frames = list(walk(40, speed=1.5))
    for number in range(20):
        rgb, foreground = frames[number]
        detector.update(rgb, foreground=foreground, time=40 + number / 10, latent=latents[number])
    file = io.BytesIO()
    torch.save(detector.state_dict(), file)
    twin = NoveltyDetector()
    twin.load_state_dict(torch.load(io.BytesIO(file.getvalue()), weights_only=True))
    for number in range(20, 40):
        one, other = (
            d.update(
                frames[number][0],
                foreground=frames[number][1],
                time=40 + number / 10,
                latent=latents[number],
            )
            for d in (detector, twin)
        )
        assert (one.score, one.raw) == (other.score, other.raw)
        assert np.array_equal(one.heat, other.heat)


def test_a_state_may_be_without_what_shows_the_scene(detector: NoveltyDetector) -> None:
    latent = np.ones((16, 14, 14), np.float32)
    rgb, foreground = show(3)
    for number in range(3):
        detector.update(rgb, foreground=foreground, time=41 + number, latent=latent)
    state = detector.state_dict(with_pixels=False)
    assert state["motion"]["previous"] is None
    assert state["appearance"]["mean"] is None
    detector.load_state_dict(state)
    held = detector.update(rgb, foreground=foreground, time=44, latent=latent)
    rgb, foreground = show(8)
    found = detector.update(rgb, foreground=foreground, time=44.1, latent=latent)
    assert found.raw > held.raw


def test_a_new_one_goes_on_from_the_state_of_a_new_one() -> None:
    twin = NoveltyDetector()
    twin.load_state_dict(NoveltyDetector().state_dict())
    assert watch(twin, walk(3), start=0)[-1].raw > 0


@pytest.mark.parametrize("shape", [(8, 8), (112, 96)])
def test_a_mask_that_does_not_fit_is_refused(shape: tuple[int, int]) -> None:
    rgb = np.zeros((*shape, 3), np.uint8)
    foreground = Foreground(np.zeros((8, 8), bool), rgb, 1.0)
    with pytest.raises(ValueError, match="at least \\(16, 16, 3\\) and its mask as large, got"):
        NoveltyDetector().update(rgb, foreground=foreground, time=0)
