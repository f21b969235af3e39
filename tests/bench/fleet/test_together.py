import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from stream_ae.bench.fleet import together
from stream_ae.bench.fleet.together import Together
from stream_ae.errors import StreamAEError
from stream_ae.fleet.client import Fleet
from stream_ae.fleet.status import CameraStatus, State


class Staged(Fleet):
    """A fleet of one camera, of which the process is another one once it was killed."""

    def __init__(self, folder: Path, *, process: "subprocess.Popen[bytes] | None" = None) -> None:
        super().__init__("staged")
        self._folder, self._process = folder, process
        self.state: State = "learning"

    def look(self) -> list[CameraStatus]:
        is_killed = self._process is not None and self._process.poll() is not None
        pid = os.getpid() if self._process is None else self._process.pid
        status = CameraStatus("door", self.state, frame=130, pid=pid, directory=str(self._folder))
        return [replace(status, token=2 if is_killed else 1)]


def test_runs_are_those_of_cameras_that_learn(tmp_path: Path) -> None:
    fleet = Together(Staged(tmp_path))
    (run,) = fleet.runs()
    assert (run.pid, run.directory) == (os.getpid(), tmp_path)
    assert fleet.memory() > 1_000_000
    assert 100 < fleet.report_bytes() < 10_000


def test_a_fleet_that_does_not_learn_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "_WITHIN", 0.2)
    staged = Staged(tmp_path)
    staged.state = "away"
    with pytest.raises(StreamAEError, match=r"should learn within 0\.2 s, got door away"):
        Together(staged).runs()


def test_a_kill_loses_what_was_learned_since_the_newest_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "SAVE_EVERY", 0.0)
    (tmp_path / "checkpoints").mkdir()
    for step in (40, 90):
        (tmp_path / "checkpoints" / f"step-{step:09d}.pt").touch()
    process = subprocess.Popen(["sleep", "60"])
    began = time.monotonic()
    killed = Together(Staged(tmp_path, process=process)).kill_one()
    assert process.wait() == -9
    assert killed.again == 40
    assert 0 <= killed.seconds <= time.monotonic() - began
