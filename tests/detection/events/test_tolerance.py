import pytest
from tests.support.findings import make_event

from stream_ae.detection.events.tolerance import Tolerance
from stream_ae.detection.findings import Box

DOOR = Box(0.1, 0.1, 0.2, 0.3)
WINDOW = Box(0.7, 0.6, 0.2, 0.2)


def test_what_is_no_surer_is_not_told_there_again() -> None:
    tolerance = Tolerance()
    tolerance.mark_false("left_behind", box=DOOR, score=0.6)
    assert not tolerance.lets(make_event("left_behind", box=DOOR, score=0.6))
    assert not tolerance.lets(make_event("left_behind", box=DOOR, score=0.79))
    assert tolerance.lets(make_event("left_behind", box=DOOR, score=0.81))


def test_other_places_and_other_kinds_are_told_as_before() -> None:
    tolerance = Tolerance()
    tolerance.mark_false("left_behind", box=DOOR, score=0.9)
    assert tolerance.lets(make_event("left_behind", box=WINDOW, score=0.1))
    assert tolerance.lets(make_event("removed", box=DOOR, score=0.1))
    assert tolerance.lets(make_event("left_behind", box=None, score=0.1))


def test_every_further_mark_makes_it_harder() -> None:
    tolerance = Tolerance()
    tolerance.mark_false("novel", box=DOOR, score=0.9)
    assert tolerance.lets(make_event("novel", box=DOOR, score=0.97))
    tolerance.mark_false("novel", box=DOOR, score=0.97)
    assert not tolerance.lets(make_event("novel", box=DOOR, score=0.98))
    tolerance.mark_false("novel", box=DOOR, score=0.1)  # lowers nothing
    assert not tolerance.lets(make_event("novel", box=DOOR, score=0.98))


def test_a_place_beside_it_is_judged_by_how_much_of_it_was_marked() -> None:
    tolerance = Tolerance()
    tolerance.mark_false("novel", box=Box(0.0, 0.0, 0.5, 1.0), score=0.8)
    half = Box(0.25, 0.0, 0.5, 1.0)
    assert not tolerance.lets(make_event("novel", box=half, score=0.44))
    assert tolerance.lets(make_event("novel", box=half, score=0.46))


def test_a_thing_whose_coming_was_not_told_leaves_untold() -> None:
    tolerance = Tolerance()
    tolerance.mark_false("appeared", box=DOOR, score=0.9)
    assert not tolerance.lets(make_event("appeared", box=DOOR, score=0.5, track=3))
    assert tolerance.lets(make_event("left", box=WINDOW, score=0.5, track=4))
    assert not tolerance.lets(make_event("left", box=WINDOW, score=0.5, track=3))
    assert tolerance.lets(make_event("left", box=WINDOW, score=0.5, track=3))  # another one


@pytest.mark.parametrize("box", [Box(0, 0, 1, 1), Box(0.999, 0.999, 0.001, 0.001), Box(1, 1, 0, 0)])
def test_any_box_of_a_picture_has_a_place(box: Box) -> None:
    tolerance = Tolerance()
    tolerance.mark_false("novel", box=box, score=0.5)
    assert not tolerance.lets(make_event("novel", box=box, score=0.5))


def test_a_state_goes_on_the_same() -> None:
    tolerance = Tolerance()
    tolerance.mark_false("appeared", box=DOOR, score=0.9)
    tolerance.lets(make_event("appeared", box=DOOR, score=0.5, track=3))
    other = Tolerance()
    other.load_state_dict(tolerance.state_dict())
    assert not other.lets(make_event("appeared", box=DOOR, score=0.5, track=9))
    assert not other.lets(make_event("left", box=DOOR, score=0.5, track=3))
