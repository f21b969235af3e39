import signal
import threading
from collections import deque
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_ae.frame import Event, Frame
from stream_ae.sources.frame_queue import FrameQueue

PIXEL = np.zeros((1, 1, 3), np.uint8)


def frame(index: int, *, is_first: bool = False, dropped: int = 0) -> Frame:
    """A frame whose only event tells its index."""
    events = (Event("dropped", str(index)),)
    return Frame(PIXEL, index, is_first=is_first, dropped=dropped, events=events)


def frames_of(queue: FrameQueue) -> list[Frame]:
    return [item for item in queue if isinstance(item, Frame)]


def indices(queue: FrameQueue) -> list[int]:
    """What is left in a queue that is closed, or will be."""
    return [frame.index for frame in frames_of(queue)]


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("capacity", [1, 4])
def test_nothing_is_lost_and_the_order_is_kept(capacity: int) -> None:
    queue = FrameQueue(capacity)
    frames = [frame(index) for index in range(500)]

    def write() -> None:
        assert all(queue.put(frame) for frame in frames)
        queue.close()

    thread = in_thread(write)
    assert all(got is put for got, put in zip(queue, frames, strict=True))
    thread.join()


def test_a_writer_waits_while_the_queue_is_full() -> None:
    queue = FrameQueue(2)
    put: list[int] = []

    def write() -> None:
        for index in range(5):
            queue.put(frame(index))
            put.append(index)
        queue.close()

    thread = in_thread(write)
    thread.join(0.1)
    assert thread.is_alive()
    assert put == [0, 1]
    assert indices(queue) == [0, 1, 2, 3, 4]
    thread.join()


@settings(max_examples=50)
@given(
    capacity=st.integers(1, 4),
    lost_before=st.lists(st.integers(0, 3), max_size=12),
    firsts=st.sets(st.integers(0, 11)),
)
def test_the_newest_win_and_the_next_frame_tells_what_was_dropped_before_it(
    capacity: int, lost_before: list[int], firsts: set[int]
) -> None:
    queue = FrameQueue(capacity, drop_oldest=True)
    count = len(lost_before)
    for index, lost in enumerate(lost_before):
        assert queue.put(frame(index, is_first=index in firsts, dropped=lost))
    queue.close()
    got = frames_of(queue)
    assert [frame.index for frame in got] == list(range(count))[-capacity:]
    gaps = max(0, count - capacity)
    for place, delivered in enumerate(got):
        own = range(gaps + 1) if place == 0 else range(gaps + place, gaps + place + 1)
        assert [event.text for event in delivered.events] == [str(index) for index in own]
        assert delivered.dropped == sum(lost_before[index] for index in own) + len(own) - 1
        assert delivered.is_first == bool(firsts & set(own))


@pytest.mark.parametrize("capacity", [1, 2])
def test_an_event_that_stands_by_itself_is_never_dropped_and_keeps_its_place(capacity: int) -> None:
    queue = FrameQueue(capacity, drop_oldest=True)
    lost, back = Event("source_lost", "gone"), Event("reconnected", "back")
    for item in (frame(0), lost, frame(1), back, frame(2)):
        assert queue.put(item)
    queue.close()
    kept = [frame(1), back, frame(2)] if capacity == 2 else [back, frame(2)]
    got = list(queue)
    assert [getattr(item, "index", item) for item in got] == [
        getattr(item, "index", item) for item in [lost, *kept]
    ]
    first = next(item for item in got if isinstance(item, Frame))
    assert [event.text for event in first.events] == [str(i) for i in range(first.index + 1)]


def test_an_event_waits_for_its_place_as_a_frame_does() -> None:
    queue = FrameQueue(1)
    queue.put(frame(0))
    thread = in_thread(lambda: queue.put(Event("dropped", "late")))
    thread.join(0.05)
    assert thread.is_alive(), "a damaged stream gives events without end"
    items = iter(queue)
    next(items)
    assert next(items) == Event("dropped", "late")
    thread.join(10)


def test_an_error_is_raised_where_it_is_read_after_what_waits() -> None:
    queue = FrameQueue(4)
    queue.put(frame(1))
    queue.close(RuntimeError("broken"))
    got: list[Frame | Event] = []
    with pytest.raises(RuntimeError, match="broken"):
        got.extend(queue)
    assert [item.index for item in got if isinstance(item, Frame)] == [1]


def test_the_first_close_counts() -> None:
    queue = FrameQueue(1)
    assert not queue.closed
    queue.close()
    queue.close(RuntimeError("late"))
    assert queue.closed
    assert indices(queue) == []


@pytest.mark.parametrize("drop_oldest", [False, True])
def test_a_closed_queue_accepts_nothing(drop_oldest: bool) -> None:
    queue = FrameQueue(1, drop_oldest=drop_oldest)
    queue.put(frame(0))
    queue.close()
    assert not queue.put(frame(1))
    assert indices(queue) == [0]


def test_discarding_frees_a_writer_that_waits_and_throws_away_what_waits() -> None:
    queue = FrameQueue(1)
    queue.put(frame(1))
    answers: list[bool] = []
    thread = in_thread(lambda: answers.append(queue.put(frame(2))))
    thread.join(0.05)
    assert thread.is_alive()
    queue.discard()
    thread.join(10)
    assert answers == [False]
    assert indices(queue) == []


@pytest.mark.parametrize("end", [FrameQueue.discard, FrameQueue.close])
def test_ending_frees_a_reader_that_waits(end: Callable[[FrameQueue], None]) -> None:
    queue = FrameQueue(1)
    got: list[list[int]] = []
    thread = in_thread(lambda: got.append(indices(queue)))
    thread.join(0.05)
    assert thread.is_alive()
    end(queue)
    thread.join(10)
    assert got == [[]]


def test_waiting_for_the_end() -> None:
    queue = FrameQueue(1)
    assert not queue.wait_closed(0.01)
    assert not queue.wait_closed(-1.0)
    answers: list[bool] = []
    thread = in_thread(lambda: answers.append(queue.wait_closed(3600)))
    queue.close()
    thread.join(10)
    assert answers == [True]


def test_a_signal_handler_may_end_it_while_it_is_read() -> None:
    queue = FrameQueue(1)
    before = signal.signal(signal.SIGALRM, lambda *_: queue.discard())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        assert indices(queue) == []
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("moment", [1, 2])
def test_a_signal_may_come_between_looking_and_taking(moment: int) -> None:
    class Interrupted(deque[Frame | Event]):
        looks = 0

        def __bool__(self) -> bool:
            there = len(self) > 0
            self.looks += 1
            if self.looks == moment:
                queue.discard()  # what a handler of Ctrl-C does
            return there

    queue = FrameQueue(1)
    queue._items = Interrupted([frame(1)])
    assert len(indices(queue)) <= 1
    assert queue.closed


@pytest.mark.parametrize("capacity", [0, -1])
def test_a_queue_holds_at_least_one(capacity: int) -> None:
    with pytest.raises(ValueError, match=f"at least 1, got {capacity}"):
        FrameQueue(capacity)
