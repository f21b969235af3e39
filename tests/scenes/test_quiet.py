import numpy as np
from tests.support.scenes import built, check_place

from stream_ae.scenes.quiet import CAT_FRAME, CAT_SECONDS, quiet
from stream_ae.scenes.scene import Scene


def changed(scene: Scene, index: int) -> float:
    return float((np.abs(scene.picture(index) - scene.picture(index - 1)) > 5).any(2).mean())


def test_it_is_a_place() -> None:
    check_place(quiet)


def test_hardly_anything_happens() -> None:
    scene = built(quiet)
    changes = [changed(scene, index) for index in range(7, 6000, 37)]
    assert np.median(changes) == 0
    assert np.mean([change > 0.005 for change in changes]) < 0.3
    assert max(changes) > 0.01, "somebody passes once in a while"


def test_a_clock_ticks_every_second() -> None:
    scene = built(quiet)
    ticks = [index for index in range(1, 100) if changed(scene, index) > 0]
    assert ticks == [25, 50, 75]
    assert changed(scene, 50) < 0.005


def test_a_cat_comes_once() -> None:
    scene, last = built(quiet), CAT_FRAME + round(CAT_SECONDS * 25)
    seen = [scene.cover(at, "novel").sum() for at in (CAT_FRAME, (CAT_FRAME + last) // 2, last)]
    assert seen[0] == seen[2] == 0
    assert seen[1] > 200
