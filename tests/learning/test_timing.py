import pytest

from stream_ae.learning import timing as module
from stream_ae.learning.timing import Clock


def test_no_time_is_lost_between_two_laps(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([10.0, 11.0, 13.0, 16.0, 20.0])
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(now))
    clock = Clock()
    clock.lap("read")
    clock.lap("forward")
    clock.lap("read")
    assert clock.take() == {"read": 4.0, "forward": 2.0}
    assert clock.take() == {}
    clock.lap("log")
    assert clock.take() == {"log": 4.0}


def test_what_came_before_the_start_belongs_to_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 5.0, 100.0, 101.0])
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(now))
    clock = Clock()
    clock.lap("read")
    clock.start()
    clock.lap("forward")
    assert clock.take() == {"forward": 1.0}
