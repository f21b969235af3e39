import pytest
from tests.support.findings import make_findings, make_frame

from stream_ae.detection.findings import Findings
from stream_ae.frame import Frame
from stream_ae.learning.step import PARTS
from stream_ae.observers.findings import FindingsObserver


class Counting(FindingsObserver):
    seen = 0

    def on_findings(self, findings: Findings, frame: Frame) -> None:
        self.seen += findings.number * frame.size[0]


def test_an_observer_must_take_findings() -> None:
    with pytest.raises(TypeError, match="on_findings"):
        FindingsObserver()  # type: ignore[abstract]


def test_closing_is_optional_and_time_counts_as_that_of_the_log() -> None:
    observer = Counting()
    observer.on_findings(make_findings(1), make_frame(1))
    observer.on_findings(make_findings(2), make_frame(2))
    observer.close()
    assert observer.seen == 3 * 48
    assert observer.part in PARTS
