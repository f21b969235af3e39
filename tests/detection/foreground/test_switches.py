import numpy as np
import pytest
from numpy.typing import NDArray

from stream_ae.detection.foreground.switches import Switches, find_gains

Bytes = NDArray[np.uint8]


def scene(seed: int = 0) -> Bytes:
    blocks = np.random.default_rng(seed).integers(30, 160, (20, 21, 3)).astype(np.uint8)
    return np.repeat(np.repeat(blocks, 4, axis=0), 4, axis=1)


def test_all_that_changes_at_once_is_a_switch() -> None:
    switches = Switches()
    for _ in range(20):
        assert not switches.is_switched(scene(), scene(), changed=0.0)
    assert switches.is_switched(scene(1), scene(), changed=0.9)


def test_what_fills_the_picture_slowly_is_none() -> None:
    switches = Switches()
    for _ in range(20):
        switches.is_switched(scene(), scene(), changed=0.0)
    assert not any(switches.is_switched(scene(1), scene(), changed=0.1) for _ in range(50))


def test_a_scene_in_which_everything_moves_is_none() -> None:
    switches = Switches()
    found = [switches.is_switched(scene(seed), scene(), changed=0.6) for seed in range(1, 200)]
    assert sum(found[20:]) == 0


def test_a_frame_without_a_neighbour_is_judged_by_the_background_alone() -> None:
    switches = Switches()
    for _ in range(20):
        switches.is_switched(scene(), scene(), changed=0.0)
    assert not switches.is_switched(scene(), scene(), changed=None)
    assert switches.is_switched(scene(1), scene(), changed=None)


def test_two_switches_are_apart() -> None:
    switches = Switches()
    assert switches.is_switched(scene(1), scene(), changed=0.9)
    assert not switches.is_switched(scene(2), scene(1), changed=0.9)


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
    for seed in range(5):
        one.is_switched(scene(seed), scene(), changed=0.2 * seed)
    other.load_state_dict(one.state_dict())
    assert one.state_dict() == other.state_dict()
