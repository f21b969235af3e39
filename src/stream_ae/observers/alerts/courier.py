"""Takes alerts to where they go in a thread of its own, as often as that takes."""

import logging
import random
import threading
import time
from collections.abc import Iterator
from typing import Protocol

from stream_ae.observers.alerts.alert import Alert
from stream_ae.observers.alerts.outbox import Outbox
from stream_ae.observers.alerts.post import PostFailedError, PostRefusedError

TIMEOUT = 10.0
"""Seconds that a receiver has for its answer."""

CLOSING_TIME = 5.0
"""Seconds for what is left when a run ends; what does not arrive then waits for the next start."""

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0  # seconds between two attempts, doubling

_log = logging.getLogger("stream_ae")


class Send(Protocol):
    """How one alert is sent."""

    def __call__(self, alert: Alert, /, *, timeout: float) -> None:
        """Send it, or raise PostFailedError or PostRefusedError."""


class Courier:
    """Sends what waits in an outbox, oldest first, each until it has arrived.

    Args:
        outbox: what is to be sent.
        send: sends one alert.
        to: how the receiver is shown.
    """

    def __init__(self, outbox: Outbox, send: Send, *, to: str) -> None:
        self._outbox, self._send, self._to = outbox, send, to
        self._changed = threading.Condition()
        self._deadline: float | None = None
        self._thread: threading.Thread | None = None
        self._is_away = False

    def wake(self) -> None:
        """Say that something was put into the outbox."""
        with self._changed:
            if self._thread is None and self._deadline is None:
                self._thread = threading.Thread(
                    target=self._run, name=f"courier to {self._to}", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()

    def close(self) -> None:
        """Send what is left within :data:`CLOSING_TIME`; harmless when called twice."""
        with self._changed:
            if self._deadline is not None:
                return
            self._deadline = time.monotonic() + CLOSING_TIME
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(CLOSING_TIME)
        if count := len(self._outbox):
            events = "1 event waits" if count == 1 else f"{count} events wait"
            _log.warning("%s in %s for the next start of this run", events, self._outbox.directory)

    def _run(self) -> None:
        pauses = _pauses()
        while (alert := self._next()) is not None:
            is_closing = self._deadline is not None  # then one failure is enough
            try:
                self._send(alert, timeout=self._timeout())
            except PostRefusedError as error:
                _log.warning("%s refused an event, which is dropped: %s", self._to, error)
            except PostFailedError as error:
                self._tell_away(error)
                if error.answered:
                    self._outbox.put_off(alert)  # the fault may be with this one alone
                if is_closing or not self._rest(next(pauses), asked=error.wait):
                    return
                continue
            else:
                self._tell_back()
            pauses = _pauses()
            self._outbox.remove(alert)

    def _next(self) -> Alert | None:
        """The oldest alert, waited for; None at the end."""
        with self._changed:
            while (alert := self._outbox.first()) is None and self._deadline is None:
                self._changed.wait()
            return alert if self._timeout() > 0 else None

    def _timeout(self) -> float:
        """Seconds that the next attempt may take."""
        return TIMEOUT if self._deadline is None else self._deadline - time.monotonic()

    def _rest(self, pause: float, *, asked: float) -> bool:
        """Wait before the next attempt; False means that it would come before the server wants."""
        with self._changed:
            closing = self._changed.wait_for(
                lambda: self._deadline is not None, timeout=max(pause, asked)
            )
            return not (closing and asked)

    def _tell_away(self, error: PostFailedError) -> None:
        if not self._is_away:
            _log.warning("%s did not take an event: %s; it is tried again", self._to, error)
        self._is_away = True

    def _tell_back(self) -> None:
        if self._is_away:
            _log.warning("%s takes events again", self._to)
        self._is_away = False


def _pauses() -> Iterator[float]:
    """Growing pauses with a random share, so that many senders do not come back at once."""
    pause = _FIRST_PAUSE
    while True:
        yield random.uniform(pause / 2, pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
