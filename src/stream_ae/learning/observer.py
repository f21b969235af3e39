"""What is told of every step: a board, a journal, a progress line, a checkpoint."""

from abc import ABC, abstractmethod

from stream_ae.frame import Event
from stream_ae.learning.step import Step


class Observer(ABC):
    """Told of every step, in order, by the loop; changes nothing that is learned.

    The time that an observer takes counts as its :attr:`part` of the next step. An ``OSError`` that
    leaves it (a full disk, a read-only folder) is reported and learning goes on, so an observer
    must be able to go on after one, too.
    """

    part: str = "log"
    """Its entry in :attr:`Step.seconds <stream_ae.learning.step.Step>`: ``log``, ``checkpoint``, or
    a name of its own."""

    @abstractmethod
    def on_step(self, step: Step) -> None:
        """Take one step in; keep nothing of it but numbers (tensors are reused or large)."""

    def on_event(self, event: Event) -> None:  # noqa: B027 - most have no use for it
        """Take in what happened between two frames or after the last one, when it happens.

        What happened just before a frame comes with it, in ``step.frame.events``.
        """

    def close(self) -> None:  # noqa: B027 - nothing to close is a finished answer
        """Write what is not yet written and free everything; called once, also after an error."""
