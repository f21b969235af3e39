"""Follow a file of JSON lines that another process writes, from its beginning to its newest line.

A run that is resumed removes the lines that it will write again, by putting a shorter file in the
place of the old one. What was read of the old one no longer holds then, and is read again.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from stream_ae.web.wire import Header

Row = Header
"""One line."""

_CHUNK = 1 << 20  # bytes that are read at once


class FollowedLines:
    """The lines of a growing file.

    Args:
        path: of the file, which need not be there yet.
        on_reset: told where all that was given before no longer holds.
    """

    def __init__(self, path: Path, *, on_reset: Callable[[], None]) -> None:
        self.path = path
        self._on_reset = on_reset
        self._inode: int | None = None
        self._offset = 0

    def restart(self) -> None:
        """Give everything again."""
        self._offset = 0

    def new(self) -> Iterator[Row]:
        """The whole lines that have come since the last call; one that is no JSON is left out."""
        try:
            status = self.path.stat()
        except OSError:
            return
        if self._inode is not None and (
            status.st_ino != self._inode or status.st_size < self._offset
        ):
            self._offset = 0
            self._on_reset()
        self._inode = status.st_ino
        if status.st_size == self._offset:
            return
        yield from self._read(status.st_size)

    def _read(self, end: int) -> Iterator[Row]:
        with self.path.open("rb") as file:
            file.seek(self._offset)
            rest = b""
            while self._offset + len(rest) < end:
                chunk = file.read(min(_CHUNK, end - self._offset - len(rest)))
                if not chunk:
                    break
                *lines, rest = (rest + chunk).split(b"\n")
                self._offset += sum(len(line) + 1 for line in lines)
                yield from parsed(lines)


def parsed(lines: list[bytes]) -> Iterator[Row]:
    """The objects among lines of JSON."""
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and isinstance(row.get("step"), int):
            yield row


def rows_between(path: Path, *, first: int, last: int) -> Iterator[Row]:
    """The lines of a file, sorted by their steps, from one step to another.

    Args:
        path: of the file.
        first: the least step.
        last: the largest.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        low, high = 0, size
        while high - low > _CHUNK:  # the line that starts after low is before first
            middle = (low + high) // 2
            file.seek(middle)
            file.readline()
            row = next(parsed([file.readline()]), None)
            if row is None or row["step"] >= first:
                high = middle
            else:
                low = middle
        file.seek(low)
        if low:
            file.readline()
        for line in file:
            for row in parsed([line]):
                if row["step"] > last:
                    return
                if row["step"] >= first:
                    yield row
