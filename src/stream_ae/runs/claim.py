"""A run folder is written by one process at a time, and is there only once there is a frame.

The lock is the system's own on the folder (flock(2)). It leaves no file behind and ends with the
process, in whatever way that ends. Where several machines see the folder, as in a fleet, a number
that only grows says who may write (:mod:`stream_ae.storage.fence`).
"""

import errno
import fcntl
import hashlib
import logging
import os
import socket
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from stream_ae.errors import ConfigError, ReplacedError
from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.storage.fence import Fence

_log = logging.getLogger("stream_ae")

_LOOK_EVERY = 1.0  # seconds between two looks for whether the run was taken over


class Claim(Observer):
    """Keeps a run folder for this process: from the start where it exists, or from the first frame.

    It comes before the observers that write there, and is held as a context manager until they are
    closed.

    Args:
        directory: the run folder.
        resume: whether it may hold a run.
        fence: looked at once a second, of a run that other machines may take over.

    Raises:
        ConfigError: it holds a run, or it cannot be written.
        ReplacedError: another process learns into it.
    """

    def __init__(self, directory: Path, *, resume: bool, fence: Fence | None = None) -> None:
        self._directory, self._resume, self._fence = directory, resume, fence
        self._looked = time.monotonic()
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self.__exit__)
            try:
                self._check_writable()
                if self._directory.exists():
                    if self._fence is None:
                        Fence(self._directory, owner="").refuse_held()
                    self._lock()
                    if not self._resume:
                        check_no_run(self._directory)
            except (OSError, ValueError) as error:  # a name that no system takes
                raise self._cannot_be_made(error) from error
            stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def on_step(self, step: Step) -> None:  # noqa: ARG002 - that there is one is enough
        """Make the folder at the first step; look once a second for who has it.

        Raises:
            ConfigError: it cannot be made, or another process has done so meanwhile.
            ReplacedError: another process has taken it over.
        """
        if self._fence is not None and time.monotonic() - self._looked >= _LOOK_EVERY:
            self._looked = time.monotonic()
            self._fence.check()
        if self._descriptor is None:
            try:
                self._directory.mkdir(parents=True, exist_ok=True)
                self._lock()
                check_no_run(self._directory)
            except OSError as error:
                raise self._cannot_be_made(error) from error

    def _lock(self) -> None:
        self._descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ReplacedError(
                f"{self._directory} should be free, but another process learns into it;"
                " wait for its end or choose another --run-dir"
            ) from error
        except OSError as error:  # some network file systems
            _log.warning(
                "cannot lock %s (%s); let no other process learn into it",
                self._directory,
                error.strerror,
            )

    def _check_writable(self) -> None:
        """Look before anything is learned; whether there is room shows later."""
        there = self._directory
        while not _is_there(there):
            there = there.parent
        if not there.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, f"{there} is no folder")
        if not os.access(there, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, f"{there} may not be written")

    def _cannot_be_made(self, error: OSError | ValueError) -> ConfigError:
        reason = error.strerror if isinstance(error, OSError) else error
        return ConfigError(
            f"cannot make the run folder {str(self._directory)!r}: {reason};"
            " choose another with --run-dir"
        )


def _is_there(path: Path) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def is_free(directory: Path) -> bool:
    """Whether a new run may have this folder; if so, the name is kept for this process.

    There is no folder before the first frame that could keep the name, and several runs may begin
    in the same second. A socket of that name, in the namespace that Linux has without files, ends
    with the process, too. Elsewhere the second run is refused when it makes its folder.
    """
    if directory.exists():
        return False
    if sys.platform == "linux":
        name = hashlib.sha256(os.fsencode(directory.absolute())).hexdigest()
        with socket.socket(socket.AF_UNIX) as holder:
            try:
                holder.bind(f"\0stream-ae {name}")
            except OSError as error:
                return error.errno != errno.EADDRINUSE
            holder.detach()
    return True


def check_no_run(directory: Path) -> None:
    """See that nothing was learned into a folder.

    Raises:
        ConfigError: something was.
    """
    if any(os.path.lexists(directory / name) for name in ("config.json", "checkpoints")):
        raise ConfigError(
            f"{directory} already holds a run; go on with --resume, or choose another --run-dir"
        )
