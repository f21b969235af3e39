import numpy as np
import pytest
from tests.support.scenes import built, check_place

from stream_ae.scenes.street import (
    BALLOON_FRAME,
    GIRAFFE_FRAME,
    LIGHT_SWITCHES,
    VISIT_SECONDS,
    street,
)

pytestmark = pytest.mark.slow

VISIT = round(VISIT_SECONDS * 25)


def test_it_is_a_place() -> None:
    check_place(street)


def test_dusk_falls_at_once_and_ends_again() -> None:
    scene, (first, every) = built(street), LIGHT_SWITCHES
    bright = [scene.picture(at).mean() for at in (first - 1, first, first + every - 1)]
    assert bright[1] < 0.75 * bright[0]
    assert abs(bright[2] - bright[1]) < 5
    assert abs(scene.picture(first + every).mean() - bright[0]) < 5


def test_windows_shine_at_dusk() -> None:
    scene, at = built(street), LIGHT_SWITCHES[0]
    day, dusk = scene.picture(at - 1)[:118], scene.picture(at)[:118]
    brighter = (dusk[..., 0] > day[..., 0] + 60).mean()
    assert 0.03 < brighter < 0.3


def test_a_balloon_and_a_giraffe_come_once() -> None:
    scene = built(street)
    for frame in (BALLOON_FRAME, GIRAFFE_FRAME):
        seen = [scene.cover(frame + at, "novel").sum() for at in (-1, 0, VISIT // 2, VISIT)]
        assert seen[:2] == [0, 0]
        assert seen[2] > 800
        assert seen[3] == 0
    others = range(50, 9000, 150)
    seen = [at for at in others if scene.cover(at, "novel").any()]
    assert all(0 < at - BALLOON_FRAME < VISIT or 0 < at - GIRAFFE_FRAME < VISIT for at in seen)


def test_no_visitor_is_there_when_the_light_switches() -> None:
    scene, (first, every) = built(street), LIGHT_SWITCHES
    for at in range(first, 6000, every):
        assert not scene.cover(at, "novel").any()


def test_traffic_flows_both_ways_and_things_hide_one_another() -> None:
    scene = built(street)
    far, near = (
        [scene.cover(at, "mover")[rows].sum(0) for at in range(200)]
        for rows in (slice(150, 160), slice(185, 192))
    )
    lanes = [np.stack(lane).astype(float) for lane in (far, near)]
    flows = []
    for lane in lanes:
        shifted = [
            (lane[1:, 40:-40] * lane[:-1, 40 + by : WIDTH - 40 + by]).sum() for by in (-3, 3)
        ]
        flows.append(shifted[0] - shifted[1])
    assert flows[0] < 0 < flows[1], "the far lane goes left, the near one right"


WIDTH = 320
