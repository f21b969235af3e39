import numpy as np
import pytest
from numpy.typing import NDArray

from stream_ae.detection.foreground.camera import Camera

Bytes = NDArray[np.uint8]


def view(right: float = 0.0, down: float = 0.0, *, size: tuple[int, int] = (112, 120)) -> Bytes:
    """A smooth scene; what it shows lies that much farther."""
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float64)
    x, y = x - right, y - down
    grey = 120 + 40 * np.sin(x / 7) * np.cos(y / 9) + 30 * np.sin(x / 23 + y / 13)
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)


def nothing() -> Bytes:
    return np.zeros(view().shape[:2], np.uint8)


def test_a_camera_that_stands_has_not_moved() -> None:
    camera = Camera()
    for _ in range(3):
        shift = camera.follow(view(), view(), skip=nothing())
        assert shift == ((0, 0), (0.0, 0.0), (0.0, 0.0), False)


@pytest.mark.parametrize("to", [(1.4, -0.7), (-3.3, 2.6), (9.0, 5.5)])
def test_a_shift_is_a_whole_part_and_a_rest(to: tuple[float, float]) -> None:
    shift = Camera().follow(view(*to), view(), skip=nothing())
    found = shift.whole[0] + shift.rest[0], shift.whole[1] + shift.rest[1]
    assert found == pytest.approx(to, abs=0.1)
    assert shift.moved == pytest.approx(to, abs=0.1)
    assert max(abs(part) for part in shift.rest) <= 0.5


def test_a_pan_is_followed_and_begins_once() -> None:
    camera, place, lying, begun = Camera(), 0.0, 0, []
    for frame in range(60):
        place += 1.3 if 5 <= frame < 40 else 0.0
        shift = camera.follow(view(place), view(lying), skip=nothing())
        lying += shift.whole[0]
        assert lying + shift.rest[0] == pytest.approx(place, abs=0.2)
        begun += [frame] * shift.has_moved
    assert begun == [6]  # 1.3 pixels are none yet, 2.6 are


def test_what_sways_does_not_begin_to_move() -> None:
    camera, lying, begun = Camera(), 0, 0
    for frame in range(100):
        place = min(frame / 20, 1.0) * 3.0 * np.sin(frame / 4)
        shift = camera.follow(view(place), view(lying), skip=nothing())
        lying += shift.whole[0]
        begun += shift.has_moved
    assert begun == 0


def test_a_camera_that_was_moved_twice_is_told_twice() -> None:
    camera, lying, begun = Camera(), 0, []
    for frame in range(100):
        place = 4.0 * (frame >= 10) + 5.0 * (frame >= 60)
        shift = camera.follow(view(place), view(lying), skip=nothing())
        lying += shift.whole[0]
        begun += [frame] * shift.has_moved
    assert begun == [10, 60]


def test_an_object_that_moves_is_no_camera() -> None:
    rgb, skip = view(), nothing()
    rgb[20:70, 30:80] = view(3.0)[20:70, 30:80]
    skip[20:70, 30:80] = 1
    assert Camera().follow(rgb, view(), skip=skip).moved == (0.0, 0.0)


def test_another_scene_is_no_shift() -> None:
    other = np.random.default_rng(0).integers(0, 256, view().shape, np.uint8)
    shift = Camera().follow(other, view(), skip=nothing())
    assert max(abs(part) for part in shift.moved) < 60


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (9, 40)])
def test_any_size_can_be_asked(size: tuple[int, int]) -> None:
    skip = np.zeros(size, np.uint8)
    assert Camera().follow(view(size=size), view(size=size), skip=skip).moved == (0.0, 0.0)


def test_it_goes_on_from_its_state() -> None:
    one, other = Camera(), Camera()
    for step in range(4):
        one.follow(view(0.4 * step), view(), skip=nothing())
    other.load_state_dict(one.state_dict())
    frame = view(1.7)
    assert one.follow(frame, view(), skip=nothing()) == other.follow(frame, view(), skip=nothing())


def test_a_camera_that_need_not_be_looked_at_lies_where_it_lay() -> None:
    camera = Camera()
    shift = camera.follow(view(1.4), view(), skip=nothing())
    assert not camera.is_standing
    stays = [camera.stay() for _ in range(30)][-1]
    assert stays == ((0, 0), shift.rest, (0.0, 0.0), False)
    assert camera.is_standing


def test_what_moves_in_one_part_is_no_camera() -> None:
    rgb = view()
    rgb[:56, :60] = view(4.0)[:56, :60]
    assert Camera().follow(rgb, view(), skip=nothing()).moved == (0.0, 0.0)
