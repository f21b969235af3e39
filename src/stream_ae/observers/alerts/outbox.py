"""What is still to be sent, in files: it is there again after the process was killed."""

import re
import threading
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

from stream_ae.observers.alerts.alert import Alert
from stream_ae.storage.atomic import PARTIAL, remove_partial

MOST_WAITING = 1000
"""Alerts that may wait; about 0.5 KiB each, and more than a week of a lively street."""

_NAME = re.compile(r"(\d{9,})-(\w+)\.json")


class Outbox:
    """A bounded queue of alerts in a folder, one file each; safe between threads.

    A file is written beside its place and then renamed, so it is whole or absent. It is not
    flushed to the device: it outlives a process that is killed, and making the stream wait for a
    slow disk would be worse than losing an alert in a power cut.

    Args:
        directory: made when the first alert is put in.
        most: alerts that may wait; of more, the oldest are dropped.
    """

    def __init__(self, directory: Path, *, most: int = MOST_WAITING) -> None:
        self.directory, self._most = directory, most
        self._lock, self._last, self._begun = threading.Lock(), 0, False
        self._waiting: OrderedDict[str, tuple[Path, bytes | None]] = OrderedDict()
        """By id, oldest first: its file, and what could not be written to it."""
        remove_partial(directory)
        names = filter(None, (_NAME.fullmatch(path.name) for path in directory.glob("*.json")))
        for name in sorted(names, key=lambda name: int(name[1])):
            self._waiting[name[2]] = directory / name[0], None
            self._last = int(name[1])

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, alert: Alert) -> int:
        """Add an alert, unless it waits already.

        Returns:
            How many old ones were dropped for it.

        Raises:
            OSError: it cannot be written; it waits in memory all the same.
        """
        with self._lock:
            if alert.id in self._waiting:
                return 0
            dropped = 0
            while len(self._waiting) >= self._most:
                _, (oldest, _) = self._waiting.popitem(last=False)
                dropped += 1
                with suppress(OSError):
                    oldest.unlink(missing_ok=True)
            self._last += 1
            path = self.directory / f"{self._last:09d}-{alert.id}.json"
            self._waiting[alert.id] = path, alert.body
            if not self._begun:  # a folder that is removed is not made again later
                self.directory.mkdir(parents=True, exist_ok=True)
            self._begun = True
            _write(path, alert.body)
            self._waiting[alert.id] = path, None
            return dropped

    def first(self) -> Alert | None:
        """The oldest alert that waits; one whose file was removed or damaged is passed over."""
        with self._lock:
            while self._waiting:
                name, (path, body) = next(iter(self._waiting.items()))
                with suppress(OSError):
                    body = path.read_bytes() if body is None else body
                if body and body.endswith(b"}"):
                    return Alert(name, body)
                self._forget(name)
            return None

    def put_off(self, alert: Alert) -> None:
        """Let the others go first; harmless where it is out already."""
        with self._lock:
            if alert.id in self._waiting:
                self._waiting.move_to_end(alert.id)

    def remove(self, alert: Alert) -> None:
        """Take an alert out; harmless where it is out already."""
        with self._lock:
            self._forget(alert.id)

    def _forget(self, name: str) -> None:
        path, _ = self._waiting.pop(name, (None, None))
        if path is not None:
            with suppress(OSError):  # it is sent again by the next start, under the same id
                path.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(f".{path.name}{PARTIAL}")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink()
        raise
