"""Put bytes on the disk so that a file is whole at every moment, whatever ends the process.

A learner may be killed, and a disk may be full, between any two bytes. A file is therefore either
replaced at once or grows by whole records; what a failed write left behind is removed.
"""

import io
import os
from pathlib import Path

PARTIAL = ".partial"
"""How the name of a file ends that is still being written."""


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file, or make it: at every moment the old one or the new one is there, whole.

    The data are written beside it and flushed to the device; then the file is renamed and its
    folder flushed, so that it is there after a power cut, too.

    Args:
        path: of the file; its folder is made where there is none.
        data: its whole content.

    Raises:
        OSError: it cannot be written; what was there before is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}{PARTIAL}")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def remove_partial(directory: Path) -> None:
    """Remove what a killed process was still writing in a folder; harmless if there is none."""
    for leftover in directory.glob(f".*{PARTIAL}"):
        leftover.unlink(missing_ok=True)


class AppendedFile:
    """A file that grows by whole records.

    Args:
        path: made with its folder when the first record is appended, not before.

    Nothing is buffered: a record is in the file when :meth:`append` returns, so it outlives a
    process that is killed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: io.FileIO | None = None
        self._length = 0

    @property
    def length(self) -> int:
        """Bytes of all whole records."""
        return self._length

    def append(self, record: bytes) -> None:
        """Add a record, all of it or nothing.

        Raises:
            OSError: it cannot be written. The next call tries again, with its own record.
        """
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("ab", buffering=0)
            self._length = self._file.tell()
        self._file.truncate(self._length)  # what a failed write has left
        rest = memoryview(record)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._length += len(record)

    def close(self) -> None:
        """Free the file; harmless when it was never opened."""
        file, self._file = self._file, None
        if file is not None:
            with file:
                file.truncate(self._length)
