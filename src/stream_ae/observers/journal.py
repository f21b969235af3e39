"""The run in text: ``config.json``, ``metrics.jsonl``, ``events.jsonl``.

One JSON object to a line, so that a run can be followed with ``tail -f`` and read with any tool,
and so that a process that is killed spoils at most the line it was writing.
"""

import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from stream_ae.frame import Event
from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.observers.event_record import event_json
from stream_ae.observers.window import Window
from stream_ae.storage.atomic import AppendedFile, read_stored, write_atomically

_WAITING = 1000
"""Events that are kept while they cannot be written; of more, the newest."""


class Journal(Observer):
    """Write down how a run is set up, its metrics for each window of frames, and its events.

    ``metrics.jsonl`` has ``{"step": n, "time": seconds since 1970, "<tag>": mean, …}`` with
    strictly growing steps. ``events.jsonl`` has ``{"step", "time", "kind", "text"}`` for each event
    of the stream and for the run's own: ``started`` or ``resumed``, and ``finished``. An event that
    cannot be written is kept and written later.

    Args:
        directory: the run folder.
        config: the contents of ``config.json``.
        resumed_at: the frame that the run is resumed at; lines about later frames, which an
            earlier part wrote after its last checkpoint, are removed.
        echo: takes each line as well, once, whether it can be written or not.

    Nothing is written before the first step, and nothing at all where there is none; a folder that
    cannot be written is reported like any later failure of the disk.
    """

    def __init__(
        self,
        directory: Path,
        *,
        config: Mapping[str, object],
        resumed_at: int = 0,
        echo: Callable[[bytes], object] | None = None,
    ) -> None:
        self._directory, self._config, self._resumed_at = directory, dict(config), resumed_at
        self._metrics = AppendedFile(directory / "metrics.jsonl")
        self._events = AppendedFile(directory / "events.jsonl")
        self._window = Window()
        self._number = resumed_at
        self._waiting: deque[bytes] = deque(maxlen=_WAITING)
        self._echo, self._opening = echo, b""
        self._told = self._begun = self._closed = False

    def on_step(self, step: Step) -> None:
        """Write a line for each event of the step, and one where it completes a window.

        Raises:
            OSError: a line cannot be written. One of metrics is lost; the next step tries again.
        """
        self._told = True
        self._opened()
        window = self._window.add(step)
        self._number = step.number
        for event in step.frame.events:
            self._keep(event.kind, event.text)
        self._write_events()
        if window is not None:
            self._metrics.append(self._echoed(_line(*window)))

    def note(self, scalars: Mapping[str, float]) -> None:
        """Take further numbers of the step that comes next, by their tags, into its window."""
        self._window.note(scalars)

    def on_event(self, event: Event) -> None:
        """Write a line for what happened after the last step; also after :meth:`close`.

        Raises:
            OSError: the line cannot be written. The next call tries again.
        """
        self._keep(event.kind, event.text)
        if self._told:
            self._write_events()
            if self._closed:
                self._events.close()

    def add(self, record: Mapping[str, object]) -> None:
        """Write a line of your own, which has ``step``, ``time``, ``kind`` and ``text`` as well.

        Raises:
            OSError: the line cannot be written. The next step tries again.
        """
        self._opened()
        self._waiting.append(self._echoed(event_json(record) + b"\n"))
        self._write_events()

    def close(self) -> None:
        """Write the last, incomplete window and that the run has finished.

        Raises:
            OSError: a line cannot be written; the files are closed all the same.
        """
        if self._closed or not self._told:
            return
        self._closed = True
        self._keep("finished", f"after frame {self._number}")
        try:
            self._begin()
            window = self._window.take()
            if window is not None:
                self._metrics.append(self._echoed(_line(*window)))
            self._write_events()
        finally:
            self._metrics.close()
            self._events.close()

    def _begin(self) -> None:
        if self._begun:
            return
        config = json.dumps(self._config, indent=2, default=str)
        write_atomically(self._directory / "config.json", f"{config}\n".encode())
        for name in ("metrics.jsonl", "events.jsonl"):
            _remove_later_lines(self._directory / name, after=self._resumed_at)
        self._metrics.append(b"")  # makes it now: a folder that is removed is not made again later
        self._events.append(self._opened())
        self._begun = True

    def _opened(self) -> bytes:
        """The line with which this part of the run begins, made once."""
        if not self._opening:
            kind = "resumed" if self._resumed_at else "started"
            values = {"kind": kind, "text": f"at frame {self._resumed_at + 1}"}
            self._opening = self._echoed(_line(self._resumed_at, values))
        return self._opening

    def _echoed(self, line: bytes) -> bytes:
        if self._echo is not None:
            self._echo(line)
        return line

    def _keep(self, kind: str, text: str) -> None:
        line = _line(self._number, {"kind": kind, "text": text})
        self._waiting.append(self._echoed(line))

    def _write_events(self) -> None:
        self._begin()
        while self._waiting:
            self._events.append(self._waiting[0])
            self._waiting.popleft()


def _line(step: int, values: Mapping[str, float | str]) -> bytes:
    return event_json({"step": step, "time": round(time.time(), 3), **values}) + b"\n"


def _remove_later_lines(path: Path, *, after: int) -> None:
    """Keep the lines about frames up to ``after``; one that a killed process tore goes, too."""
    written = read_stored(path) if path.exists() else b""
    kept = b"".join(line for line in written.splitlines(keepends=True) if _is_kept(line, after))
    if kept != written or not path.exists():
        write_atomically(path, kept)


def _is_kept(line: bytes, after: int) -> bool:
    try:
        entry = json.loads(line) if line.endswith(b"\n") else None
    except (ValueError, RecursionError):
        return False
    return isinstance(entry, dict) and isinstance(entry.get("step"), int) and entry["step"] <= after
