import copy
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from stream_ae.detection.scenes import APART, SceneDetector

SIDE = 96


class Stage:
    """Places, large enough to look around in, and a camera with some noise."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def place(self) -> NDArray[np.float64]:
        """(2 SIDE, 2 SIDE, 3) in [0.1, 0.9]: patches of 16 pixels, with soft edges."""
        patches = self._rng.uniform(0.1, 0.9, (2 * SIDE // 16, 2 * SIDE // 16, 3))
        place = patches.repeat(16, 0).repeat(16, 1)
        for axis in (0, 1):
            place = (np.roll(place, 3, axis) + place + np.roll(place, -3, axis)) / 3
        return place

    def shoot(self, view: NDArray[np.float64], *, noise: float = 0.01) -> Tensor:
        """(1, 3, SIDE, SIDE) float32 of the upper left of a view."""
        seen = view[:SIDE, :SIDE] + self._rng.normal(0, noise, (SIDE, SIDE, 3))
        return torch.from_numpy(seen.clip(0, 1).astype(np.float32)).permute(2, 0, 1)[None]

    def pick(self, count: int) -> int:
        return int(self._rng.integers(count))

    def uniform(self) -> float:
        return float(self._rng.uniform())


def told(frames: Iterator[Tensor]) -> list[int]:
    detector = SceneDetector()
    return [n for n, frame in enumerate(frames) if detector.update(frame)]


def still(seed: int = 0, *, frames: int = 40) -> list[Tensor]:
    stage = Stage(seed)
    place = stage.place()
    return [stage.shoot(place) for _ in range(frames)]


def test_a_cut_is_told_in_its_own_frame() -> None:
    assert told(iter(still(0) + still(1))) == [40]


def test_the_age_of_a_scene_counts_from_its_first_frame() -> None:
    detector = SceneDetector()
    ages = [detector.age]
    for frame in still(0, frames=20) + still(1, frames=5):
        detector.update(frame)
        ages.append(detector.age)
    assert ages == [0, *range(1, 21), *range(1, 6)]


def test_a_switched_light_is_told_both_ways() -> None:
    bright = still()
    dim = [0.5 * frame for frame in bright]
    assert told(iter(bright + dim + bright)) == [40, 80]


def test_a_covered_camera_is_told_and_the_picture_after_it() -> None:
    scene = still()
    black = [torch.zeros_like(frame) for frame in scene] * 5
    assert told(iter(scene + black + scene)) == [40, 240]


def test_a_picture_inverted_every_50_frames_is_told_each_time() -> None:
    frames = still(frames=50)
    inverted = [1 - frame for frame in frames]
    assert told(iter((frames + inverted) * 3)) == [50, 100, 150, 200, 250]


def test_a_turned_camera_is_told() -> None:
    stage = Stage(0)
    place = stage.place()
    turned = np.roll(place, 70, axis=1)
    frames = [stage.shoot(view) for view in (place, turned) for _ in range(40)]
    assert told(iter(frames)) == [40]


def test_a_fade_between_moving_views_is_told_once() -> None:
    stage = Stage(0)
    one, other = stage.place(), stage.place()
    shares = [0.0] * 60 + [k / 10 for k in range(1, 10)] + [1.0] * 60
    frames = []
    for n, share in enumerate(shares):
        left, right = np.roll(one, -(n // 3), axis=1), np.roll(other, n // 3, axis=1)
        frames.append(stage.shoot((1 - share) * left + share * right))
    found = told(iter(frames))
    assert len(found) == 1
    assert 60 <= found[0] <= 74


def test_a_fade_soon_after_another_is_told() -> None:
    stage = Stage(0)
    views = [stage.place() for _ in range(4)]
    shares = [0.0] * 30 + [k / 10 for k in range(1, 11)]
    pairs = [(one, other, share) for one, other in pairwise(views) for share in shares]
    frames = [stage.shoot((1 - share) * one + share * other) for one, other, share in pairs]
    found = told(iter(frames + [frames[-1]] * 20))
    assert len(found) == 3
    assert all(
        start <= frame <= start + 14 for start, frame in zip((30, 70, 110), found, strict=True)
    )


def test_a_light_that_swings_is_no_change() -> None:
    stage = Stage(0)
    place = stage.place()
    gains = (0.75 + 0.25 * np.sin(0.3 * n) for n in range(300))
    assert told(stage.shoot(gain * place) for gain in gains) == []


def test_a_moving_camera_is_no_change() -> None:
    stage = Stage(0)
    place = stage.place()
    assert told(stage.shoot(np.roll(place, -3 * n, axis=1)) for n in range(300)) == []


def test_frames_in_any_order_are_no_changes() -> None:
    stage = Stage(0)
    frames = [stage.shoot(stage.place()) for _ in range(30)]
    assert told(frames[stage.pick(30)] for _ in range(600)) == []


def test_a_noisy_camera_is_no_change() -> None:
    stage = Stage(0)
    place = stage.place()
    assert told(stage.shoot(place, noise=0.15) for _ in range(300)) == []


def test_a_light_that_flickers_is_no_change() -> None:
    stage = Stage(0)
    place = stage.place()
    assert told(stage.shoot((0.7 + 0.3 * stage.uniform()) * place) for _ in range(400)) == []


def test_a_light_that_flashes_on_every_third_frame_is_no_change() -> None:
    stage = Stage(0)
    place = stage.place()
    assert told(stage.shoot(place * (0.6 if n % 3 else 1.0)) for n in range(300)) == []


def test_what_passes_before_a_still_camera_is_no_change() -> None:
    stage = Stage(0)
    place = stage.place()
    frames = []
    for n in range(200):
        view = place.copy()
        left = 4 * (n % 40) - 40
        view[:, max(left, 0) : max(left + 30, 0)] = 0.0
        frames.append(stage.shoot(view))
    assert told(iter(frames)) == []


def test_nothing_is_told_of_the_first_frames() -> None:
    frames = [*still(0, frames=APART - 1), *still(1, frames=40)]
    assert told(iter(frames)) == []


@pytest.mark.parametrize("at", [1, 35, 45, 64])
def test_it_goes_on_from_a_state(at: int) -> None:
    frames = still(0) + still(1, frames=20)
    frames += [0.5 * frame for frame in frames[40:]]
    one, other = SceneDetector(), SceneDetector()
    for frame in frames[:at]:
        one.update(frame)
    state = copy.deepcopy(one.state_dict())
    other.load_state_dict(state)
    assert [one.update(f) for f in frames[at:]] == [other.update(f) for f in frames[at:]]
    assert str(one.state_dict()) == str(other.state_dict())


def test_a_copy_goes_on_by_itself() -> None:
    frames = still(0) + still(1, frames=20)
    one = SceneDetector()
    for frame in frames[:35]:
        one.update(frame)
    twin, before = one.copy(), str(one.state_dict())
    told = [twin.update(frame) for frame in frames[35:]]
    assert str(one.state_dict()) == before
    assert [one.update(frame) for frame in frames[35:]] == told
    assert any(told)


def test_without_its_pictures_it_misses_no_later_change() -> None:
    frames = still(0) + still(1)
    one, other = SceneDetector(), SceneDetector()
    for frame in frames[:20]:
        one.update(frame)
    other.load_state_dict(one.state_dict() | {"seen": None})
    assert [n for n, f in enumerate(frames[20:]) if other.update(f)] == [20]


def test_its_state_does_not_grow() -> None:
    detector = SceneDetector()
    frames = still(frames=10)
    for frame in frames * 12:
        detector.update(frame)
    state = detector.state_dict()
    assert state["seen"]["last"].shape == (SIDE // 4, SIDE // 4, 3)
    assert state["seen"]["coarse"].shape == (11, SIDE // 16, SIDE // 16, 3)
    assert [len(state[name]) for name in ("usual", "far")] == [48, 58]
