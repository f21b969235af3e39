import numpy as np
import pytest

from stream_ae.detection.events.clock import Moment
from stream_ae.detection.events.things import MOST, Things
from stream_ae.kernels.blobs import find_blobs

Boxes = list[tuple[int, int, int, int]]


def follow(
    things: Things, frames: list[Boxes], *, first: int = 1, may_appear: bool = True
) -> list[tuple[int, str, int, int, int]]:
    """(frame, kind, number, first, last) of what is told, at 20 frames a second on 100 × 100."""
    told: list[tuple[int, str, int, int, int]] = []
    for n, boxes in enumerate(frames, first):
        mask = np.zeros((100, 100), bool)
        for left, top, right, bottom in boxes:
            mask[top:bottom, left:right] = True
        blobs = find_blobs(mask, least=4)
        owners = things.owners(blobs)
        told += [
            (
                n,
                change.kind,
                change.thing.number,
                change.thing.first.number,
                change.thing.last.number,
            )
            for change in things.follow(
                blobs,
                owners,
                stirring=[0.2] * len(owners),
                now=Moment(n, n / 20),
                elapsed=0.05,
                may_appear=range(len(owners)) if may_appear else (),
            )
        ]
    return told


def walk(start: int, stop: int, *, top: int = 20, step: int = 1) -> list[Boxes]:
    return [[(left, top, left + 10, top + 30)] for left in range(start, stop, step)]


NOTHING: list[Boxes] = [[]] * 30


def test_what_moves_appears_and_leaves_once() -> None:
    told = follow(Things(), [*NOTHING, *walk(0, 60), *NOTHING])
    assert told == [(40, "appeared", 1, 31, 40), (110, "left", 1, 31, 90)]


def test_what_is_hidden_for_less_than_a_second_has_not_left() -> None:
    told = follow(Things(), [*walk(0, 30), *[[]] * 15, *walk(30, 60), *NOTHING])
    assert [kind for _, kind, *_ in told] == ["appeared", "left"]


def test_what_does_not_move_does_not_appear() -> None:
    assert follow(Things(), [*walk(10, 11) * 100, *NOTHING]) == []


def test_specks_and_flashes_do_not_appear() -> None:
    specks: list[Boxes] = [[(left, 20, left + 5, 27)] for left in range(60)]
    assert follow(Things(), [*specks, *NOTHING, *walk(0, 7), *NOTHING]) == []


def test_nothing_appears_while_the_scene_settles() -> None:
    things = Things()
    assert follow(things, walk(0, 30), may_appear=False) == []
    assert follow(things, walk(30, 40), first=31) == [(31, "appeared", 1, 1, 31)]


def test_a_person_in_pieces_is_one() -> None:
    pieces: list[Boxes] = [
        [(left, 20, left + 10, 33), (left, 36, left + 10, 50)] for left in range(20, 50)
    ]
    told = follow(Things(), [*walk(0, 20), *pieces, *walk(50, 60), *NOTHING])
    assert [kind for _, kind, *_ in told] == ["appeared", "left"]


def test_what_comes_as_one_and_drives_apart_is_two() -> None:
    frames: list[Boxes] = [
        [(n, 20, n + 12, 32), (n + max(12, 2 * n - 8), 20, n + max(24, 2 * n + 4), 32)]
        for n in range(30)
    ]
    told = follow(Things(), [*frames, *NOTHING])
    assert [(kind, number) for _, kind, number, *_ in told] == [
        ("appeared", 1),
        ("appeared", 2),
        ("left", 1),
        ("left", 2),
    ]


def test_a_piece_that_turns_up_beside_it_is_of_it() -> None:
    frames: list[Boxes] = [
        [(left, 20, left + 10, 50), (left - 8, 30, left - 2, 45)] for left in range(20, 60)
    ]
    told = follow(Things(), [*walk(0, 20), *frames, *NOTHING])
    assert [kind for _, kind, *_ in told] == ["appeared", "left"]


def meeting() -> list[Boxes]:
    """Two that come from the sides, meet, and go back."""
    way = [*range(40), *[39] * 20, *range(39, -1, -1)]
    return [[(x, 20, x + 12, 50), (88 - x, 22, 99 - x, 50)] for x in way]


def test_two_that_meet_and_part_appear_and_leave_once_each() -> None:
    told = follow(Things(), [*meeting(), *NOTHING])
    assert [(kind, number) for _, kind, number, *_ in told] == [
        ("appeared", 1),
        ("appeared", 2),
        ("left", 1),
        ("left", 2),
    ]
    assert {last for _, kind, *_, last in told if kind == "left"} == {100}


def test_two_that_leave_as_one_have_both_left() -> None:
    told = follow(Things(), [*meeting()[:55], *NOTHING])
    assert [(kind, number) for _, kind, number, *_ in told][2:] == [("left", 1), ("left", 2)]


def test_a_fast_thing_is_found_by_its_box() -> None:
    told = follow(Things(), [*walk(0, 90, step=8), *NOTHING])
    assert [kind for _, kind, *_ in told] == ["appeared", "left"]


def test_no_more_are_followed_than_there_is_room_for() -> None:
    frames: list[Boxes] = [
        [(x, y + n, x + 8, y + n + 8) for x in range(0, 96, 16) for y in (0, 20, 40, 60)]
        for n in range(20)
    ]
    things = Things()
    told = follow(things, frames)
    assert len(told) == len(things.known) == MOST


def test_a_cut_ends_all_and_only_what_has_appeared_is_told() -> None:
    things = Things()
    follow(things, [*walk(0, 20), [(20, 20, 30, 50), (70, 70, 90, 90)]])
    assert [change.thing.number for change in things.end_all()] == [1]
    assert things.known == ()


@pytest.mark.parametrize("cut", [5, 15, 45, 60, 95, 110])
def test_a_restored_one_goes_on_as_the_first(cut: int) -> None:
    frames = [*meeting(), *NOTHING]
    one, other = Things(), Things()
    whole = follow(Things(), frames)
    before = follow(one, frames[:cut])
    other.load_state_dict(one.state_dict())
    assert before + follow(other, frames[cut:], first=cut + 1) == whole
