import subprocess
from pathlib import Path

import pytest

from stream_ae.bench.fleet import plain


def test_there_is_a_process_for_each_and_none_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, started = subprocess.Popen, []

    def popen(command: list[str], *, stdout: int, stderr: int) -> "subprocess.Popen[bytes]":
        started.append((command, real(["sleep", "60"], stdout=stdout, stderr=stderr)))
        return started[-1][1]

    monkeypatch.setattr("subprocess.Popen", popen)
    with plain.processes(2, source="scene:quiet", size="small", folder=tmp_path) as runs:
        assert [run.pid for run in runs] == [process.pid for _, process in started]
        assert [run.directory.name for run in runs] == ["plain-0", "plain-1"]
        assert [process.poll() for _, process in started] == [None, None]
    assert [process.poll() for _, process in started] == [-9, -9]
    command, _ = started[1]
    assert command[2:6] == ["stream_ae", "watch", "scene:quiet", "--size"]
    assert command[-1] == str(tmp_path / "plain-1")
