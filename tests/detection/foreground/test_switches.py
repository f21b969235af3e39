import numpy as np
import pytest
from numpy.typing import NDArray

from stream_ae.detection.foreground.switches import Switches, find_gains
from stream_ae.detection.scenes import APART

Bytes = NDArray[np.uint8]


def scene(seed: int = 0) -> Bytes:
    blocks = np.random.default_rng(seed).integers(30, 160, (20, 21, 3)).astype(np.uint8)
    return np.repeat(np.repeat(blocks, 4, axis=0), 4, axis=1)


def known(switches: Switches, *, frames: int = APART) -> Switches:
    """After some frames of a scene."""
    for _ in range(frames):
        assert not switches.is_switched(scene(), scene(), begins=False, is_first=False)
    return switches


def test_a_background_no_longer_holds_where_another_scene_begins() -> None:
    switches = known(Switches())
    assert switches.is_switched(scene(1), scene(), begins=True, is_first=False)


def test_it_is_kept_where_it_still_explains_the_frame() -> None:
    assert not known(Switches()).is_switched(scene(), scene(), begins=True, is_first=False)


def test_what_fills_the_picture_is_no_other_scene() -> None:
    switches = known(Switches())
    assert not any(
        switches.is_switched(scene(1), scene(), begins=False, is_first=False) for _ in range(50)
    )


def test_a_scene_that_fades_in_is_asked_about_while_it_does() -> None:
    switches = known(Switches())
    assert not switches.is_switched(scene(), scene(), begins=True, is_first=False)
    found = [
        switches.is_switched(scene(1), scene(), begins=False, is_first=False) for _ in range(APART)
    ]
    assert found == [True] * (APART - 1) + [False]


def test_a_frame_without_a_neighbour_is_judged_by_the_background_alone() -> None:
    switches = known(Switches())
    assert not switches.is_switched(scene(), scene(), begins=False, is_first=True)
    assert switches.is_switched(scene(1), scene(), begins=False, is_first=True)
    assert not switches.is_switched(scene(1), scene(), begins=False, is_first=False)


@pytest.mark.parametrize("factor", [0.4, 1.5])
def test_one_light_explains_a_scene(factor: float) -> None:
    gains = find_gains(np.minimum(scene() * factor, 255).astype(np.uint8), scene())
    assert gains is not None
    assert gains.shape == scene().shape
    assert np.median(gains) == pytest.approx(factor, rel=0.06)


def test_a_lamp_lights_one_side() -> None:
    light = np.linspace(0.5, 1.4, scene().shape[1])[None, :, None]
    gains = find_gains((scene() * light).astype(np.uint8), scene())
    assert gains is not None
    assert np.abs(gains - light).mean() < 0.05


def test_no_light_explains_another_scene() -> None:
    assert find_gains(scene(1), scene()) is None


def test_it_goes_on_from_its_state() -> None:
    one, other = Switches(), Switches()
    assert one.is_switched(scene(1), scene(), begins=True, is_first=False)
    other.load_state_dict(one.state_dict())
    for _ in range(APART):
        asked = [
            each.is_switched(scene(1), scene(), begins=False, is_first=False)
            for each in (one, other)
        ]
        assert asked[0] == asked[1]
