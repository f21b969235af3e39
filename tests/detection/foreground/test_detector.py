import io

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from stream_ae.detection.findings import Foreground
from stream_ae.detection.foreground import ForegroundDetector

Bytes = NDArray[np.uint8]
FPS = 25


def room(seed: int = 7) -> Bytes:
    """A scene with structure, 96 × 96."""
    blocks = np.random.default_rng(seed).integers(60, 180, (12, 12, 3)).astype(np.uint8)
    return np.repeat(np.repeat(blocks, 8, axis=0), 8, axis=1)


def noisy(picture: Bytes, number: int, *, sigma: float = 2.0) -> Bytes:
    noise = np.random.default_rng(number).normal(0, sigma, picture.shape)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def with_object(picture: Bytes, left: int) -> Bytes:
    picture = picture.copy()
    picture[40:64, left : left + 14] = (240, 30, 40)
    return picture


def watch(detector: ForegroundDetector, pictures: list[Bytes], start: int = 0) -> list[Foreground]:
    return [
        detector.update(noisy(picture, k), time=k / FPS)
        for k, picture in enumerate(pictures, start)
    ]


def test_what_comes_is_seen_and_nothing_else() -> None:
    empty = watch(detector := ForegroundDetector(), [room()] * 30)
    assert not any(found.mask.any() for found in empty)
    for k, left in enumerate(range(10, 70, 3)):
        found = detector.update(noisy(with_object(room(), left), 30 + k), time=(30 + k) / FPS)
        expected = np.zeros((96, 96), bool)
        expected[40:64, left : left + 14] = True
        overlap = (found.mask & expected).sum() / (found.mask | expected).sum()
        assert overlap > 0.8
        assert found.ratio == pytest.approx(expected.mean(), rel=0.25)


def test_the_background_is_what_is_behind() -> None:
    detector = ForegroundDetector()
    watch(detector, [room()] * 30)
    found = detector.update(noisy(with_object(room(), 30), 30), time=30 / FPS)
    assert np.abs(found.background.astype(int) - room()).mean() < 2


def test_the_noise_is_told() -> None:
    found = watch(ForegroundDetector(), [room()] * 30)[-1]
    weights = np.array([77, 150, 29]) / 256
    assert found.noise == pytest.approx(2.0 * np.sqrt((weights**2).sum()), rel=0.2)


@pytest.mark.parametrize("fps", [5, 25])
def test_what_stays_is_absorbed_after_its_time(fps: int) -> None:
    detector = ForegroundDetector(absorb=4.0)
    for k in range(6 * fps):
        detector.update(noisy(room(), k), time=k / fps)
    seen = []
    for k in range(6 * fps, 14 * fps):
        picture = noisy(with_object(room(), 30), k)
        seen.append(bool(detector.update(picture, time=k / fps).mask.any()))
    assert 3.5 < sum(seen) / fps < 5.0
    assert seen[0]
    assert not seen[-1]


def test_a_cut_is_told_once_and_begins_again() -> None:
    detector = ForegroundDetector()
    found = watch(detector, [room()] * 30 + [room(8)] * 30)
    assert [k for k, each in enumerate(found) if each.change] == [30]
    assert found[30].change == "cut"
    assert not any(each.mask.any() for each in found[30:])


def test_another_scene_is_what_the_caller_says() -> None:
    detector = ForegroundDetector()
    pictures = [room()] * 30 + [room(8)] * 30
    found = [
        detector.update(noisy(picture, k), time=k / FPS, begins=k == 32)
        for k, picture in enumerate(pictures)
    ]
    assert [(k, each.change) for k, each in enumerate(found) if each.change] == [(32, "cut")]
    assert [k for k, each in enumerate(found) if each.begins] == [32]
    assert found[31].ratio > 0.3
    assert not found[32].mask.any()


@pytest.mark.parametrize("begins", [30, 36, 39])
def test_a_scene_that_fades_in_leaves_nothing_of_the_one_before(begins: int) -> None:
    fade = [(room() * (1 - a) + room(8) * a).astype(np.uint8) for a in np.arange(0.1, 1.0, 0.1)]
    detector = ForegroundDetector()
    pictures = [room()] * 30 + fade + [room(8)] * 30
    found = [
        detector.update(noisy(picture, k), time=k / FPS, begins=k == begins)
        for k, picture in enumerate(pictures)
    ]
    assert any(each.change for each in found)
    assert max(each.ratio for each in found[-20:]) < 0.02


def test_a_switched_light_is_told_once_and_leaves_nothing_behind() -> None:
    dark = (room() * 0.55).astype(np.uint8)
    found = watch(ForegroundDetector(), [room()] * 40 + [dark] * 60)
    assert [(k, each.change) for k, each in enumerate(found) if each.change] == [
        (40, "light_switched")
    ]
    assert not any(each.mask.any() for each in found[41:])


