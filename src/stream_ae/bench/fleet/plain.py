"""Cameras without a fleet: a process of ``watch`` for each."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stream_ae.bench.fleet.pace import Run


@contextmanager
def processes(count: int, *, source: str, size: str, folder: Path) -> Iterator[list[Run]]:
    """A ``with`` block in which that many processes watch.

    Args:
        count: of processes, each with a run folder of its own.
        source: what each of them watches.
        size: of the network.
        folder: of the run folders.
    """
    command = [sys.executable, "-m", "stream_ae", "watch", source, "--size", size]
    command += ["--threads", "1", "--no-tensorboard", "--no-progress", "--run-dir"]
    started = []
    try:
        for number in range(count):
            directory = folder / f"plain-{number}"
            quiet = subprocess.DEVNULL
            process = subprocess.Popen([*command, str(directory)], stdout=quiet, stderr=quiet)
            started.append((process, directory))
        yield [Run(process.pid, directory) for process, directory in started]
    finally:
        for process, _ in started:
            process.kill()
            process.wait()
