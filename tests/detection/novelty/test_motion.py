import numpy as np
import pytest
from numpy.typing import NDArray
from tests.kernels.test_flow import as_rgb, moved, scene

from stream_ae.detection.findings import Foreground
from stream_ae.detection.novelty.motion import (
    MAX_REPEAT,
    MAX_STEP,
    MIN_STEP,
    UNUSUAL,
    Motion,
    Seen,
)
from stream_ae.kernels.jit import Rows

SHAPE = (96, 128)
SCENE = as_rgb(scene())


def look(
    motion: Motion, x: float, y: float = 0.0, *, time: float, share: float = 1.0
) -> Seen | None:
    """The scene, moved as a whole; so much of it from the left is foreground."""
    rgb = as_rgb(moved(scene(), x, y))
    mask = np.zeros(SHAPE, np.bool_)
    mask[:, : int(share * SHAPE[1])] = True
    return motion.look(rgb, foreground=Foreground(mask, rgb, 1.0), time=time)


def inner(seen: Seen | None) -> Rows:
    """The speeds away from the edges."""
    assert seen is not None
    return seen.speeds[3:-3, 3:-3]


def test_the_speed_is_in_pixels_a_second_whatever_the_rate() -> None:
    for step in (0.08, 0.2, 0.5):
        motion = Motion()
        assert look(motion, 0, time=5) is None
        seen = look(motion, 8 * step, time=5 + step)
        assert np.median(inner(seen)) == pytest.approx(8 / 1.1, rel=0.05)
        assert seen is not None
        assert seen.step == pytest.approx(step)
        assert seen.cells.shape == (12, 16)


def test_what_moves_with_the_camera_stands_still() -> None:
    motion = Motion()
    look(motion, 0, time=0)
    motion.pan((1.5, 0.5))
    motion.pan((1.5, -1.5))
    assert np.median(inner(look(motion, 3, -1, time=0.1))) < 0.5


def test_where_there_is_no_foreground_nothing_moves() -> None:
    motion = Motion()
    look(motion, 0, time=0)
    assert not inner(look(motion, 3, time=0.1, share=0)).any()


def watch_stripe(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> Seen:
    """A moving picture on a background of two halves; the mask is its first pixel."""
    motion, background = Motion(), np.concatenate([left, right], axis=1)
    mask = np.zeros(SHAPE, np.bool_)
    mask[0, 0] = True
    foreground = Foreground(mask, background, 1.0)
    motion.look(SCENE, foreground=foreground, time=0)
    seen = motion.look(as_rgb(moved(scene(), 2, 0)), foreground=foreground, time=0.1)
    assert seen is not None
    return seen


def test_what_differs_from_the_background_moves_where_the_mask_misses_it() -> None:
    after = as_rgb(moved(scene(), 2, 0))
    seen = watch_stripe(after[:, :48] ^ np.uint8(128), after[:, 48:])
    assert seen.cells[:, :5].mean() > 0.9
    assert not seen.cells[:, 7:].any()
    assert np.median(seen.speeds[3:-3, 1:4]) == pytest.approx(20, rel=0.15)


def test_where_most_of_the_picture_differs_it_is_the_light() -> None:
    after = as_rgb(moved(scene(), 2, 0))
    brighter = np.clip(after.astype(np.int64) + int(2 * UNUSUAL), 0, 255).astype(np.uint8)
    seen = watch_stripe(brighter[:, :96], after[:, 96:])
    assert seen.cells.sum() == 1 / 64


@pytest.mark.parametrize("time", [1 + MAX_STEP + 0.1, 1.0, 0.5, -100.0])
def test_a_jump_of_the_clock_says_nothing(time: float) -> None:
    motion = Motion()
    look(motion, 0, time=1)
    assert look(motion, 3, time=time) is None
    assert look(motion, 0, time=time + 0.1) is not None


def test_pictures_may_come_too_soon() -> None:
    motion = Motion()
    assert not motion.is_soon(3)
    look(motion, 0, time=3)
    assert motion.is_soon(3 + MIN_STEP / 2)
    assert not motion.is_soon(3 + MIN_STEP)
    assert not motion.is_soon(2)
    motion.forget()
    assert not motion.is_soon(3)


def test_a_picture_given_twice_says_nothing_and_does_not_halve_the_time() -> None:
    motion = Motion()
    look(motion, 0, time=0)
    assert look(motion, 0, time=0.1) is None
    seen = look(motion, 2, time=0.2)
    assert np.median(inner(seen)) == pytest.approx(10 / 1.1, rel=0.05)


def test_a_picture_that_stays_is_a_scene_that_stands_still() -> None:
    motion = Motion()
    look(motion, 0, time=0)
    assert inner(look(motion, 0, time=MAX_REPEAT + 0.1)).max() < 1e-3
