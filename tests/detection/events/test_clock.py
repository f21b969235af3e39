import pytest

from stream_ae.detection.events.clock import LONGEST, Clock, Moment


def advance(clock: Clock, times: list[float]) -> list[float]:
    return [clock.advance(Moment(number, time)) for number, time in enumerate(times, 1)]


def test_time_passes_as_the_stream_says() -> None:
    assert advance(Clock(), [0, 0.1, 0.3])[1:] == pytest.approx([0.1, 0.2])


def test_where_timestamps_stand_still_or_go_back_frames_are_the_clock() -> None:
    clock = Clock()
    advance(clock, [n / 10 for n in range(200)])
    assert advance(clock, [5.0, 5.0, 5.0, 1.0, -7.0]) == pytest.approx([0.1] * 5, rel=0.01)


def test_a_gap_counts_two_seconds_at_most() -> None:
    clock = Clock()
    advance(clock, [n / 25 for n in range(100)])
    assert clock.advance(Moment(101, 7200.0)) == LONGEST
    assert clock.advance(Moment(102, 7200.0)) < 0.06  # and hardly changes what is usual


def test_a_stream_with_a_frame_in_a_minute_is_that_slow() -> None:
    assert advance(Clock(), [60.0 * n for n in range(200)])[-1] == 60


def test_it_knows_which_frame_was_how_long_ago() -> None:
    clock = Clock()
    advance(clock, [n / 10 for n in range(100)])
    assert [clock.ago(seconds).number for seconds in (0, 0.05, 0.95, 2.05)] == [100, 100, 91, 80]
    assert clock.ago(1e9).number == 1


def test_a_restored_clock_goes_on_as_the_first() -> None:
    one, other = Clock(), Clock()
    advance(one, [0.0, 0.1, 0.25])
    other.load_state_dict(one.state_dict())
    for clock in (one, other):
        clock.advance(Moment(4, 0.2))
    assert other.state_dict() == one.state_dict()
    assert other.ago(0.2) == one.ago(0.2)
