import time

import pytest

from stream_ae.learning.timing import Clock


def set_times(monkeypatch: pytest.MonkeyPatch, *times: float) -> None:
    now = iter(times)
    monkeypatch.setattr(time, "perf_counter", lambda: next(now))


def test_no_time_is_lost_between_two_laps(monkeypatch: pytest.MonkeyPatch) -> None:
    set_times(monkeypatch, 10.0, 11.0, 13.0, 16.0, 20.0)
    clock = Clock()
    clock.start()
    clock.lap("read")
    clock.lap("forward")
    clock.lap("read")
    assert clock.take() == {"read": 4.0, "forward": 2.0}
    assert clock.take() == {}
    clock.lap("log")
    assert clock.take() == {"log": 4.0}


def test_what_came_before_the_start_belongs_to_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    set_times(monkeypatch, 0.0, 5.0, 100.0, 101.0)
    clock = Clock()
    clock.lap("read")
    clock.lap("change")
    clock.start()
    clock.lap("forward")
    assert clock.take() == {"forward": 1.0}


def test_a_clock_that_was_not_started_starts_with_its_first_lap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_times(monkeypatch, 50.0, 52.0)
    clock = Clock()
    clock.lap("read")
    assert clock.take() == {}
    clock.lap("preprocess")
    assert clock.take() == {"preprocess": 2.0}
