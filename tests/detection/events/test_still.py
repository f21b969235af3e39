import numpy as np
import pytest
from numpy.typing import NDArray

from stream_ae.detection.events.ages import Look, PixelAges
from stream_ae.detection.events.still import StillThings, box_of, grown, tell_apart
from stream_ae.detection.findings import Mask

Rgb = NDArray[np.uint8]
WALL = np.full((60, 60, 3), 120, np.uint8)
PLACE = (slice(20, 40), slice(10, 30))
BAG = WALL.copy()
BAG[PLACE] = 30
HERE = np.zeros((60, 60), bool)
HERE[PLACE] = True


class Stage:
    """The layers, and the ages that they are given."""

    def __init__(self) -> None:
        self.still, self.ages = StillThings(), PixelAges()

    def show(
        self, rgb: Rgb, mask: Mask, *, background: Rgb = WALL, frames: int = 1
    ) -> tuple[Mask, list[str]]:
        """The last frame's moving mask, and all that is told, at 10 frames a second."""
        told: list[str] = []
        for _ in range(frames):
            look = self.ages.look(rgb, noise=1, elapsed=0.1)
            moving, changes = self.still.part(mask, look, background=background, elapsed=0.1)
            told += [change.kind for change in changes]
        return moving, told

    def put(self, rgb: Rgb = BAG, *, background: Rgb = WALL) -> list[str]:
        luma = self.ages.look(rgb, noise=1, elapsed=0.1).luma
        look = Look(rgb, luma, np.full((60, 60), 9, np.float32))
        kind, score = tell_apart(HERE, look.luma, background=background)
        return [
            change.kind for change in self.still.add(HERE, look, kind=kind, score=score, track=7)
        ]


def test_edges_tell_a_thing_from_an_empty_place() -> None:
    assert Stage().put() == ["left_behind"]
    assert Stage().put(WALL, background=BAG) == ["removed"]
    assert Stage().put(WALL) == []  # nobody knows


def test_a_layer_is_taken_out_of_the_mask() -> None:
    stage = Stage()
    stage.put()
    moving, told = stage.show(BAG, HERE, frames=30)
    assert not moving.any()
    assert told == []


def test_what_passes_before_it_is_not() -> None:
    stage = Stage()
    stage.put()
    hand = BAG.copy()
    hand[10:30, 15:25] = 220
    mask = HERE.copy()
    mask[10:30, 15:25] = True
    moving, told = stage.show(hand, mask)
    assert moving[11:29, 16:24].all()
    assert not moving[31:].any()
    assert told == []
    assert not stage.show(BAG, HERE, frames=5)[0].any()


@pytest.mark.parametrize(
    ("first", "background", "then", "told"),
    [(BAG, WALL, WALL, "removed"), (WALL, BAG, BAG, "left_behind")],
)
def test_what_is_given_back_is_told_once(first: Rgb, background: Rgb, then: Rgb, told: str) -> None:
    stage = Stage()
    stage.put(first, background=background)
    stage.show(first, HERE, background=background, frames=9)
    _, found = stage.show(then, ~HERE & False, background=background, frames=100)
    assert found == [told]


def test_what_becomes_background_is_not_told() -> None:
    stage = Stage()
    stage.put()
    assert stage.show(BAG, ~HERE & False, background=BAG, frames=100)[1] == []
    assert not stage.still.is_any


def test_the_rest_of_a_thing_put_back_a_little_off_stays_its_own() -> None:
    stage = Stage()
    stage.put(WALL, background=BAG)
    rest = HERE.copy()
    rest[:, 14:] = False
    off = np.roll(BAG, -2, axis=1)
    assert stage.show(off, rest, background=BAG, frames=20)[1] == ["left_behind"]
    moving, told = stage.show(off, rest, background=BAG, frames=300)
    assert not moving.any()
    assert told == []


def test_a_place_can_be_emptied_twice() -> None:
    stage = Stage()
    stage.put(WALL, background=BAG)
    nothing = ~HERE & False
    told = []
    for _ in range(2):
        told += stage.show(BAG, nothing, background=BAG, frames=20)[1]
        told += stage.show(WALL, HERE, background=BAG, frames=40)[1]
    assert told == ["left_behind", "removed", "left_behind", "removed"]


def test_after_a_switch_of_the_light_it_is_accepted_as_it_looks() -> None:
    stage = Stage()
    stage.put()
    dark = (BAG * 0.4).astype(np.uint8)
    assert stage.show(dark, HERE)[0].any()
    stage.still.accept(stage.ages.look(dark, noise=1, elapsed=0.1).luma)
    assert not stage.show(dark, HERE)[0].any()


def test_cleared_ones_are_gone() -> None:
    stage = Stage()
    stage.put()
    stage.still.clear()
    assert stage.show(BAG, HERE)[0].sum() == HERE.sum()


def test_a_restored_one_goes_on_as_the_first() -> None:
    one, other = Stage(), Stage()
    one.put()
    one.show(BAG, HERE, frames=9)
    for stage in (one, other):
        stage.show(WALL, ~HERE & False, frames=3)
    other.still.load_state_dict(one.still.state_dict())
    found = [stage.show(WALL, ~HERE & False, frames=40)[1] for stage in (one, other)]
    assert found == [["removed"]] * 2


def test_a_box_and_a_margin() -> None:
    assert box_of(HERE) == (10, 20, 30, 40)
    assert box_of(grown(HERE, reach=2)) == (8, 18, 32, 42)
    assert grown(HERE, reach=2).sum() == 24 * 24
    assert grown(HERE, reach=30).all()
