"""Cameras of a fleet on a Ray of its own, whatever else runs here; and one of them killed."""

import os
import pickle
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stream_ae.bench.fleet.pace import Run
from stream_ae.bench.fleet.processes import cpu_seconds, family, memory, title
from stream_ae.errors import StreamAEError
from stream_ae.fleet.client import LOCAL, Fleet, begun, joined
from stream_ae.fleet.cluster import HubLink
from stream_ae.fleet.local import local_ray
from stream_ae.fleet.options import CPUS
from stream_ae.fleet.plan import Plan, camera
from stream_ae.fleet.spec import Value
from stream_ae.fleet.status import CameraStatus, Report
from stream_ae.settings.choices import SAVE_EVERY

_WITHIN = 300.0  # seconds until all learn, on a busy machine
_LOOK_EVERY = 0.1  # seconds
_REPORTS = 300  # to the hub, for what one costs


@dataclass(frozen=True, slots=True)
class Killed:
    """What it cost that a process was killed, about half an interval after a checkpoint.

    Args:
        seconds: until the camera was told to have learned a frame again; told once a second.
        again: frames from the newest checkpoint to the newest frame that was told.
    """

    seconds: float
    again: int


class Together:
    """A fleet that learns.

    Args:
        fleet: of this machine.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    def runs(self) -> list[Run]:
        """Its runs, when all of them learn."""
        return [Run(each.pid, Path(each.directory)) for each in self._when_learning()]

    def memory(self) -> int:
        """Bytes of memory of one camera's process, the most of all."""
        return max(memory(each.pid) for each in self._when_learning())

    def report_bytes(self) -> int:
        """Bytes of a report with metrics, as it travels."""
        return max(len(pickle.dumps(Report(each))) for each in self._when_learning())

    def seconds_per_report(self) -> float:
        """Seconds of a processor that the hub needs for a report."""
        hub = next(pid for pid in _of_ray() if title(pid).startswith("ray::Hub"))
        status, tell = self._when_learning()[0], HubLink(self._fleet.name)
        before = cpu_seconds(hub)
        for _ in range(_REPORTS):
            tell(Report(status))
        return (cpu_seconds(hub) - before) / _REPORTS

    def kill_one(self) -> Killed:
        """Kill the process of a camera that has a checkpoint, and wait until it learns again."""
        status = self._when_learning()[0]
        until = time.monotonic() + _WITHIN
        while not _checkpoints(status) and time.monotonic() < until:
            time.sleep(_LOOK_EVERY)
        time.sleep(SAVE_EVERY / 2)
        status = self._when_learning()[0]
        os.kill(status.pid, signal.SIGKILL)
        killed = time.monotonic()
        saved = _checkpoints(status)
        self._when_learning(token=status.token)
        return Killed(time.monotonic() - killed, again=max(0, status.frame - max(saved)))

    def _when_learning(self, *, token: int = 0) -> list[CameraStatus]:
        """How all stand when all learn, the first in a process after that one."""
        until = time.monotonic() + _WITHIN
        while time.monotonic() < until:
            statuses = self._fleet.look()
            if all(each.state == "learning" for each in statuses) and statuses[0].token > token:
                return statuses
            time.sleep(_LOOK_EVERY)
        told = ", ".join(f"{each.name} {each.state} {each.text}" for each in statuses)
        raise StreamAEError(f"all cameras should learn within {_WITHIN:g} s, got {told}")


@contextmanager
def together(count: int, *, source: str, size: str, folder: Path) -> Iterator[Together]:
    """A ``with`` block in which a fleet of that many cameras learns, within :func:`own_ray`.

    Args:
        count: of cameras.
        source: what each of them watches.
        size: of the network.
        folder: of the run folders.
    """
    share = 0.9 * (os.cpu_count() or 1) / count
    options: dict[str, Value] = {"source": source, "size": size, "tensorboard": False}
    options["cpus"] = min(CPUS, share)
    cameras = {
        name: camera(name, options, runs=str(folder), folder=folder)
        for name in (f"camera-{number}" for number in range(count))
    }
    plan = Plan(f"bench-{count}", str(folder), cameras)
    fleet = begun(plan)
    try:
        fleet.apply(plan, queue=False)
        yield Together(fleet)
    finally:
        fleet.end()


@contextmanager
def own_ray() -> Iterator[None]:
    """A ``with`` block with Ray for this alone, which nothing is left of; once in a process.

    Raises:
        MissingExtraError: Ray is not installed.
    """
    before, on_term = dict(os.environ), signal.getsignal(signal.SIGTERM)
    with tempfile.TemporaryDirectory(prefix="sa", dir="/tmp") as short:  # names of sockets are
        os.environ["RAY_TMPDIR"] = short
        try:
            with joined(LOCAL, start=True):
                signal.signal(signal.SIGTERM, on_term)  # Ray's own would leave Ray behind
                yield
        finally:
            local_ray().stop()
            os.environ.clear()
            os.environ.update(before)


def _of_ray() -> list[int]:
    return family(int((local_ray().folder / "lock").read_text()))


def _checkpoints(status: CameraStatus) -> list[int]:
    """The frames whose states are saved."""
    folder = Path(status.directory) / "checkpoints"
    return [int(path.stem.removeprefix("step-")) for path in folder.glob("step-*.pt")]
