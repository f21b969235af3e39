import json
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.findings import make_event

from stream_ae.detection.findings import Box, Kind
from stream_ae.observers.event_record import EventRecord, event_json, event_record, event_text
from stream_ae.runs.contents import EVENT, misfit

shares = st.floats(0, 1)


def test_a_record_holds_all_of_an_event() -> None:
    event = make_event("left", start=11, end=31, box=Box(0.1, 0.2, 0.25, 0.5), zone="door")
    record = event_record(event, step=40, now=1_700_000_000.12345)
    assert record == {
        "step": 40,
        "time": 1_700_000_000.123,
        "kind": "left",
        "text": "something left in door, at the left, at 0:03.0, after 2.0 s",
        "start": 11,
        "end": 31,
        "peak": 21,
        "start_time": 1.0,
        "end_time": 3.0,
        "peak_time": 2.0,
        "score": 0.75,
        "box": [0.1, 0.2, 0.25, 0.5],
        "track": 1,
        "zone": "door",
    }
    assert list(record) == list(EventRecord.__annotations__)


def test_it_is_a_line_of_the_event_file() -> None:
    record = event_record(make_event("cut", box=None, track=None), step=3, now=5.0)
    line = event_json(record)
    assert b"\n" not in line
    assert json.loads(line) == record
    assert misfit(dict(record), EVENT) is None


def test_numbers_of_numpy_become_plain() -> None:
    box = Box(*np.array([0.1, 0.2, 0.3, 0.4], np.float32))
    record = event_record(make_event(box=box), step=1, now=0.0)
    assert json.loads(event_json(record))["box"] == [0.1, 0.2, 0.3, 0.4]


def test_a_name_that_is_no_text_does_not_stop_it() -> None:
    record = event_record(make_event(zone="bad\udcff — Tür"), step=1, now=0.0)
    assert "— Tür".encode() in event_json(record)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_has_a_sentence(kind: Kind) -> None:
    text = event_text(make_event(kind, box=None))
    assert text.endswith(", at 0:00.0")
    assert len(text) > 20


def test_a_place_is_told_in_words() -> None:
    def place(x: float, y: float) -> str:
        return event_text(make_event(box=Box(x, y, 0.1, 0.1))).split(", ")[1]

    assert place(0.45, 0.45) == "in the middle"
    assert place(0.0, 0.0) == "at the top left"
    assert place(0.9, 0.45) == "at the right"
    assert place(0.45, 0.9) == "at the bottom"


@given(x=shares, y=shares, width=shares, height=shares)
def test_any_box_has_a_place(x: float, y: float, width: float, height: float) -> None:
    text = event_text(make_event(box=Box(x, y, width, height)))
    assert ", at the " in text or ", in the middle" in text


def test_a_length_is_told_of_what_lasts() -> None:
    assert event_text(make_event("black", end=31, box=None)).endswith(", at 0:00.0, for 3.0 s")
    assert event_text(make_event("appeared", end=31)).endswith(", at 0:00.0")


def test_a_late_moment_is_told_in_minutes() -> None:
    assert event_text(make_event(start=7541)).endswith("at 12:34.0")
