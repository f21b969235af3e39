"""An event on its way out: what is sent of it, under a number by which doubles are told."""

import hashlib
import time
from typing import NamedTuple

from stream_ae.detection.findings import Findings
from stream_ae.observers.event_record import EventRecord, event_json, event_record


class Alert(NamedTuple):
    """One event as it is sent.

    Args:
        id: the same for the same event of the same run, however often it is told: a run that is
            killed and resumed tells again what came after its last checkpoint.
        body: one line of JSON in UTF-8: ``id``, ``source`` and the entries of
            :class:`~stream_ae.observers.event_record.EventRecord`.
    """

    id: str
    body: bytes


def alerts(findings: Findings, *, source: str, run: str) -> tuple[Alert, ...]:
    """The events of one frame.

    Args:
        findings: of the frame.
        source: a short name of the stream, for who gets them.
        run: name of the run, which tells its events from those of another run on the same stream.
    """
    now = time.time()
    records = (event_record(event, step=findings.number, now=now) for event in findings.events)
    return tuple(alert_of(record, source=source, run=run) for record in records)


def alert_of(record: EventRecord, *, source: str, run: str) -> Alert:
    """An event that has been written down already.

    Args:
        record: of it.
        source: a short name of the stream.
        run: name of the run.
    """
    same_each_time = {**record, "time": None, "source": source, "run": run}
    name = hashlib.sha256(event_json(same_each_time)).hexdigest()[:32]
    return Alert(name, event_json({"id": name, "source": source, **record}))
