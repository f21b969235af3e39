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
        self._name: str | None = None
        self._touched = 0.0

    def newest(self) -> int:
        """The number that was taken last, by whomever; 0 before the first."""
        return max(self._writers(), default=0)

    def take(self) -> int:
        """Take the next number; whoever had the folder before can no longer write.

        Returns:
            The number, from 1.

        Raises:
            ReplacedError: another owner writes there.
            OSError: the folder cannot be written.
        """
        self.refuse_held()
        while True:
            older = self._writers()
            token = 1 + max(older, default=0)
            name = f"writer-{token:06d}"
            with suppress(FileExistsError):
                self._make(name, self._said())
                break
        for other in older.values():
            self._remove(other)
        self._name, self._touched = name, time.monotonic()
        return token

    def check(self) -> None:
        """See that nobody else has taken the folder, and give a sign of life.

        Raises:
            ReplacedError: somebody has.
        """
        if self._name is None:
            return
        try:
            is_there = self._exists(self._name)
            if is_there and time.monotonic() - self._touched > _TOUCH_EVERY:
                self._touched = time.monotonic()
                self._touch(self._name)
        except OSError:
            return  # a disk that is away for a moment; who cannot write does no harm
        if not is_there:
            raise ReplacedError(
                f"{self._shown} should be this process's, but a later one has taken it over;"
                " nothing more is written here"
            )

    def look(self) -> None:
        """The same, for who has time to wait for an answer.

        Raises:
            ReplacedError: somebody has.
        """
        self.check()

    def release(self) -> None:
        """Let any other owner have it at once; the number stays, so that the next is larger."""
        if self._name is not None:
            with suppress(OSError):
                self._replace(self._name, "{}")
            self._name = None

    def refuse_held(self) -> None:
        """See that no other owner writes there.

        Raises:
            ReplacedError: one does, and gave a sign of life not long ago.
        """
        writers = self._writers()
        if not writers:
            return
        try:
            text, age = self._read(writers[max(writers)])
            holder = json.loads(text)
        except (OSError, ValueError):
            return  # of a process that died while it wrote its name
        if holder.get("owner", self._owner) != self._owner and age < FRESH:
            raise ReplacedError(
                f"{self._shown} should be free, but process {holder['pid']} on {holder['host']}"
                f" learns into it ({max(age, 0.0):.0f} s ago); end that or choose another folder"
            )

    def _said(self) -> str:
        """What is said of this process to whoever would like the folder."""
        who = {"owner": self._owner, "host": socket.gethostname(), "pid": os.getpid()}
        return f"{json.dumps(who)}\n"

    def _writers(self) -> dict[int, str]:
        """The files that say who may write, by their numbers."""
        found = ((_NAME.fullmatch(name), name) for name in self._names())
        return {int(match[1]): name for match, name in found if match}

    # What follows is all that is asked of the place; an object store does it in other ways.

    @property
    def _shown(self) -> str:
        return str(self._directory)

    def _names(self) -> list[str]:
        try:
            return [path.name for path in self._directory.iterdir()]
        except OSError:
            return []

    def _make(self, name: str, text: str) -> None:
        """Make a file.

        Raises:
            FileExistsError: another process was faster.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / name).open("x", encoding="utf-8") as file:
            file.write(text)

    def _read(self, name: str) -> tuple[str, float]:
        """The text of a file, and the seconds since it was written or touched."""
        path = self._directory / name
        return path.read_text(encoding="utf-8"), time.time() - path.stat().st_mtime

    def _replace(self, name: str, text: str) -> None:
        (self._directory / name).write_text(text, encoding="utf-8")

    def _exists(self, name: str) -> bool:
        try:
            with (self._directory / name).open("rb"):  # on a network only opening asks the server
                return True
        except FileNotFoundError:
            return False

    def _touch(self, name: str) -> None:
        os.utime(self._directory / name)

    def _remove(self, name: str) -> None:
        (self._directory / name).unlink(missing_ok=True)
