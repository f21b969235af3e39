import numpy as np
from tests.support.scenes import built, check_place

from stream_ae.scenes.cuts.belt import belt


def test_it_is_a_place() -> None:
    check_place(belt)


def test_goods_come_in_turn_on_both_belts_and_never_overlap() -> None:
    scene = built(belt)
    for rows in (slice(103, 104), slice(189, 190)):
        gaps = []
        for index in range(0, 400, 20):
            line = scene.cover(index, "mover")[rows, 2:150].any(0).astype(int)
            gaps.append(int((np.diff(line) != 0).sum()))
        assert np.mean(gaps) > 2


def test_the_arm_reaches_and_the_lamp_flashes() -> None:
    scene = built(belt)
    arm = [scene.cover(index, "mover")[130:170, 200:300] for index in (0, 37, 75)]
    assert (arm[0] != arm[1]).sum() > 100
    lamp = [scene.picture(index)[30:50, 14:34].mean() for index in (0, 30, 60)]
    assert lamp[0] > lamp[1] + 20
    assert lamp[2] > lamp[1] + 20
