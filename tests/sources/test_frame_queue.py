import signal
import threading
from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_ae.sources.frame_queue import Mailbox


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def add(lost: list[int], following: list[int]) -> list[int]:
    """Fold by keeping everything, so that a test sees what was lost."""
    return lost + following


@pytest.mark.parametrize("capacity", [1, 4])
def test_nothing_is_lost_and_the_order_is_kept(capacity: int) -> None:
    box = Mailbox[int](capacity)

    def write() -> None:
        for number in range(500):
            assert box.put(number)
        box.close()

    thread = in_thread(write)
    assert list(box) == list(range(500))
    thread.join()


def test_a_writer_waits_while_the_box_is_full() -> None:
    box = Mailbox[int](2)
    put: list[int] = []

    def write() -> None:
        for number in range(5):
            box.put(number)
            put.append(number)
        box.close()

    thread = in_thread(write)
    thread.join(0.1)
    assert thread.is_alive()
    assert put == [0, 1]
    assert list(box) == [0, 1, 2, 3, 4]
    thread.join()


@settings(max_examples=50)
@given(capacity=st.integers(1, 4), numbers=st.lists(st.integers(), max_size=12))
def test_the_newest_win_and_what_was_lost_is_folded_into_the_next(
    capacity: int, numbers: list[int]
) -> None:
    box = Mailbox[list[int]](capacity, fold=add)
    for number in numbers:
        assert box.put([number])
    box.close()
    got = list(box)
    assert [number for item in got for number in item] == numbers, "each is delivered or folded"
    assert len(got) == min(capacity, len(numbers))
    assert [item for item in got[1:] if len(item) > 1] == [], "the gap is before the oldest"


def test_an_error_is_raised_where_it_is_read_after_what_waits() -> None:
    box = Mailbox[int](4)
    box.put(1)
    box.close(RuntimeError("broken"))
    got: list[int] = []
    with pytest.raises(RuntimeError, match="broken"):
        got.extend(box)
    assert got == [1]


def test_the_first_close_counts() -> None:
    box = Mailbox[int](1)
    assert not box.closed
    box.close()
    box.close(RuntimeError("late"))
    assert box.closed
    assert list(box) == []


def test_a_closed_box_takes_nothing() -> None:
    box = Mailbox[int](1)
    box.close()
    assert not box.put(1)
    assert list(box) == []


def test_discarding_frees_a_writer_that_waits_and_throws_away_what_waits() -> None:
    box = Mailbox[int](1)
    box.put(1)
    answers: list[bool] = []
    thread = in_thread(lambda: answers.append(box.put(2)))
    thread.join(0.05)
    assert thread.is_alive()
    box.discard()
    thread.join(10)
    assert answers == [False]
    assert list(box) == []


def test_discarding_frees_a_reader_that_waits() -> None:
    box = Mailbox[int](1)
    got: list[list[int]] = []
    thread = in_thread(lambda: got.append(list(box)))
    thread.join(0.05)
    assert thread.is_alive()
    box.discard()
    thread.join(10)
    assert got == [[]]


def test_waiting_for_the_end() -> None:
    box = Mailbox[int](1)
    assert not box.wait_closed(0.01)
    assert not box.wait_closed(-1.0)
    answers: list[bool] = []
    thread = in_thread(lambda: answers.append(box.wait_closed(3600)))
    box.close()
    thread.join(10)
    assert answers == [True]


def test_a_signal_handler_may_end_it_while_it_is_read() -> None:
    box = Mailbox[int](1)
    before = signal.signal(signal.SIGALRM, lambda *_: box.discard())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        assert list(box) == []
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("moment", [1, 2])
def test_a_signal_may_come_between_looking_and_taking(moment: int) -> None:
    class Interrupted(deque[int]):
        looks = 0

        def __bool__(self) -> bool:
            there = len(self) > 0
            self.looks += 1
            if self.looks == moment:
                box.discard()  # what a handler of Ctrl-C does
            return there

    box = Mailbox[int](1)
    box._items = Interrupted([1])
    assert len(list(box)) <= 1
    assert box.closed


@pytest.mark.parametrize("capacity", [0, -1])
def test_a_box_holds_at_least_one(capacity: int) -> None:
    with pytest.raises(ValueError, match=f"at least 1, got {capacity}"):
        Mailbox[int](capacity)
