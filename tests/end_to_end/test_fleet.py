"""A fleet on real Ray, from its start to its end: one test, as starting takes most of its time."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stream_ae.fleet.local import local_ray

CORES = os.cpu_count() or 1
MOST = 0.6 * CORES
"""Cores of one camera, so that two have no room on this machine."""

SECRET = "correct-horse-battery"
FILE = f"""
name = "shop"

[defaults]
size = "small"
tensorboard = false
checkpoint_every = 1

[camera.hall]
source = "scene:quiet"
cpus = {MOST}

[camera.door]
source = "rtsp://me:${{FLEET_DOOR}}@127.0.0.1:1/live"
cpus = 0.01
"""
YARD = f"""
[camera.yard]
source = "scene:street"
cpus = {MOST}
"""

Status = dict[str, object]


PROGRAM = """
import json, sys
from stream_ae.cli.program import main
for line in open(0, closefd=False):
    print(main(["fleet", *json.loads(line)]), flush=True)
"""
"""Does one command for each line, and says its exit code: loading takes longer than doing."""


class Shop:
    """The fleet, by its commands, which are done in another process.

    Ray reads its token when it is loaded, and another test may have loaded it here.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = folder / "errors.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def run(self, *words: str) -> tuple[int, str]:
        """A command's exit code, and what it says."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps(words)}\n")
        self.process.stdin.flush()
        said = ""
        while not (line := self.process.stdout.readline()).strip().isdigit():
            assert line, self._log.read_text()
            said += line
        return int(line), said

    def errors(self) -> str:
        return self._log.read_text()

    def file(self, text: str) -> str:
        path = self.folder / "shop.toml"
        path.write_text(text)
        return str(path)

    def look(self) -> dict[str, Status]:
        code, said = self.run("status", "--json")
        assert code == 0, self.errors()
        return {line["name"]: line for line in map(json.loads, said.splitlines())}

    def wait_for(self, name: str, is_reached: Callable[[Status], bool]) -> Status:
        until = time.monotonic() + 300  # a busy machine is no error
        while True:
            status = self.look()[name]
            if is_reached(status):
                return status
            assert time.monotonic() < until, status


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    with tempfile.TemporaryDirectory(prefix="fl", dir="/tmp") as short:
        monkeypatch.setenv("RAY_TMPDIR", short)
        monkeypatch.delenv("RAY_ADDRESS", raising=False)
        monkeypatch.setenv("FLEET_DOOR", SECRET)
        monkeypatch.setenv("RAY_health_check_period_ms", "500")  # 3 s each by itself
        monkeypatch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "1")  # for the second node
        shop = Shop(tmp_path)
        try:
            yield shop
        finally:
            shop.process.communicate()
            local_ray().stop()


def _second_node() -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block"]
    command += [
        f"--address={local_ray().address()}",
        f"--num-cpus={CORES}",
        "--object-store-memory=100000000",
    ]
    return subprocess.Popen(
        command,
        env={**os.environ, **local_ray().environment()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _is_learning(status: Status) -> bool:
    return status["state"] == "learning"


def _frame(status: Status) -> int:
    assert isinstance(status["frame"], int)
    return status["frame"]


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_a_fleet_comes_back_from_whatever_dies_and_leaves_nothing(shop: Shop) -> None:
    code, said = shop.run(shop.file(FILE + YARD))
    assert code == 2
    assert "are missing; add a machine, set cpus of the cameras lower" in shop.errors()
    assert not local_ray().folder.exists()
    code, said = shop.run(shop.file(FILE + YARD), "--queue")
    assert (code, said) == (0, "started: hall, door\nwaiting for room: yard\n")
    hall = shop.wait_for("hall", _is_learning)
    assert shop.look()["yard"]["state"] == "waiting"

    # A worker that is killed.
    os.kill(int(str(hall["pid"])), signal.SIGKILL)
    again = shop.wait_for("hall", lambda status: status["token"] == 2 and _is_learning(status))
    assert again["pid"] != hall["pid"]
    door = shop.wait_for("door", lambda status: status["state"] == "away")
    assert door["source"] == "rtsp://me:***@127.0.0.1:1/live"

    # A second machine: who waited is learned there.
    node = _second_node()
    try:
        yard = shop.wait_for("yard", lambda status: _is_learning(status) and _frame(status) > 5)
        code, said = shop.run("remove", "hall")
        assert (code, said) == (0, "stopped: hall\n")

        # The machine is lost: its camera goes on at the other.
        os.killpg(node.pid, signal.SIGKILL)
        moved = shop.wait_for("yard", lambda status: status["token"] == 2 and _is_learning(status))
        assert _frame(moved) >= 1
        assert moved["pid"] != yard["pid"]
    finally:
        os.killpg(node.pid, signal.SIGKILL)
        node.wait()

    folder = local_ray().folder
    assert [str(path) for path in [folder, shop.folder] if _holds(path, SECRET)] == []
    assert shop.run("stop") == (0, "stopped: door, yard\n")
    assert not folder.exists()
    assert str(folder) not in Path("/proc/net/unix").read_text()
    processes = subprocess.run(["ps", "ax", "-o", "args"], capture_output=True, check=True)
    assert str(folder).encode() not in processes.stdout


def _holds(folder: Path, text: str) -> bool:
    """Whether a text is in any file of a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return any(text.encode() in path.read_bytes() for path in files)
