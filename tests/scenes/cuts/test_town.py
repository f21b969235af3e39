from collections.abc import Callable

import numpy as np
import pytest
from tests.support.scenes import built, check_place

from stream_ae.scenes.cuts.town import NIGHT_NOISE, motorway, night, platform
from stream_ae.scenes.scene import Scene


@pytest.mark.slow
@pytest.mark.parametrize("build", [motorway, platform])
def test_it_is_a_place(build: Callable[[int], Scene]) -> None:
    check_place(build)


def test_the_night_is_dark_and_noisy() -> None:
    scene = check_place(night, busy=0.6)
    picture = scene.picture(0)
    assert picture.mean() < 80
    assert picture.max() > 200, "but for lamps and windows"
    assert scene.noise == NIGHT_NOISE > 1


def test_cars_go_under_the_bridge() -> None:
    scene = built(motorway)
    seen = np.sum([scene.cover(index, "mover") for index in range(0, 500, 4)], axis=0)
    lane = seen[52:188]
    empty = (lane.sum(0) == 0).nonzero()[0]
    assert 30 < len(empty) < 50
    assert empty[-1] - empty[0] == len(empty) - 1
