"""Several measurements at a time, each in a process of its own with one thread, results in order.

Two runs side by side at one thread each are faster than one after the other at two, since threads
wait for one another. Processes are started anew (*spawn*), not forked: a fork would inherit
PyTorch's threads in the middle of what they were doing.
"""

import multiprocessing
import signal
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, Self, TypeVar

import torch

from stream_ae.errors import StreamAEError

T = TypeVar("T")


class Workers:
    """Processes that do one task after another; none at ``jobs`` 1, where all is done here.

    Use it as a context manager. An error of ours in a task is raised here as it was there.

    Args:
        jobs: how many tasks at a time, at least 1.
    """

    def __init__(self, jobs: int = 1) -> None:
        if jobs < 1:
            raise ValueError(f"jobs must be at least 1, got {jobs}")
        self._jobs = jobs
        self._processes: dict[Connection, SpawnProcess] = {}

    def each(self, tasks: Iterable[Callable[[], T]]) -> Iterator[T]:
        """Do the tasks and give their results, in the order of the tasks, as they come.

        Args:
            tasks: functions without arguments that can be pickled, as ``partial(measure, trial)``.

        Raises:
            StreamAEError: what a task raised, or a process ended before its time.
        """
        if self._jobs == 1:
            for task in tasks:
                yield task()
            return
        waiting = enumerate(tasks)
        busy: dict[Connection, int] = {}
        done: dict[int, T] = {}
        following = 0
        while True:
            while len(busy) < self._jobs and (item := next(waiting, None)) is not None:
                number, task = item
                worker = self._idle(busy)
                worker.send(task)
                busy[worker] = number
            while following in done:
                yield done.pop(following)
                following += 1
            if not busy:
                return
            ready = wait(list(busy))
            for worker in [worker for worker in busy if worker in ready]:
                done[busy.pop(worker)] = self._receive(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for connection, process in self._processes.items():
            connection.close()  # which ends a process that waits for a task
            if kind is not None:
                process.terminate()
        for process in self._processes.values():
            process.join()
        self._processes.clear()

    def _idle(self, busy: Collection[Connection]) -> Connection:
        """A process that has nothing to do; a new one if all have."""
        return next((free for free in self._processes if free not in busy), None) or self._start()

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs,), daemon=True)
        with _deaf_to_ctrl_c():
            process.start()
        theirs.close()
        self._processes[ours] = process
        return ours

    def _receive(self, worker: Connection) -> Any:
        try:
            kind, value = worker.recv()
        except (EOFError, ConnectionError) as error:
            process = self._processes[worker]
            process.join()
            raise StreamAEError(
                f"a process that measured ended with exit code {process.exitcode}; what it said"
                " stands above, and if it said nothing, memory was short: use fewer --jobs"
            ) from error
        if kind is None:
            return value
        # Without its constructor, which may take other arguments than the message.
        raise kind.__new__(kind, *value)


def _work(connection: Connection) -> None:
    """Do what comes down the pipe until it is closed."""
    torch.set_num_threads(1)
    with suppress(EOFError):
        while True:
            task: Callable[[], Any] = connection.recv()
            try:
                value = task()
            except StreamAEError as error:
                connection.send((type(error), error.args))
            else:
                connection.send((None, value))


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """A process started here never hears Ctrl-C, which a terminal sends to all: ours ends it."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what a signal does
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
