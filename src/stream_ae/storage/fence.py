"""Who may write to a folder that several machines see: the one with the largest number.

A lock ends with its process, but not every network file system has locks, and a machine that was
thought lost may come back. So each process that takes a folder up makes a file with the next number
in its name, which a file system lets only one process do, and removes the older ones. Whoever no
longer finds its own file has been replaced.
"""

import json
import os
import re
import socket
import time
from contextlib import suppress
from pathlib import Path

from stream_ae.errors import ReplacedError

FRESH = 15.0
"""Seconds after its last sign of life for which a writer counts as alive."""

_TOUCH_EVERY = 5.0  # seconds from one sign of life to the next
_NAME = re.compile(r"writer-(\d{6,})")


class Fence:
    """The right to write to a folder.

    Args:
        directory: the folder.
        owner: who asks. Of one owner a later process replaces an earlier one; another owner has to
            wait until there is no sign of life.
    """

    def __init__(self, directory: Path, owner: str) -> None:
        self._directory, self._owner = directory, owner
        self._path: Path | None = None
        self._touched = 0.0

    def newest(self) -> int:
        """The number that was taken last, by whomever; 0 before the first."""
        return max(_writers(self._directory), default=0)

    def take(self) -> int:
        """Take the next number; whoever had the folder before can no longer write.

        Returns:
            The number, from 1.

        Raises:
            ReplacedError: another owner writes there.
            OSError: the folder cannot be written.
        """
        refuse_held(self._directory, owner=self._owner)
        self._directory.mkdir(parents=True, exist_ok=True)
        while True:
            older = _writers(self._directory)
            token = 1 + max(older, default=0)
            path = self._directory / f"writer-{token:06d}"
            with suppress(FileExistsError), path.open("x", encoding="utf-8") as file:
                host = {"owner": self._owner, "host": socket.gethostname(), "pid": os.getpid()}
                file.write(f"{json.dumps(host)}\n")
                break
        for other in older.values():
            other.unlink(missing_ok=True)
        self._path, self._touched = path, time.monotonic()
        return token

    def check(self) -> None:
        """See that nobody else has taken the folder, and give a sign of life.

        Raises:
            ReplacedError: somebody has.
        """
        if self._path is None:
            return
        try:
            with self._path.open("rb"):  # on a network file system only opening asks the server
                pass
            if time.monotonic() - self._touched > _TOUCH_EVERY:
                self._touched = time.monotonic()
                os.utime(self._path)
        except FileNotFoundError as error:
            raise ReplacedError(
                f"{self._directory} should be this process's, but a later one has taken it over;"
                " nothing more is written here"
            ) from error
        except OSError:
            return  # a disk that is away for a moment; who cannot write does no harm

    def release(self) -> None:
        """Let any other owner have it at once; the number stays, so that the next is larger."""
        if self._path is not None:
            with suppress(OSError):
                os.utime(self._path, (0, 0))
            self._path = None


def refuse_held(directory: Path, *, owner: str = "") -> None:
    """See that no other owner writes to a folder.

    Args:
        directory: the folder, which need not be there.
        owner: who asks.

    Raises:
        ReplacedError: one does, and gave a sign of life not long ago.
    """
    writers = _writers(directory)
    if not writers:
        return
    path = writers[max(writers)]
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        age = time.time() - path.stat().st_mtime
    except (OSError, ValueError):
        return  # of a process that died while it wrote its name
    if holder["owner"] != owner and age < FRESH:
        raise ReplacedError(
            f"{directory} should be free, but process {holder['pid']} on {holder['host']} learns"
            f" into it ({max(age, 0.0):.0f} s ago); end that or choose another folder"
        )


def _writers(directory: Path) -> dict[int, Path]:
    """The files that say who may write, by their numbers."""
    try:
        paths = list(directory.iterdir())
    except OSError:
        return {}
    found = ((_NAME.fullmatch(path.name), path) for path in paths)
    return {int(match[1]): path for match, path in found if match}