def test_a_moved_camera_is_told_once_and_its_scene_is_kept() -> None:
    y, x = np.mgrid[:120, :120].astype(np.float64)
    grey = 120 + 40 * np.sin(x / 7) * np.cos(y / 9) + 30 * np.sin(x / 23 + y / 13)
    wide = np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)
    pictures = [wide[10:106, 10:106]] * 30 + [wide[13:109, 6:102]] * 30
    found = watch(ForegroundDetector(), pictures)
    assert [(k, each.change) for k, each in enumerate(found) if each.change] == [
        (30, "camera_moved")
    ]
    assert found[30].shift == pytest.approx((4, -3), abs=0.2)
    assert max(each.ratio for each in found) < 0.02


def test_a_slow_drift_of_the_light_is_no_object() -> None:
    pictures = [(room() * (1 - 0.002 * k)).astype(np.uint8) for k in range(150)]
    assert not any(found.mask.any() for found in watch(ForegroundDetector(), pictures))


@pytest.mark.parametrize("cover", [0, 90])
def test_a_covered_camera_shows_nothing_and_teaches_nothing(cover: int) -> None:
    detector = ForegroundDetector(absorb=1.0)
    watch(detector, [room()] * 30)
    for k in range(30, 130):
        covered = noisy(np.full_like(room(), cover), k)
        found = detector.update(covered, time=k / FPS)
        assert not found.mask.any()
        assert found.change is None
    again = watch(detector, [room()] * 3, start=130)
    assert not any(each.mask.any() or each.change for each in again)


def test_who_was_there_at_the_start_leaves_no_ghost() -> None:
    detector = ForegroundDetector()
    watch(detector, [with_object(room(), 20)] * 10)
    found = watch(detector, [room()] * 30, start=10)
    assert found[0].mask.any()
    assert not found[-1].mask.any()


@pytest.mark.parametrize("sigma", [4.0, 8.0])
def test_a_noisy_scene_is_no_object(sigma: float) -> None:
    detector = ForegroundDetector()
    ratios = [detector.update(noisy(room(), k, sigma=sigma), time=k / FPS).ratio for k in range(80)]
    assert max(ratios[25:]) < 0.001


def test_frames_given_twice_do_no_harm() -> None:
    detector = ForegroundDetector()
    for k in range(60):
        found = detector.update(noisy(room(), k // 2), time=k / FPS)
        assert not found.mask.any()


def test_a_stream_that_begins_again_keeps_its_scene() -> None:
    detector = ForegroundDetector()
    watch(detector, [room()] * 30)
    found = detector.update(noisy(room(), 30), time=0.0, is_first=True)
    assert found.change is None
    assert not found.mask.any()
    found = detector.update(noisy(room(8), 31), time=0.0, is_first=True)
    assert found.change == "cut"


@pytest.mark.parametrize("size", [(1, 1), (5, 40), (96, 31)])
def test_any_size_will_do(size: tuple[int, int]) -> None:
    detector = ForegroundDetector()
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    for k in range(3):
        assert detector.update(picture, time=k / FPS).mask.shape == size


def test_going_on_from_a_saved_state_changes_no_bit() -> None:
    pictures = [with_object(room(), 10 + k % 60) for k in range(40)]
    one = ForegroundDetector()
    watch(one, pictures[:20])
    file = io.BytesIO()
    torch.save(one.state_dict(), file)
    other = ForegroundDetector()
    other.load_state_dict(torch.load(io.BytesIO(file.getvalue()), weights_only=True))
    for mine, theirs in zip(
        watch(one, pictures[20:], 20), watch(other, pictures[20:], 20), strict=True
    ):
        np.testing.assert_array_equal(mine.mask, theirs.mask)
        np.testing.assert_array_equal(mine.background, theirs.background)
        assert (mine.noise, mine.shift) == (theirs.noise, theirs.shift)


def test_a_fresh_state_is_a_state() -> None:
    detector = ForegroundDetector()
    detector.load_state_dict(ForegroundDetector().state_dict())
    assert not detector.update(room(), time=0.0).mask.any()


@pytest.mark.parametrize("absorb", [0.0, -1.0, float("inf"), float("nan")])
def test_a_time_must_be_one(absorb: float) -> None:
    with pytest.raises(ValueError, match="absorb must be positive and finite, got"):
        ForegroundDetector(absorb=absorb)


def test_a_seed_must_be_one() -> None:
    with pytest.raises(ValueError, match="a seed must be 0 or more, got -1"):
        ForegroundDetector(seed=-1)
