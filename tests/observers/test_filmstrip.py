from dataclasses import replace
from itertools import pairwise

import pytest
from tests.support.steps import make_step

from stream_ae.observers import filmstrip as strip_module
from stream_ae.observers.filmstrip import CAPACITY, Strip
from stream_ae.observers.images import jpeg, panel


@pytest.fixture
def cheap_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strip_module, "panel", lambda step: step.number)
    monkeypatch.setattr(strip_module, "jpeg", lambda number: str(number).encode())


def _watch(first: int, last: int) -> Strip:
    strip, step = Strip(), make_step()
    for number in range(first, last + 1):
        strip.on_step(replace(step, number=number))
    return strip


def _numbers(strip: Strip) -> list[int]:
    return [picture.number for picture in strip.pictures]


def test_a_picture_shows_the_panel_of_its_step() -> None:
    strip, step = Strip(), make_step(mse=0.25, changed=256)
    strip.on_step(step)
    (picture,) = strip.pictures
    assert (picture.number, picture.mse, picture.changed) == (1, 0.25, 0.25)
    assert picture.jpeg == jpeg(panel(step))


@pytest.mark.usefixtures("cheap_pictures")
@pytest.mark.parametrize(
    ("last", "numbers"),
    [
        (1, [1]),
        (7, [1, 2, 5]),
        (130, [1, 2, 5, 10, 20, 50, 100]),
        (795, [1, 2, 5, 10, 20, 50, 100, 200, 500, 750]),
        (2000, [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]),
    ],
)
def test_pictures_are_taken_at_growing_distances_and_near_the_end(
    last: int, numbers: list[int]
) -> None:
    assert _numbers(_watch(1, last)) == numbers


@pytest.mark.usefixtures("cheap_pictures")
def test_a_resumed_part_begins_with_its_own_first_frame() -> None:
    assert _numbers(_watch(1234, 2100)) == [1234, 2000, 2100]


@pytest.mark.usefixtures("cheap_pictures")
def test_an_endless_run_keeps_a_dozen_well_spread() -> None:
    strip, step = Strip(), make_step()
    most = 0
    for number in [*range(1, 1000), *range(1000, 10_000_001, 50)]:
        strip.on_step(replace(step, number=number))
        most = max(most, len(strip.pictures))
    numbers = _numbers(strip)
    assert most == CAPACITY
    assert (numbers[0], numbers[-1]) == (1, 10_000_000)
    assert max(after / before for before, after in pairwise(numbers)) <= 25
    assert [picture.jpeg for picture in strip.pictures] == [str(n).encode() for n in numbers]
