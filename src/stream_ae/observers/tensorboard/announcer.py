"""Say where a run can be watched, once there is something to see."""

import time
from collections.abc import Callable

from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.observers.tensorboard.server import BoardServer

_ASK_EVERY, _PATIENCE = 0.5, 15.0  # seconds


class Announcer(Observer):
    """Say the address of a board when it shows what was written of the first frame.

    It comes after the :class:`~stream_ae.observers.tensorboard.board.Board` in the loop.

    Args:
        server: what shows it.
        say: takes the line.
        private: no picture is written, so histograms are waited for.
    """

    def __init__(
        self, server: BoardServer, say: Callable[[str], object], *, private: bool = False
    ) -> None:
        self._server, self._say = server, say
        self._plugin = "histograms" if private else "images"
        self._told, self._ask_at = False, 0.0

    def on_step(self, step: Step) -> None:  # noqa: ARG002 - any step will do
        """Ask the server now and then, until it shows something."""
        now = time.monotonic()
        if not self._told and now >= self._ask_at:
            self._ask_at = now + _ASK_EVERY
            if self._server.shows(self._plugin):
                self.announce(patience=0.0)

    def close(self) -> None:
        """Nothing: what the last frame leaves is written after this."""

    def announce(self, *, patience: float = _PATIENCE) -> None:
        """Say it now if it was not said before.

        Args:
            patience: seconds to wait for something to see.
        """
        deadline = time.monotonic() + patience
        while not self._told and time.monotonic() < deadline and self._server.is_running:
            if self._server.shows(self._plugin):
                break
            time.sleep(0.1)
        if not self._told:
            self._told = True
            self._say(f"watch it at {self._server.url}#{self._plugin} (Ctrl-C ends it)")
