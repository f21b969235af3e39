"""What was seen, in the journal of the run and on the terminal."""

import logging
import time

from stream_ae.detection.findings import Findings
from stream_ae.frame import PLACES, Frame
from stream_ae.observers.event_record import event_record
from stream_ae.observers.findings import FindingsObserver
from stream_ae.observers.journal import Journal

_log = logging.getLogger("stream_ae")


class EventLines(FindingsObserver):
    """Write a line for each event into ``events.jsonl``, and log it.

    Args:
        journal: of the run, which writes the file.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def on_findings(self, findings: Findings, frame: Frame) -> None:
        """Write the events that are told with a frame.

        Raises:
            OSError: they cannot be written yet; the next step tries again.
        """
        for told in frame.events:
            if told.kind in PLACES:  # the journal writes them; a source logs the others itself
                _log.info("frame %d: %s", findings.number, told.text)
        for event in findings.events:
            record = event_record(event, step=findings.number, now=time.time())
            _log.info("frame %d: %s", findings.number, record["text"])
            self._journal.add(record)
