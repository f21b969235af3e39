"""Save a run, so that it can be killed at any moment and resumed bit for bit."""

import errno
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import torch

from stream_ae.errors import CheckpointError
from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.learning.watcher import Watcher
from stream_ae.observers.summary import Metrics
from stream_ae.settings.choices import SAVE_EVERY
from stream_ae.storage.atomic import remove_partial, write_atomically
from stream_ae.storage.state_file import DamagedStateError, SavedState, read_state, write_state

KEPT = 3
"""Number of newest states that are kept."""

_PIXELS = (
    "previous",
    "mean",
    "recent",
    "at_hand",
)  # entries of a learner's state that hold pixels of the stream
_log = logging.getLogger("stream_ae")


class HasState(Protocol):
    """What a :class:`Checkpointer` needs of a learner."""

    @property
    def frames(self) -> int:
        """How many frames it has learned."""

    def state_dict(self) -> Mapping[str, object]:
        """Tensors and plain values, nested in dictionaries, lists and tuples."""


class Checkpointer(Observer):
    """Save the run at regular intervals and at its end; keep ``summary.json`` beside it.

    Args:
        directory: the run folder; states go to ``checkpoints/step-000012345.pt`` in it.
        learner: the learner whose state is saved.
        metrics: the metrics of the run; it must come before this observer in the loop.
        settings: plain values from which a resumed run is set up in the same way.
        watcher: of a run that is watched, whose state goes with the learner's.
        private: True leaves the pixels of the stream out of the state (``previous``, ``recent``,
            ``mean`` and ``at_hand`` are None) and of the watcher's.
        every: seconds between two states.
        may_save: asked before each state; raises where another process has taken the run over.

    A state that is not finite is not saved: the last good one stays the newest. Nothing is written
    before the first step; a folder that is removed after it is not made again.
    """

    part = "checkpoint"

    def __init__(
        self,
        directory: Path,
        learner: HasState,
        *,
        metrics: Metrics,
        settings: Mapping[str, object],
        watcher: Watcher | None = None,
        private: bool = False,
        every: float = SAVE_EVERY,
        may_save: Callable[[], None] = lambda: None,
    ) -> None:
        self._directory, self._learner, self._metrics = directory, learner, metrics
        self._watcher = watcher
        self._settings, self._private, self._every = dict(settings), private, every
        self._may_save = may_save
        self._due = time.monotonic() + every
        self._saved = learner.frames
        self._failure = ""
        self._made = self._told = self._closed = False
        self._saved_at: float | None = None

    @property
    def saved_at(self) -> float | None:
        """When it saved a state last, by the monotonic clock; None before the first."""
        return self._saved_at

    @property
    def failure(self) -> str:
        """Why the newest attempt saved nothing; empty where it did, or there was none."""
        return self._failure

    @property
    def lost(self) -> str | None:
        """What is in no state after the end, and why, in a line; None where all is saved."""
        first, last = self._saved + 1, self._learner.frames
        if not self._failure or last < first:
            return None
        which = f"frame {last}" if first == last else f"frames {first} to {last}"
        kept = f"step {self._saved} was saved last" if self._saved else "no step was saved"
        return f"what was learned of {which} is lost: {self._failure}; {kept}"

    def on_step(self, step: Step) -> None:  # noqa: ARG002 - the learner counts
        """Save where a state is due.

        Raises:
            OSError: it cannot be written. The earlier states are as they were; the next attempt is
                made when the next state is due.
        """
        self._told = True
        self._need_folder(self._directory)
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + self._every
            self.save()

    def close(self) -> None:
        """Save what has been learned since the last state; nothing where there was no step.

        Raises:
            OSError: it cannot be written; the earlier states are as they were.
        """
        if self._told and not self._closed:
            self._closed = True
            self.save()

    def _need_folder(self, path: Path) -> None:
        """Make the run folder once; to make it again would hide that all else in it is gone."""
        if not self._made:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._made = True
        elif not self._directory.is_dir():
            raise FileNotFoundError(errno.ENOENT, "the run folder is gone", str(path))

    def save(self) -> None:
        """Save now.

        Raises:
            OSError: it cannot be written; the earlier states are as they were.
            ReplacedError: another process has taken the run over.
        """
        self._may_save()
        try:
            if self._learner.frames > self._saved:
                self._save_state(self._learner.frames)
        except OSError as error:
            self._failure = f"cannot write {error.filename}: {error.strerror}"
            with suppress(OSError):
                self._write_summary()
            raise
        self._write_summary()

    def _write_summary(self) -> None:
        path = self._directory / "summary.json"
        self._need_folder(path)
        summary = json.dumps(self._metrics.summary(), indent=2, allow_nan=False)
        write_atomically(path, f"{summary}\n".encode())

    def _save_state(self, step: int) -> None:
        learner = dict(self._learner.state_dict())
        if not all(bool(torch.isfinite(tensor).all()) for tensor in _tensors(learner)):
            self._failure = "the weights are not finite"
            _log.warning("the state after frame %d is not finite, so it is not saved", step)
            return
        if self._private:
            learner |= dict.fromkeys(_PIXELS)
        path = self._directory / "checkpoints" / f"step-{step:09d}.pt"
        self._need_folder(path)
        remove_partial(path.parent)
        state = {"step": step, "learner": learner, "metrics": self._metrics.state_dict()}
        write_state(path, {**state, **self._watched(), "settings": self._settings})
        self._saved, self._failure, self._saved_at = step, "", time.monotonic()
        paths = _newest_first(path.parent)
        # A state with a later number is damaged: this run was resumed from an earlier one.
        for path in [path for path in paths if _step_of(path) > step] + paths[KEPT:]:
            path.unlink(missing_ok=True)

    def _watched(self) -> dict[str, object]:
        """The watcher's part of a state; nothing of a run that is not watched."""
        if self._watcher is None:
            return {}
        return {"watcher": self._watcher.state_dict(with_pixels=not self._private)}


