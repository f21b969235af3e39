"""The loop: frames in, steps out, and every observer is told."""

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from functools import partial

from stream_ae.frame import Event
from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.observer import Observer
from stream_ae.sources.base import Source

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
            ``OSError`` of theirs (a full disk, say) is logged once and learning goes on.
        frames: frames learned in all, over all parts of a resumed run; 0 means no limit.

    Raises:
        SourceError: the stream cannot be opened.
        SourceLostError: it broke after it had given frames.
        DivergedError: learning left the finite numbers.
    """
    reported: set[str] = set()

    def on_event(event: Event) -> None:
        for observer in observers:
            _tolerate(partial(observer.on_event, event), reported)

    with ExitStack() as stack:
        for observer in reversed(observers):
            stack.callback(_tolerate, observer.close, reported)
        if frames and learner.frames >= frames:
            return
        for frame in stack.enter_context(closing(learner.stream(source, on_event=on_event))):
            step = learner.learn_one(frame)
            for observer in observers:
                _tolerate(partial(learner.tell, observer, step), reported)
            if step.number == frames:
                break


def _tolerate(action: Callable[[], None], reported: set[str]) -> None:
    """Do something that writes; a disk that fails is reported once and not fatal."""
    try:
        action()
    except OSError as error:
        if str(error) not in reported:
            reported.add(str(error))
            _log.warning("cannot write: %s; learning goes on without it", error)
