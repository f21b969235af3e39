"""What is told of everything that watching finds: a file of events, a webhook, a report."""

from abc import ABC, abstractmethod

from stream_ae.detection.findings import Findings
from stream_ae.frame import Frame


class FindingsObserver(ABC):
    """Told of the findings of every frame, in order; changes nothing of them.

    The time that it takes counts as its :attr:`part` of the next frame. An ``OSError`` that leaves
    it (a full disk, a read-only folder) is reported and watching goes on, so an observer must be
    able to go on after one, too.
    """

    part: str = "log"
    """Its entry in the seconds of a frame: ``log``, ``checkpoint``, or a name of its own."""

    @abstractmethod
    def on_findings(self, findings: Findings, frame: Frame) -> None:
        """Take the findings of one frame in, and the frame; keep no picture longer than needed."""

    def close(self) -> None:  # noqa: B027 - nothing to close is a finished answer
        """Write what is not yet written and free everything; called once, also after an error."""
