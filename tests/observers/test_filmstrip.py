from dataclasses import replace
from itertools import pairwise

import pytest
from tests.support.steps import make_step

from stream_ae.observers import filmstrip as filmstrip_module
from stream_ae.observers.filmstrip import CAPACITY, Filmstrip
from stream_ae.observers.images import jpeg, panel


@pytest.fixture
def cheap_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filmstrip_module, "panel", lambda step: step.number)
    monkeypatch.setattr(filmstrip_module, "jpeg", lambda number: str(number).encode())


def _watch(first: int, last: int) -> Filmstrip:
    filmstrip, step = Filmstrip(), make_step()
    for number in range(first, last + 1):
        filmstrip.on_step(replace(step, number=number))
    return filmstrip


def _numbers(filmstrip: Filmstrip) -> list[int]:
    return [snapshot.number for snapshot in filmstrip.snapshots]


def test_a_snapshot_shows_the_panel_of_its_step() -> None:
    filmstrip, step = Filmstrip(), make_step(mse=0.25, changed=256)
    filmstrip.on_step(step)
    (snapshot,) = filmstrip.snapshots
    assert (snapshot.number, snapshot.mse, snapshot.changed) == (1, 0.25, 0.25)
    assert snapshot.jpeg == jpeg(panel(step))


@pytest.mark.usefixtures("cheap_images")
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
def test_snapshots_are_made_at_growing_distances_and_near_the_end(
    last: int, numbers: list[int]
) -> None:
    assert _numbers(_watch(1, last)) == numbers


@pytest.mark.usefixtures("cheap_images")
def test_a_resumed_part_begins_with_its_own_first_frame() -> None:
    assert _numbers(_watch(1234, 2100)) == [1234, 2000, 2100]


@pytest.mark.slow
@pytest.mark.usefixtures("cheap_images")
def test_an_endless_run_keeps_a_dozen_well_spread() -> None:
    filmstrip, step = Filmstrip(), make_step()
    most = 0
    for number in [*range(1, 1000), *range(1000, 10_000_001, 50)]:
        filmstrip.on_step(replace(step, number=number))
        most = max(most, len(filmstrip.snapshots))
    numbers = _numbers(filmstrip)
    assert most == CAPACITY
    assert (numbers[0], numbers[-1]) == (1, 10_000_000)
    assert max(after / before for before, after in pairwise(numbers)) <= 25
    assert [snapshot.jpeg for snapshot in filmstrip.snapshots] == [str(n).encode() for n in numbers]
