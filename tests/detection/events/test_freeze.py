import numpy as np
import pytest
from numpy.typing import NDArray

from stream_ae.detection.events.freeze import Freeze

Frames = list[NDArray[np.uint8]]
EMPTY = np.zeros((64, 64), bool)


def noisy(number: int, *, seed: int = 0) -> Frames:
    rng = np.random.default_rng(seed)
    return [rng.integers(90, 110, (64, 64, 3), np.uint8) for _ in range(number)]


def told(freeze: Freeze, frames: Frames, *, first: int = -1) -> list[int]:
    """Frames that it is told with, at 20 frames a second."""
    return [
        n
        for n, rgb in enumerate(frames)
        if freeze.update(rgb, mask=EMPTY, elapsed=0.05, is_first=n == first)
    ]


def test_a_living_picture_that_stands_still_for_a_second_is_frozen_once() -> None:
    frames = noisy(100)
    frozen = [*frames, *[frames[-1]] * 60, *noisy(50, seed=1)]
    freeze = Freeze()
    assert told(freeze, frozen) == [119]
    assert not freeze.is_likely


def test_no_time_passes_in_a_picture_that_may_be_frozen() -> None:
    frames = noisy(100)
    freeze = Freeze()
    told(freeze, [*frames, *[frames[-1]] * 10])
    assert freeze.is_likely
    assert freeze.seconds == pytest.approx(0.5)


def test_pictures_delivered_twice_or_ten_times_are_not_frozen() -> None:
    for times in (2, 10):
        assert told(Freeze(), [rgb for rgb in noisy(40) for _ in range(times)]) == []


def test_a_drawn_scene_that_stands_still_is_not() -> None:
    frames = []
    for n in range(300):
        rgb = np.full((64, 64, 3), 50, np.uint8)
        at = min(n, 40)
        rgb[20:30, at : at + 10] = 200
        frames.append(rgb)
    assert told(Freeze(), frames) == []


def test_a_standstill_that_is_usual_is_not() -> None:
    frames = [rgb for rgb in noisy(12) for _ in range(16)]  # 0.8 s each
    assert told(Freeze(), [*noisy(100), *frames, *[frames[-1]] * 30]) == []


def test_a_second_freeze_is_told_again() -> None:
    one, two = noisy(100), noisy(100, seed=1)
    assert told(Freeze(), [*one, *[one[-1]] * 40, *two, *[two[-1]] * 40]) == [119, 259]


def test_a_frame_without_a_neighbour_is_not_compared() -> None:
    frames = noisy(100)
    assert told(Freeze(), [*frames, *[frames[-1]] * 25], first=110) == []


def test_a_restored_one_goes_on_as_the_first() -> None:
    frames = noisy(100)
    one, other = Freeze(), Freeze()
    told(one, [*frames, *[frames[-1]] * 10])
    other.load_state_dict(one.state_dict())
    assert told(other, [frames[-1]] * 20) == told(one, [frames[-1]] * 20) == [9]
