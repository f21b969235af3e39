"""A command of the user's own for each event, run beside the stream and never for long."""

import json
import logging
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from stream_ae.detection.findings import Findings
from stream_ae.frame import Frame
from stream_ae.observers.alerts.alert import Alert, alerts
from stream_ae.observers.findings import FindingsObserver
from stream_ae.settings.alerts import command_words

TIME_LIMIT = 30.0
"""Seconds that a command may run; then it is killed, with all that it started."""

CLOSING_TIME = 5.0
"""Seconds for what still runs or waits when the stream ends."""

MOST_WAITING = 100
"""Events that may wait for their turn; of more, the newest."""

_LOOK_EVERY = 0.02  # seconds between two looks at a command that runs
_PREFIX = "STREAM_AE_"
_LONGEST_COMPLAINT = 300  # characters of what a command says
_TAIL = 4096  # bytes of it that are read

_log = logging.getLogger("stream_ae")


class EventCommand(FindingsObserver):
    """Run a command for each event, one at a time, from a thread of its own.

    It gets the event as JSON on its standard input, and each entry of it as a variable:
    ``STREAM_AE_KIND``, ``STREAM_AE_TEXT``, ``STREAM_AE_SCORE`` …; an entry that is null has none,
    and a box is ``x,y,width,height``. No other variable of that prefix is handed down: one holds a
    secret. What it prints is thrown away; the last line of its standard error is told where it
    fails.

    Args:
        command: split as a shell does, but no shell runs it: no ``|``, ``>`` or ``$``.
        source: a short name of the stream.
        run: name of the run.

    Raises:
        ValueError: that is no command, or there is no such program.
    """

    def __init__(self, command: str, *, source: str, run: str) -> None:
        self._words, self._source, self._run = command_words(command), source, run
        self._waiting: deque[Alert] = deque()
        self._changed = threading.Condition()
        self._deadline: float | None = None
        self._thread: threading.Thread | None = None

    def on_findings(self, findings: Findings, frame: Frame) -> None:  # noqa: ARG002
        """Let each event wait for its turn."""
        self.tell(alerts(findings, source=self._source, run=self._run))

    def tell(self, told: Sequence[Alert]) -> None:
        """Likewise, of events that are made already."""
        if not told or self._deadline is not None:
            return
        with self._changed:
            self._waiting.extend(told)
            while len(self._waiting) > MOST_WAITING:
                self._waiting.popleft()
                _log.warning("%r is too slow: an event was not handed to it", self._words[0])
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name=f"runs {self._words[0]}", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()

    def close(self) -> None:
        """Run what waits for a few seconds, then kill what still runs."""
        with self._changed:
            self._deadline = self._deadline or time.monotonic() + CLOSING_TIME
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        if self._waiting:
            _log.warning("%d events were not handed to %r", len(self._waiting), self._words[0])
            self._waiting.clear()

    def _work(self) -> None:
        while (alert := self._next()) is not None:
            try:
                with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stderr:
                    stdin.write(alert.body)
                    stdin.seek(0)
                    complaint = self._execute(alert, stdin, stderr)
            except (OSError, ValueError) as error:  # no such program any more, a full disk
                complaint = f"cannot be run: {error}"
            if complaint:
                _log.warning("%r %s", self._words[0], complaint)

    def _next(self) -> Alert | None:
        """The event whose turn it is, waited for; None at the end."""
        with self._changed:
            while not self._waiting and self._deadline is None:
                self._changed.wait()
            return self._waiting.popleft() if self._waiting and not self._is_over() else None

    def _is_over(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline

    def _execute(self, alert: Alert, stdin: IO[bytes], stderr: IO[bytes]) -> str:
        """Run the command to its end; what went wrong, in a few words."""
        process = subprocess.Popen(
            self._words,
            stdin=stdin,  # files, as a pipe may be full, or held open by what it starts
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env=_environment(alert),
            start_new_session=True,  # a Ctrl-C is the stream's
        )
        began = time.monotonic()
        while process.poll() is None:
            if time.monotonic() > began + TIME_LIMIT or self._is_over():
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return f"was killed after {time.monotonic() - began:.0f} s"
            time.sleep(_LOOK_EVERY)
        return f"ended with {process.returncode}{_last_line(stderr)}" if process.returncode else ""


def _environment(alert: Alert) -> dict[str, str]:
    """The variables of a command: those of this process, and the event's."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(_PREFIX)}
    for name, value in json.loads(alert.body).items():
        if value is not None:
            text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            own[f"{_PREFIX}{name.upper()}"] = text
    return own


def _last_line(stderr: IO[bytes]) -> str:
    """The last line that a command wrote, after a colon."""
    stderr.seek(max(0, stderr.seek(0, os.SEEK_END) - _TAIL))
    lines = stderr.read().decode(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    shown = "".join(character for character in last if character.isprintable())
    return f": {shown[:_LONGEST_COMPLAINT]}" if shown else ""
