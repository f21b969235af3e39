import json
import logging
from pathlib import Path

import numpy as np
import pytest
from tests.support.findings import make_event, make_findings
from tests.support.steps import make_step

from stream_ae.frame import Event, Frame
from stream_ae.observers.event_lines import EventLines
from stream_ae.observers.event_record import EventRecord, event_text
from stream_ae.observers.journal import Journal


def test_events_are_written_and_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="stream_ae")
    journal = Journal(tmp_path, config={})
    lines, frame = EventLines(journal), Frame(np.zeros((2, 2, 3), np.uint8))
    events = make_event("appeared", start=2, end=5), make_event("cut", start=5, end=5, box=None)
    for number in range(1, 7):
        journal.on_step(make_step(number))
        lines.on_findings(make_findings(number, events=events if number == 5 else ()), frame)
    lines.close()
    journal.close()
    written = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert [row["kind"] for row in written] == ["started", "appeared", "cut", "finished"]
    assert [row["step"] for row in written] == [0, 5, 5, 6]
    assert list(written[1]) == list(EventRecord.__annotations__)
    assert [record.message for record in caplog.records] == [
        f"frame 5: {event_text(event)}" for event in events
    ]


def test_a_place_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="stream_ae")
    events = (Event("loop", "again"), Event("known_place", "known place 2"))
    frame = Frame(np.zeros((2, 2, 3), np.uint8), events=events)
    EventLines(Journal(tmp_path, config={})).on_findings(make_findings(7), frame)
    assert [record.message for record in caplog.records] == ["frame 7: known place 2"]
