from dataclasses import replace

import pytest
from tests.support.steps import make_step

from stream_ae.learning.step import Step
from stream_ae.observers.pace import Pacer


class Clock:
    """A clock that goes on while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def _step(number: int, *, time: float, is_first: bool = False) -> Step:
    step = make_step(number)
    return replace(step, frame=replace(step.frame, time=time, is_first=is_first))


def _pacer(clock: Clock, *, is_on: bool = True, stopped: bool = False) -> Pacer:
    return Pacer(is_on=is_on, stopped=lambda: stopped, clock=clock, sleep=clock.sleep)


def test_a_stream_takes_as_long_as_it_was() -> None:
    clock = Clock()
    pacer = _pacer(clock)
    for number in range(1, 27):
        pacer.on_step(_step(number, time=(number - 1) / 25))
        clock.now += 0.01  # to learn it
    assert clock.now == pytest.approx(51.01)


def test_what_is_slower_than_its_stream_is_not_held_up() -> None:
    clock = Clock()
    pacer = _pacer(clock)
    for number in range(1, 11):
        pacer.on_step(_step(number, time=number / 25))
        clock.now += 0.5
    assert clock.now == pytest.approx(55.0)


def test_what_was_late_is_not_made_up_for() -> None:
    clock = Clock()
    pacer = _pacer(clock)
    pacer.on_step(_step(1, time=0.0))
    clock.now += 30.0
    pacer.on_step(_step(2, time=0.04))
    before = clock.now
    pacer.on_step(_step(3, time=0.08))
    assert clock.now - before == pytest.approx(0.04)


def test_a_stream_of_few_frames_is_waited_for() -> None:
    clock = Clock()
    pacer = _pacer(clock)
    pacer.on_step(_step(1, time=0.0))
    pacer.on_step(_step(2, time=5.0))
    assert clock.now == pytest.approx(55.0)


def test_a_stream_that_begins_again_does_so_at_once() -> None:
    clock = Clock()
    pacer = _pacer(clock)
    pacer.on_step(_step(1, time=100.0))
    pacer.on_step(_step(2, time=0.0, is_first=True))
    pacer.on_step(_step(3, time=0.04))
    assert clock.now == pytest.approx(50.04)


def test_off_or_stopped_it_does_not_wait() -> None:
    for pacer in (_pacer(clock := Clock(), is_on=False), _pacer(clock, stopped=True)):
        pacer.on_step(_step(1, time=0.0))
        pacer.on_step(_step(2, time=9.0))
        assert clock.now == 50.0
