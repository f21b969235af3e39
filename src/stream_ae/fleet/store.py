"""Runs in an object store: a camera learns into a folder of its machine, and the store has a copy.

The store is any that fsspec knows (``s3://…``, ``gs://…``); it comes with PyTorch. Each checkpoint
is copied when it is there. What only grows, curves and events, is copied every few minutes and at
the end, as a store takes nothing but whole files.
"""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, cast

from stream_ae.errors import ConfigError, ReplacedError
from stream_ae.storage.fence import Fence

GROWN_EVERY = 300.0
"""Seconds from one copy of what grows to the next."""

_AT_ONCE = ("checkpoints/", "config.json", "summary.json")


def is_store(runs: str) -> bool:
    """Whether runs are in an object store, and not in a folder."""
    return "://" in runs


def working_folder(runs: str) -> Path:
    """Where the runs of a store lie on this machine while they go on."""
    name = hashlib.sha256(runs.encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"stream-ae-runs-{os.getuid()}" / name


class FileSystem(Protocol):
    """What is asked of a file system of fsspec."""

    def find(self, path: str) -> list[str]:
        """All files below a folder; none where there is no such folder."""

    def exists(self, path: str) -> bool:
        """Whether there is something."""

    def cat_file(self, path: str) -> bytes:
        """All that is in a file."""

    def pipe_file(self, path: str, value: bytes, *, mode: str = "overwrite") -> None:
        """Write a file at once; with the mode ``create``, only where there is none."""

    def get_file(self, rpath: str, lpath: str) -> None:
        """Copy a file to this machine."""

    def put_file(self, lpath: str, rpath: str) -> None:
        """Copy a file from this machine."""

    def rm_file(self, path: str) -> None:
        """Remove a file."""

    def makedirs(self, path: str, exist_ok: bool) -> None:
        """Make a folder, in a file system that has some."""

    def modified(self, path: str) -> "Moment":
        """When a file was written."""


class Moment(Protocol):
    """A date and a time."""

    def timestamp(self) -> float:
        """Seconds since 1970."""


class Store:
    """A folder in an object store.

    Args:
        url: of it.

    Raises:
        ConfigError: no such kind of store is known here.
    """

    def __init__(self, url: str) -> None:
        from fsspec.core import url_to_fs

        try:
            files, self.root = url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise ConfigError(
                f"runs must be a folder or a store that fsspec knows here, got {url!r}: {error}"
            ) from error
        self.url, self.files = url, cast("FileSystem", files)
        with _as_oserror():
            self.files.makedirs(self.root, exist_ok=True)

    def path(self, name: str) -> str:
        """The path of a file of that name."""
        return f"{self.root}/{name}"

    def names(self) -> list[str]:
        """The names of all files, with their folders.

        Raises:
            OSError: the store does not answer.
        """
        with _as_oserror():
            return [path.removeprefix(f"{self.root}/") for path in self.files.find(self.root)]

    def put(self, source: Path, name: str) -> None:
        """Copy a file to the store under a name.

        Raises:
            OSError: the store does not answer, or the file cannot be read.
        """
        path = self.path(name)
        with _as_oserror():
            self.files.makedirs(path.rpartition("/")[0], exist_ok=True)
            self.files.put_file(str(source), path)


class Mirror:
    """Keeps a copy of a run folder in a store.

    Args:
        store: where the run lies.
        folder: where it is learned.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self._store, self._folder = store, folder
        self._copied: dict[str, tuple[int, int]] = {}
        self._grown_at = time.monotonic()

    def fetch(self) -> None:
        """Make the folder what the store has; what only this machine has is forgotten.

        Raises:
            OSError: the store does not answer, or the folder cannot be written.
        """
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        for name in self._store.names():
            if not name.startswith("writer-"):
                path = self._folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with _as_oserror():
                    self._store.files.get_file(self._store.path(name), str(path))
        self._copied = self._present()

    def push(self, *, everything: bool = False) -> None:
        """Copy what has changed.

        Args:
            everything: also what only grows; else that is copied every few minutes.

        Raises:
            OSError: the store does not answer; what could not be copied is copied the next time.
        """
        everything = everything or time.monotonic() - self._grown_at >= GROWN_EVERY
        present = self._present()
        for name, state in present.items():
            if self._copied.get(name) != state and (everything or name.startswith(_AT_ONCE)):
                self._store.put(self._folder / name, name)
                self._copied[name] = state
        for name in self._copied.keys() - present.keys():
            with _as_oserror():
                self._store.files.rm_file(self._store.path(name))
            del self._copied[name]
        if everything:
            self._grown_at = time.monotonic()

    def _present(self) -> dict[str, tuple[int, int]]:
        """The whole files of the folder, with their sizes and times."""
        found = {}
        for path in sorted(self._folder.rglob("*")):
            if path.is_file() and not path.name.endswith(".partial"):
                about = path.stat()
                found[path.relative_to(self._folder).as_posix()] = about.st_size, about.st_mtime_ns
        return found


class StoreFence(Fence):
    """The right to write to a folder of a store; the loop that learns never waits for an answer.

    Args:
        store: the folder.
        owner: who asks.
    """

    def __init__(self, store: Store, owner: str) -> None:
        super().__init__(Path(store.root), owner)
        self._store = store
        self._replaced: ReplacedError | None = None

    def check(self) -> None:
        """Say what was seen when somebody looked last."""
        if self._replaced is not None:
            raise self._replaced

    def look(self) -> None:
        """See that nobody else has taken the folder, and give a sign of life; takes a while."""
        try:
            super().check()
        except ReplacedError as error:
            self._replaced = error
            raise

    @property
    def _shown(self) -> str:
        return self._store.url

    def _names(self) -> list[str]:
        return self._store.names()

    def _make(self, name: str, text: str) -> None:
        with _as_oserror():
            self._store.files.pipe_file(self._store.path(name), text.encode(), mode="create")

    def _read(self, name: str) -> tuple[str, float]:
        path = self._store.path(name)
        with _as_oserror():
            age = time.time() - self._store.files.modified(path).timestamp()
            return self._store.files.cat_file(path).decode(), age

    def _replace(self, name: str, text: str) -> None:
        with _as_oserror():
            self._store.files.pipe_file(self._store.path(name), text.encode())

    def _exists(self, name: str) -> bool:
        with _as_oserror():
            return self._store.files.exists(self._store.path(name))

    def _touch(self, name: str) -> None:
        self._replace(name, self._said())

    def _remove(self, name: str) -> None:
        with _as_oserror():
            self._store.files.rm_file(self._store.path(name))


@contextmanager
def _as_oserror() -> Iterator[None]:
    """Let whatever a store's library raises be an ``OSError``."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise OSError(f"{type(error).__name__}: {error}") from error
