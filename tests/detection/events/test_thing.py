import numpy as np
import torch

from stream_ae.detection.events.clock import Moment
from stream_ae.detection.events.thing import (
    Thing,
    are_beside,
    are_near,
    new_thing,
    restored,
    saved,
    seen_again,
    to_share,
)
from stream_ae.detection.findings import Box
from stream_ae.kernels.blobs import Blobs, find_blobs


def blobs(*boxes: tuple[int, int, int, int]) -> Blobs:
    mask = np.zeros((60, 80), bool)
    for left, top, right, bottom in boxes:
        mask[top:bottom, left:right] = True
    return find_blobs(mask, least=1)


def thing() -> Thing:
    return new_thing(3, blobs=blobs((10, 10, 20, 30)), k=0, now=Moment(7, 0.7))


def test_a_new_thing_is_what_is_seen_of_it() -> None:
    found = thing()
    assert (found.key, found.number, found.box, found.area) == (3, 0, (10, 10, 20, 30), 200)
    assert found.first == found.last == found.active == found.peak == (7, 0.7)


def test_its_pieces_make_one_box_and_one_area() -> None:
    both = blobs((10, 10, 20, 20), (12, 24, 22, 40))
    found = seen_again(thing(), blobs=both, mine=[0, 1], stirring=[0.5, 0.5], now=Moment(8, 0.8))
    assert (found.box, found.area, found.peak_area) == ((10, 10, 22, 40), 260, 260)
    assert found.last == found.active == found.peak == (8, 0.8)
    assert (found.has_moved, found.usual) == (False, 206)


def test_it_has_moved_when_it_stirs_somewhere_else() -> None:
    old = thing()._replace(age=0.5)
    for left, stirring, has_moved in ((12, 0.5, True), (11, 0.5, False), (12, 0.01, False)):
        found = seen_again(
            old,
            blobs=blobs((left, 10, left + 10, 30)),
            mine=[0],
            stirring=[stirring],
            now=Moment(8, 0.8),
        )
        assert found.has_moved is has_moved
        assert found.active.number == (8 if stirring > 0.02 else 7)
        assert found.usual == 200


def test_boxes_are_near_that_lie_over_a_third_of_the_smaller_when_grown() -> None:
    assert are_near((0, 0, 10, 10), (7, 0, 17, 10))
    assert not are_near((0, 0, 10, 10), (12, 0, 22, 10))
    assert not are_near((0, 0, 10, 10), (0, 30, 10, 40))
    assert are_near((0, 0, 100, 100), (50, 50, 52, 52))


def test_boxes_are_beside_each_other_up_to_a_gap() -> None:
    assert are_beside((0, 0, 10, 10), (15, 3, 20, 8), gap=5)
    assert not are_beside((0, 0, 10, 10), (15, 3, 20, 8), gap=4)
    assert not are_beside((0, 0, 10, 10), (12, 16, 20, 20), gap=5)
    assert are_beside((0, 0, 10, 10), (2, 2, 4, 4), gap=0)


def test_a_saved_thing_is_restored_by_what_torch_may_load() -> None:
    values = saved(thing())
    assert restored(values) == thing()
    assert isinstance(restored(values).first, Moment)
    assert all(isinstance(value, int | float | bool | tuple) for value in values.values())
    assert type(values["first"]) is tuple
    assert torch.tensor(values["box"]).tolist() == [10, 10, 20, 30]


def test_a_box_is_a_share_of_the_picture() -> None:
    assert to_share((20, 15, 60, 30), height=60, width=80) == Box(0.25, 0.25, 0.5, 0.25)
