import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.reports.moments import Moments

NOON = datetime.datetime(2026, 3, 9, 12, 0, 0).timestamp()


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (0.0, "0:00.0"),
        (9.96, "0:10.0"),
        (59.96, "1:00.0"),
        (3599.99, "1:00:00.0"),
        (-1.0, "0:00.0"),
    ],
)
def test_a_moment_of_a_recording_counts_from_its_start(moment: float, text: str) -> None:
    assert Moments(0.0, 4000.0).text(moment) == text


def test_a_moment_of_a_camera_is_a_time_of_day() -> None:
    assert Moments(NOON, NOON + 60, by_clock=True).text(NOON + 7.4) == "12:00:07"
    assert Moments(NOON, NOON + 2e5, by_clock=True).text(NOON + 7.4) == "9 Mar 12:00:07"


def test_a_span_within_a_day_names_the_day_once() -> None:
    moments = Moments(NOON, NOON + 2e5, by_clock=True)
    assert moments.span(NOON, NOON + 60) == "9 Mar 12:00:00 – 12:01:00"
    assert moments.span(NOON, NOON + 86_400) == "9 Mar 12:00:00 – 10 Mar 12:00:00"
    assert Moments(NOON, NOON + 60, by_clock=True).span(NOON, NOON + 5) == "12:00:00 – 12:00:05"


def test_a_share_stays_within_the_stream() -> None:
    moments = Moments(10.0, 20.0)
    assert [moments.share(at) for at in (5.0, 10.0, 12.5, 25.0)] == [0.0, 0.0, 0.25, 1.0]
    assert Moments(3.0, 3.0).share(3.0) == 0.0


@given(length=st.floats(0.0, 3e7), by_clock=st.booleans())
def test_an_axis_has_few_labels_and_all_are_different(length: float, by_clock: bool) -> None:
    begin = NOON if by_clock else 0.0
    labels = list(Moments(begin, begin + length, by_clock=by_clock).labels())
    assert len(labels) <= 8
    assert all(0.0 <= at <= 1.0 for at, _ in labels)
    assert [at for at, _ in labels] == sorted({at for at, _ in labels})
    assert all(one != other for (_, one), (_, other) in pairwise(labels))


def test_the_labels_of_a_camera_are_round_times_of_day() -> None:
    moments = Moments(NOON - 600, NOON + 3 * 3600, by_clock=True)
    assert [text for _, text in moments.labels()] == [
        "12:00",
        "13:00",
        "14:00",
        "15:00",
    ]
    night = Moments(NOON, NOON + 86_400, by_clock=True)
    assert [text for _, text in night.labels()] == ["12:00", "18:00", "10 Mar", "06:00", "12:00"]
    days = Moments(NOON, NOON + 4 * 86_400, by_clock=True)
    assert [text for _, text in days.labels()] == ["10 Mar", "11 Mar", "12 Mar", "13 Mar"]