def load_latest(directory: Path, *, quiet: bool = False) -> tuple[SavedState, Path]:
    """The newest state of a run that is whole, and its path; damaged ones are logged.

    Args:
        directory: the run folder.
        quiet: log nothing; it is only looked at.

    Returns:
        A dictionary with ``step``, ``learner``, ``metrics``, ``settings`` and, of a watched run,
        ``watcher`` as they were given to the :class:`Checkpointer`, tensors on the CPU; and the
        path of its file.

    Raises:
        CheckpointError: there is no state, none is whole, or it is of another format.
    """
    damaged: dict[Path, str] = {}
    for path in _newest_first(directory / "checkpoints"):
        try:
            state = read_state(path)
        except DamagedStateError as error:
            damaged[path] = str(error)
            continue
        if not state.keys() >= {"step", "learner", "metrics", "settings"}:
            damaged[path] = "not a state of a run"
            continue
        for worse, reason in () if quiet else damaged.items():
            lost = _step_of(worse) - _step_of(path)
            message = "%s is damaged (%s); resuming from %s, %d frame%s earlier"
            _log.warning(message, worse, reason, path.name, lost, "s"[: lost != 1])
        return state, path
    found = ", ".join(f"{path.name} ({reason})" for path, reason in damaged.items())
    raise CheckpointError(
        f"{directory / 'checkpoints'} should hold a whole state, got"
        f" {f'only damaged ones: {found}' if found else 'none'}; begin another run"
    )


def _newest_first(folder: Path) -> list[Path]:
    paths = [p for p in folder.glob("step-*.pt") if p.stem[5:].isdecimal() and p.is_file()]
    return sorted(paths, key=_step_of, reverse=True)


def _step_of(path: Path) -> int:
    return int(path.stem.removeprefix("step-"))


def _tensors(state: object) -> Iterator[torch.Tensor]:
    """Every tensor in a nested state."""
    if isinstance(state, torch.Tensor):
        yield state
    elif isinstance(state, Mapping):
        for value in state.values():
            yield from _tensors(value)
    elif isinstance(state, list | tuple):
        for value in state:
            yield from _tensors(value)
