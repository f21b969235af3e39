"""The loop: frames in, steps out, and every observer is told."""

import logging
import math
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from functools import partial

from stream_ae.frame import Event
from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.sources.base import Source

_TOLD_AGAIN = 600.0  # seconds without a failure after which the next one is news
_log = logging.getLogger("stream_ae")


def run(
    source: Source,
    learner: StreamLearner,
    *,
    observers: Sequence[Observer] = (),
    frames: int = 0,
) -> None:
    """Learn a stream to its end, or until ``frames`` frames are learned, and close the observers.

    The same loop, to write yourself; it gives the same steps, their times included::

        for frame in learner.stream(source):
            step = learner.learn_one(frame)
            for observer in observers:
                learner.tell(observer, step)

    Args:
        source: the stream; a learner that has learned n frames goes on after the n-th.
        learner: what learns.
        observers: told of every step and event, in this order, and closed in it at the end. An
            ``OSError`` of theirs (a full disk, say) is logged once, all are told of it as an event
            (``cannot_write``), and learning goes on; one that comes ten minutes after the last is
            told again.
        frames: frames learned in all, over all parts of a resumed run; 0 means no limit.

    Raises:
        SourceError: the stream cannot be opened.
        SourceLostError: it broke after it had given frames.
        DivergedError: learning left the finite numbers.
    """
    told = _Told(observers)
    with ExitStack() as stack:
        for index in reversed(range(len(observers))):
            stack.callback(told.close, index)
        if frames and learner.frames >= frames:
            return
        for frame in stack.enter_context(closing(learner.stream(source, on_event=told.on_event))):
            step = learner.learn_one(frame)
            told.on_step(step, tell=learner.tell)
            if step.number == frames:
                break


class _Told:
    """Those who are told; a disk that fails one of them is reported, and fatal to none."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = observers
        self._failed_at: dict[tuple[int, int | None], float] = {}

    def on_step(self, step: Step, *, tell: Callable[[Observer, Step], None]) -> None:
        for index, observer in enumerate(self._observers):
            self._tolerate(partial(tell, observer, step), index)

    def on_event(self, event: Event) -> None:
        for index, observer in enumerate(self._observers):
            self._tolerate(partial(observer.on_event, event), index)

    def close(self, index: int) -> None:
        self._tolerate(self._observers[index].close, index, consequence="")

    def _tolerate(
        self,
        action: Callable[[], None],
        index: int,
        *,
        consequence: str = "; learning goes on without it",
    ) -> None:
        try:
            action()
        except OSError as error:
            failure = index, error.errno  # the file may have another name each time
            now = time.monotonic()
            last, self._failed_at[failure] = self._failed_at.get(failure, -math.inf), now
            if now - last > _TOLD_AGAIN:
                what = _complaint(error)
                _log.warning("%s%s", what, consequence)
                self.on_event(Event("cannot_write", what))


def _complaint(error: OSError) -> str:
    """What could not be written, and why."""
    if error.filename is None:
        return f"cannot write: {error}"
    return f"cannot write {error.filename}: {error.strerror}"
