"""Several measurements at a time, each in a process of its own with one thread, results in order.

Two runs side by side at one thread each are faster than one after the other at two, since threads
wait for one another. Processes are started from scratch (*spawn*), not forked: a fork would inherit
PyTorch's threads in the middle of what they were doing.
"""

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

import torch

from stream_ae.errors import StreamAEError
from stream_ae.runs.signals import handled

T = TypeVar("T")


class _Failed(NamedTuple):
    """An error of ours, in pieces: its constructor may take other arguments than it keeps."""

    kind: type[StreamAEError]
    args: tuple[object, ...]


class Workers:
    """Processes that do one task after another; none at ``jobs`` 1, where all is done here.

    Use it as a context manager. An error of ours in a task is raised here as it was there.

    Args:
        jobs: how many tasks at a time, at least 1.
    """

    def __init__(self, jobs: int = 1) -> None:
        if jobs < 1:
            raise ValueError(f"jobs must be at least 1, got {jobs}; leave it out for one")
        self._others = set(multiprocessing.active_children())
        self._processes: set[BaseProcess] = set()
        self._executor = None if jobs == 1 else _executor(jobs)

    def each(self, tasks: Iterable[Callable[[], T]]) -> Iterator[T]:
        """Do the tasks and give their results, in the order of the tasks, as they come.

        Elsewhere they are begun at once, here each when its result is asked for.

        Args:
            tasks: functions without arguments that can be pickled, as ``partial(measure, trial)``.

        Raises:
            StreamAEError: what a task raised, or a process ended before its time.
        """
        if self._executor is None:
            return (task() for task in tasks)
        # A terminal sends Ctrl-C to all processes. Those started here ignore it: ours ends them.
        try:
            with handled(signal.SIGINT, signal.SIG_IGN):
                outcomes = self._executor.map(_attempt, tasks)
                # The executor watches the processes there were when it was last woken, which is
                # just before it starts the next one. Woken once more, it watches the last one, too.
                self._executor.submit(int)
        except BrokenProcessPool as error:
            raise StreamAEError(self._why_broken()) from error
        self._processes |= set(multiprocessing.active_children()) - self._others
        return self._results(outcomes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._executor is None:
            return
        if kind is not None:  # what is being measured is of no use any more, and may take an hour
            for process in self._processes:
                process.terminate()
        self._executor.shutdown(cancel_futures=True)

    def _results(self, outcomes: Iterator[T | _Failed]) -> Iterator[T]:
        try:
            for outcome in outcomes:
                if isinstance(outcome, _Failed):
                    raise outcome.kind.__new__(outcome.kind, *outcome.args)
                yield outcome
        except BrokenProcessPool as error:
            raise StreamAEError(self._why_broken()) from error

    def _why_broken(self) -> str:
        """A process ended by itself; the executor terminates the others because of it."""
        # Its own thread waits for them. Waiting beside it, one of the two would get no exit code.
        if self._executor is not None:
            self._executor.shutdown()
        codes = [process.exitcode for process in self._processes]
        code = next((code for code in codes if code not in (0, -signal.SIGTERM)), None)
        return (
            f"a process that measured ended with exit code {code}; what it said stands above, and"
            " if it said nothing, memory was short: use fewer --jobs"
        )


def _executor(jobs: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    one_thread = partial(torch.set_num_threads, 1)
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=one_thread)


def _attempt(task: Callable[[], T]) -> T | _Failed:
    """Do a task in another process."""
    try:
        return task()
    except StreamAEError as error:
        return _Failed(type(error), error.args)
