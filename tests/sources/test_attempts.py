from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.errors import SourceError
from stream_ae.settings.choices import GIVE_UP_AFTER
from stream_ae.sources.attempts import (
    LONGEST_PAUSE,
    AskedToWaitError,
    Attempts,
    GaveUpError,
    to_bring_back,
    to_open,
)


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr("time.monotonic", lambda: self.now)

    def wait_all(self, made: Attempts, *, most: int) -> list[float]:
        waited = []
        for pause in islice(made.pauses, most):
            waited.append(pause)
            self.now += pause
        return waited


def test_the_pauses_grow_and_stay_long(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = Clock(monkeypatch).wait_all(to_bring_back(give_up_after=0), most=9)
    assert waited == [0.5, 1, 2, 4, 8, 15, 30, 30, 30]


def test_three_minutes_are_what_is_waited_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    made = to_bring_back(give_up_after=GIVE_UP_AFTER)
    assert sum(clock.wait_all(made, most=100)) == GIVE_UP_AFTER == 180


@given(limit=st.floats(0.01, 500))
def test_the_last_attempt_is_made_when_the_time_is_up(limit: float) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        clock = Clock(monkeypatch)
        waited = clock.wait_all(to_bring_back(give_up_after=limit), most=1000)
    assert sum(waited) == pytest.approx(limit)
    assert len(waited) < 30


def test_a_typing_error_shows_early(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sum(Clock(monkeypatch).wait_all(to_open(), most=100)) < 5


def test_a_busy_server_is_asked_no_sooner_than_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    made = to_bring_back(give_up_after=50)
    waited = []
    for seconds in (3.0, 0.1, 3600.0):
        made.heed(AskedToWaitError("busy", seconds=seconds))
        waited += clock.wait_all(made, most=1)
    made.heed(SourceError("connection refused"))
    waited += clock.wait_all(made, most=9)
    assert waited == [3, 1, LONGEST_PAUSE, 4, 8, 4], "the last one when the time is up"


def test_what_was_tried_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    made = Attempts((1.0,))
    made.made += 1
    clock.now += 3.2
    assert str(made) == "after 1 attempt in 3 s"
    made.made += 1
    error = made.given_up("connection refused")
    assert isinstance(error, GaveUpError)
    assert str(error) == "it did not come back after 2 attempts in 3 s: connection refused"
