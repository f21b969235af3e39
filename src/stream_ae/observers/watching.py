"""Watching as one observer of the learner: every step's frame is watched, and others are told."""

from collections.abc import Sequence
from contextlib import ExitStack

from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.learning.watcher import Watcher
from stream_ae.observers.findings import FindingsObserver


class Watching(Observer):
    """Watch the frames that a learner learns.

    Args:
        watcher: what watches; its state goes with the learner's.
        observers: told of all findings, in this order.
        with_latents: whether the network knows enough for its latents to say what is rare.
    """

    part = "watch"

    def __init__(
        self,
        watcher: Watcher,
        observers: Sequence[FindingsObserver],
        *,
        with_latents: bool,
    ) -> None:
        self._watcher, self._observers = watcher, observers
        self._with_latents = with_latents

    def on_step(self, step: Step) -> None:
        """Watch the frame of a step.

        Raises:
            OSError: an observer could not write; the others were told all the same.
        """
        latent = step.latent if self._with_latents else None
        findings = self._watcher.watch_one(step.frame, step=step, latent=latent)
        with ExitStack() as stack:
            for observer in reversed(self._observers):
                stack.callback(observer.on_findings, findings, step.frame)

    def close(self) -> None:
        """Close those who are told.

        Raises:
            OSError: one of them could not write; the others are closed all the same.
        """
        with ExitStack() as stack:
            for observer in reversed(self._observers):
                stack.callback(observer.close)
