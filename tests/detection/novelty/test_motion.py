import numpy as np
import pytest
from tests.kernels.test_flow import as_rgb, moved, scene

from stream_ae.detection.novelty.motion import MAX_REPEAT, MAX_STEP, MIN_STEP, Motion

BLOCKS = np.ones((24, 32), np.float32)


def test_the_speed_is_in_pixels_a_second_whatever_the_rate() -> None:
    for step in (0.08, 0.2, 0.5):
        motion = Motion()
        assert motion.speeds(as_rgb(scene()), blocks=BLOCKS, time=5) is None
        after = as_rgb(moved(scene(), 8 * step, 0))
        speeds = motion.speeds(after, blocks=BLOCKS, time=5 + step)
        assert speeds is not None
        assert np.median(speeds[3:-3, 3:-3]) == pytest.approx(8 / 1.02, rel=0.05)


def test_what_moves_with_the_camera_stands_still() -> None:
    motion = Motion()
    motion.speeds(as_rgb(scene()), blocks=BLOCKS, time=0)
    motion.pan((1.5, 0.5))
    motion.pan((1.5, -1.5))
    speeds = motion.speeds(as_rgb(moved(scene(), 3, -1)), blocks=BLOCKS, time=0.1)
    assert speeds is not None
    assert np.median(speeds[3:-3, 3:-3]) < 0.5


def test_where_there_is_no_foreground_nothing_moves() -> None:
    motion = Motion()
    motion.speeds(as_rgb(scene()), blocks=BLOCKS, time=0)
    speeds = motion.speeds(as_rgb(moved(scene(), 3, 0)), blocks=0 * BLOCKS, time=0.1)
    assert speeds is not None
    assert speeds.shape == (12, 16)
    assert not speeds.any()


@pytest.mark.parametrize("time", [1 + MAX_STEP + 0.1, 1.0, 0.5, -100.0])
def test_a_jump_of_the_clock_says_nothing(time: float) -> None:
    motion = Motion()
    motion.speeds(as_rgb(scene()), blocks=BLOCKS, time=1)
    assert motion.speeds(as_rgb(moved(scene(), 3, 0)), blocks=BLOCKS, time=time) is None
    assert motion.speeds(as_rgb(scene()), blocks=BLOCKS, time=time + 0.1) is not None


def test_pictures_may_come_too_soon() -> None:
    motion = Motion()
    assert not motion.is_soon(3)
    motion.speeds(as_rgb(scene()), blocks=BLOCKS, time=3)
    assert motion.is_soon(3 + MIN_STEP / 2)
    assert not motion.is_soon(3 + MIN_STEP)
    assert not motion.is_soon(2)
    motion.forget()
    assert not motion.is_soon(3)


def test_a_picture_given_twice_says_nothing_and_does_not_halve_the_time() -> None:
    motion = Motion()
    motion.speeds(as_rgb(scene()), blocks=BLOCKS, time=0)
    assert motion.speeds(as_rgb(scene()), blocks=BLOCKS, time=0.1) is None
    speeds = motion.speeds(as_rgb(moved(scene(), 2, 0)), blocks=BLOCKS, time=0.2)
    assert speeds is not None
    assert np.median(speeds[3:-3, 3:-3]) == pytest.approx(10 / 1.02, rel=0.05)


def test_a_picture_that_stays_is_a_scene_that_stands_still() -> None:
    motion = Motion()
    motion.speeds(as_rgb(scene()), blocks=BLOCKS, time=0)
    speeds = motion.speeds(as_rgb(scene()), blocks=BLOCKS, time=MAX_REPEAT + 0.1)
    assert speeds is not None
    assert speeds.max() < 1e-3
