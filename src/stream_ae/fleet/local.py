"""Ray on this machine alone, for who has no cluster: started without set-up, and ended with all it
left.

It listens to this machine alone, and to nobody without the token that lies in a folder which only
its user can read. Whether it runs is told by a lock that the process holds, which ends with it in
whatever way that ends.
"""

import fcntl
import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from stream_ae.errors import ConfigError, StreamAEError
from stream_ae.fleet.engine import check_installed
from stream_ae.observers.ports import free_port

_STARTS_WITHIN = 90.0  # seconds, on a busy machine
_ENDS_WITHIN = 15.0  # seconds until it is killed: what it ran has been ended before
_STORE = 100_000_000  # bytes of shared memory: reports are small and do not even go there
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_enable_metrics_collection": "0",
    "RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S": "0",  # what runs here is ended before
    "RAY_worker_niceness": "0",  # 15 by itself, with which a camera is slower than with watch
}
_REACH = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
"""Ray's variable for whether other nodes may join: 1 where somebody sets it, and 0 by itself, with
which it listens at 127.0.0.1 alone on every system."""


@dataclass(frozen=True, slots=True)
class LocalRay:
    """Ray as it is started here.

    Args:
        folder: of all that it writes; short, as the names of sockets in it may not be long.
    """

    folder: Path

    @property
    def is_running(self) -> bool:
        """Whether it was started, and has not ended.

        Raises:
            ConfigError: its folder is somebody else's.
        """
        try:
            with self._lock_path.open("r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except FileNotFoundError:
            return False
        except PermissionError as error:
            raise ConfigError(
                f"{self.folder} must be yours alone, got one that you may not look into; set"
                " RAY_TMPDIR to another folder"
            ) from error
        return False

    def start(self, *, cpus: int | None = None) -> None:
        """Start it, unless it runs.

        Args:
            cpus: cores for cameras; None for all that there are.

        Raises:
            MissingExtraError: Ray is not installed.
            StreamAEError: it does not start, or its folder is somebody else's.
        """
        check_installed()
        self._make_folder()
        with self._lock_path.open("a+b") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self._clear()
            token = self.folder / "token"
            token.touch(mode=0o600)
            token.write_text(secrets.token_hex(32))
            with self._kept() as folder:
                process = self._begin([lock.fileno(), folder], cpus=cpus)
            self._wait_for(process)

    def address(self) -> str:
        """Where it listens."""
        return (self._ray_folder / "ray_current_cluster").read_text().strip()

    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to join it."""
        token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(self.folder / "token")}
        reach = {_REACH: os.environ.get(_REACH, "0")}
        return {**_QUIET, **reach, **token}

    def stop(self) -> None:
        """End it, and remove all that it has written; nothing where it does not run.

        Raises:
            StreamAEError: it does not end.
        """
        if self.is_running:
            group = int(self._lock_path.read_text())
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGTERM)
            if not self._ends():
                os.killpg(group, signal.SIGKILL)
            if not self._ends():
                raise StreamAEError(f"Ray should have ended, got process {group} still; kill it")
        self._clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _lock_path(self) -> Path:
        return self.folder / "lock"

    @property
    def _ray_folder(self) -> Path:
        return self.folder / "ray"

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = self.folder.lstat()
        if about.st_uid != os.getuid() or stat.S_IMODE(about.st_mode) & 0o077:
            raise ConfigError(
                f"{self.folder} must be yours alone, got a folder of user {about.st_uid} that"
                " others may see into; remove it, or set RAY_TMPDIR to another folder"
            )

    def _clear(self) -> None:
        shutil.rmtree(self._ray_folder, ignore_errors=True)

    @contextmanager
    def _kept(self) -> Iterator[int]:
        """Lock the folder: old files of one that is locked are not removed (tmpfiles.d(5))."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            with suppress(OSError):  # some network file systems
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def _begin(self, locks: Sequence[int], *, cpus: int | None) -> "subprocess.Popen[bytes]":
        """Start it, with the locks, in a session of its own, so that it outlives this process."""
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block"]
        command += ["--port=0", "--include-dashboard=false", "--include-log-monitor=false"]
        command += ["--disable-usage-stats", f"--object-store-memory={_STORE}"]
        command += [f"--temp-dir={self._ray_folder}"]
        # Ray starts this unasked; its usual port may be that of another Ray on this machine.
        unasked = free_port("127.0.0.1", 0, purpose="Ray")
        command += [f"--ray-client-server-port={unasked}"]
        command += [] if cpus is None else [f"--num-cpus={cpus}"]
        with (self.folder / "ray.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                env={**os.environ, **self.environment()},
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=locks,
            )
        self._lock_path.write_text(f"{process.pid}")
        return process

    def _wait_for(self, process: "subprocess.Popen[bytes]") -> None:
        until = time.monotonic() + _STARTS_WITHIN
        while not (self._ray_folder / "ray_current_cluster").exists():
            if process.poll() is not None or time.monotonic() > until:
                log = (self.folder / "ray.log").read_text(errors="replace").strip()
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                raise StreamAEError(
                    f"Ray should have started here, got: {log.splitlines()[-1] if log else '-'};"
                    f" {self.folder / 'ray.log'} says more"
                )
            time.sleep(0.1)

    def _ends(self) -> bool:
        until = time.monotonic() + _ENDS_WITHIN
        while self.is_running and time.monotonic() < until:
            time.sleep(0.1)
        return not self.is_running


def local_ray() -> LocalRay:
    """Ray of this user on this machine."""
    return LocalRay(Path(os.environ.get("RAY_TMPDIR", "/tmp")) / f"stream-ae-{os.getuid()}")
