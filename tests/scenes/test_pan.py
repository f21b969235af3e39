import numpy as np
import pytest
from tests.support.scenes import built, check_place

from stream_ae.scenes.pan import BALLOON_FRAME, BALLOON_SECONDS, VALLEY, camera, pan
from stream_ae.scenes.scene import HEIGHT, WIDTH

pytestmark = pytest.mark.slow


def test_it_is_a_place() -> None:
    check_place(pan, size=VALLEY, hidden=1)


def test_the_camera_sweeps_over_the_whole_valley_and_never_beyond() -> None:
    views = np.array([camera(index / 25) for index in range(4000)])
    assert views.min() >= 0
    assert views[:, 0].max() + WIDTH < VALLEY[1]
    assert views[:, 1].max() + HEIGHT < VALLEY[0]
    assert views[:, 0].max() > VALLEY[1] - WIDTH - 2
    assert np.abs(np.diff(views[:, 0])).max() < 2


def test_what_stands_in_the_valley_moves_against_the_camera() -> None:
    scene, index = built(pan), 500
    now, later = scene.picture(index), scene.picture(index + 1)
    by = round(camera((index + 1) / 25)[0] - camera(index / 25)[0])
    assert by == 2
    still = np.abs(later - now).mean()
    followed = np.abs(later[:, :-by] - now[:, by:]).mean()
    assert followed < 0.6 * still


def test_a_balloon_comes_once() -> None:
    scene, last = built(pan), BALLOON_FRAME + round(BALLOON_SECONDS * 25)
    seen = [scene.cover(at, "novel").any() for at in range(BALLOON_FRAME, last, 20)]
    assert 3 < sum(seen) < len(seen), "the camera looks elsewhere for a while"
    assert not scene.cover(BALLOON_FRAME, "novel").any()
    assert not scene.cover(last, "novel").any()
