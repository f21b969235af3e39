"""Put bytes on the disk so that a file is whole at every moment, whatever ends the process.

A learner may be killed, and a disk may be full, between any two bytes. A file is therefore either
replaced at once or grows by whole records; what a failed write left behind is removed.
"""

import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PARTIAL = ".partial"
"""How the name of a file ends that is still being written."""


def write_atomically(path: Path, data: bytes, *, flush: bool = True) -> None:
    """Replace a file, or make it: at every moment the old one or the new one is there, whole.

    The data are written beside it and flushed to the device; then the file is renamed and its
    folder flushed, so that it is there after a power cut, too.

    Args:
        path: of the file; its folder is made where there is none.
        data: its whole content.
        flush: False for one of thousands, which a power cut may take: it is quicker by far.

    Raises:
        OSError: it cannot be written; what was there before is as it was. The error names the file.
    """
    partial = path.with_name(f".{path.name}{PARTIAL}")
    with _named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("wb") as file:
                file.write(data)
                if flush:
                    file.flush()
                    os.fsync(file.fileno())
            partial.replace(path)
        except OSError:
            with suppress(OSError):  # the reason that counts is the first one
                partial.unlink()
            raise
        if flush:
            _flush_folder(path.parent)


def read_stored(path: Path) -> bytes:
    """All that is in a file. A pipe or a device, which might never end, is none.

    Raises:
        OSError: it cannot be read.
    """
    _refuse_endless(path)
    return path.read_bytes()


def read_lines(path: Path) -> Iterator[bytes]:
    """The lines of a file one by one, but for an unfinished last one; see :func:`read_stored`.

    Raises:
        OSError: it cannot be read.
    """
    _refuse_endless(path)
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield line


def _refuse_endless(path: Path) -> None:
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, "it is no file but a pipe or a device", str(path))


def _flush_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Let an error say which file it was about: a failed write or flush does not know."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def remove_partial(directory: Path) -> None:
    """Remove what a killed process was still writing in a folder; harmless if there is none."""
    for leftover in directory.glob(f".*{PARTIAL}"):
        leftover.unlink(missing_ok=True)


class AppendedFile:
    """A file that grows by whole records.

    Args:
        path: made with its folder when the first record is appended, not before.

    Nothing is buffered: a record is in the file when :meth:`append` returns, so it outlives a
    process that is killed. Where the file was removed, renamed or cut meanwhile (by logrotate,
    say), another one is begun, or it grows from where it was cut; its folder is not made again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: io.FileIO | None = None
        self._length = 0
        self._begun = False

    @property
    def length(self) -> int:
        """Bytes of all whole records; 0 after the file was removed or renamed."""
        self._forget_removed()
        return self._length

    def append(self, record: bytes) -> None:
        """Add a record, all of it or nothing.

        Raises:
            OSError: it cannot be written. The next call tries again, with its own record. The error
                names the file.
        """
        with _named(self._path):
            file = self._open()
            self._remove_torn(file)
            rest = memoryview(record)
            while rest:
                rest = rest[file.write(rest) :]
        self._length += len(record)

    def close(self) -> None:
        """Free the file; harmless when it was never opened."""
        file, self._file = self._file, None
        if file is not None:
            with file, _named(self._path):
                self._remove_torn(file)

    def _remove_torn(self, file: io.FileIO) -> None:
        """Cut off what a failed write has left; where others have cut more, that stays cut."""
        self._length = min(self._length, os.fstat(file.fileno()).st_size)
        file.truncate(self._length)

    def _open(self) -> io.FileIO:
        self._forget_removed()
        if self._file is None:
            if not self._begun:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("ab", buffering=0)
            self._length = self._file.tell()
            self._begun = True
        return self._file

    def _forget_removed(self) -> None:
        """What is written to a file without a name is lost, and nobody is told."""
        if self._file is not None and not self._is_at_its_place(self._file):
            self._file.close()
            self._file, self._length = None, 0

    def _is_at_its_place(self, file: io.FileIO) -> bool:
        try:
            return os.path.samestat(self._path.stat(), os.fstat(file.fileno()))
        except (FileNotFoundError, NotADirectoryError):
            return False
