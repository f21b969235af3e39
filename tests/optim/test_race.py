import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_ae.optim.race import (
    COPIES,
    FIRST_BLOCK,
    FIRST_RATE,
    LEAST_RATE,
    LONGEST_BLOCK,
    SPREAD,
    Race,
    RaceState,
    new_race_state,
)
from stream_ae.optim.step_size import CAP


def rates(state: RaceState) -> list[float]:
    return [runner["rate"] for runner in state["runners"]]


def block(state: RaceState, losses: list[float], *, stayed: float) -> tuple[list[int], bool]:
    """A whole block in which every sample has the same losses."""
    race = Race(state)
    for left in range(state["left"], 0, -1):
        assert race.score(losses, stayed=stayed) is (left == 1)
    return race.next_block()


def test_a_race_begins_with_the_middle_copy_at_the_usual_rate() -> None:
    state = new_race_state()
    assert rates(state) == [FIRST_RATE / SPREAD, FIRST_RATE, FIRST_RATE * SPREAD]
    assert Race(state).leader == 1
    assert state["left"] == FIRST_BLOCK


def test_where_the_fastest_leads_the_slowest_gives_way_to_a_faster_one() -> None:
    state = new_race_state()
    assert block(state, [3.0, 2.0, 1.0], stayed=4.0) == ([1, 2, 2], False)
    assert rates(state) == [FIRST_RATE, 2 * FIRST_RATE, 4 * FIRST_RATE]
    assert state["leader"] == 1
    assert [runner["loss"] for runner in state["runners"]] == [2.0, 1.0, 1.0]


def test_where_the_slowest_leads_the_fastest_gives_way_to_a_slower_one() -> None:
    state = new_race_state()
    assert block(state, [1.0, 2.0, 3.0], stayed=4.0) == ([0, 0, 1], False)
    assert rates(state) == [FIRST_RATE / 4, FIRST_RATE / 2, FIRST_RATE]
    assert state["leader"] == 1


@pytest.mark.parametrize("lost", [1.6, math.inf, math.nan])
def test_one_that_is_far_behind_or_failed_goes_on_from_the_leader(lost: float) -> None:
    state = new_race_state()
    assert block(state, [1.4, 1.0, lost], stayed=4.0) == ([0, 1, 1], False)
    assert state["runners"][2]["loss"] == 1.0


def test_two_that_are_as_good_do_not_take_turns() -> None:
    state = new_race_state()
    assert block(state, [1.0, 1.0, 0.99], stayed=4.0) == ([0, 1, 2], False)
    assert state["leader"] == 1


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_block_that_made_it_worse_is_undone_and_the_next_one_is_slower(sign: float) -> None:
    state = new_race_state()
    assert block(state, [sign * 5.0] * 3, stayed=sign * 5.0 - 1.0) == ([1, 1, 1], True)
    assert rates(state) == [FIRST_RATE / 4, FIRST_RATE / 2, FIRST_RATE]
    assert block(state, [sign * 5.0] * 3, stayed=sign * 5.0 - 0.1)[1] is False


def test_blocks_become_twice_as_long_up_to_the_longest() -> None:
    state, lengths = new_race_state(), []
    for _ in range(4):
        lengths.append(state["left"])
        block(state, [1.0] * 3, stayed=1.0)
    assert lengths == [FIRST_BLOCK, 2 * FIRST_BLOCK, LONGEST_BLOCK, LONGEST_BLOCK]


@settings(max_examples=30)
@given(st.integers(0, 2), st.floats(0.0, 2.0))
def test_rates_stay_in_their_range_however_the_race_goes(winner: int, stayed: float) -> None:
    state = new_race_state()
    for _ in range(30):
        losses = [1.0] * COPIES
        losses[winner] = 0.5
        block(state, losses, stayed=stayed)
        now = rates(state)
        assert LEAST_RATE / SPREAD <= now[0] < now[1] < now[2] < SPREAD * CAP
        assert 0 <= state["leader"] < COPIES
