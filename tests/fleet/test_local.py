import fcntl
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from stream_ae.errors import ConfigError, StreamAEError
from stream_ae.fleet.local import LocalRay, local_ray


def test_it_lies_where_sockets_may_have_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_TMPDIR", raising=False)
    assert local_ray().folder == Path(f"/tmp/stream-ae-{os.getuid()}")
    monkeypatch.setenv("RAY_TMPDIR", "/var/tmp")
    assert local_ray().folder == Path(f"/var/tmp/stream-ae-{os.getuid()}")


def test_it_runs_as_long_as_somebody_holds_its_lock(tmp_path: Path) -> None:
    ray = LocalRay(tmp_path / "ray")
    assert not ray.is_running
    ray.folder.mkdir()
    with (ray.folder / "lock").open("wb") as lock:
        assert not ray.is_running
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert ray.is_running
    assert not ray.is_running


def test_a_folder_into_which_others_see_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "ray"
    folder.mkdir(mode=0o755)
    with pytest.raises(ConfigError, match=r"must be yours alone, got a folder of user \d+ that"):
        LocalRay(folder).start()


def test_a_folder_that_cannot_be_looked_into_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ConfigError, match="got one that you may not look into; set RAY_TMPDIR"):
        print(LocalRay(tmp_path).is_running)


def test_a_ray_that_does_not_start_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    asked = tmp_path / "asked"
    program.write_text(f"#!/bin/sh\necho \"$@\" >{asked}\necho no room\necho 'disk full'\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr("stream_ae.fleet.local.sys.executable", str(program))
    ray = LocalRay(tmp_path / "ray")
    with pytest.raises(StreamAEError, match=r"Ray should have started here, got: disk full; .*log"):
        ray.start()
    assert not ray.is_running
    ports = dict(re.findall(r"--([\w-]*port)=(\d+)", asked.read_text()))
    assert ports.pop("ray-client-server-port") != "10001", "which another Ray may have"
    assert ports == {"port": "0"}


def test_what_does_not_run_is_ended_at_once(tmp_path: Path) -> None:
    ray = LocalRay(tmp_path / "ray")
    ray.stop()
    (ray.folder / "ray").mkdir(parents=True)
    ray.stop()
    assert not ray.folder.exists()


def test_nobody_else_can_reach_it_unless_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
    monkeypatch.delenv(name, raising=False)
    assert LocalRay(tmp_path).environment()[name] == "0"
    monkeypatch.setenv(name, "1")
    assert LocalRay(tmp_path).environment()[name] == "1"


@pytest.mark.slow
def test_what_is_started_listens_to_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", raising=False)
    start = "from stream_ae.fleet.local import local_ray; local_ray().start(cpus=1)"
    with tempfile.TemporaryDirectory(prefix="fl", dir="/tmp") as short:
        monkeypatch.setenv("RAY_TMPDIR", short)
        try:
            subprocess.run(
                [sys.executable, "-c", start], check=True
            )  # it goes on after who began it
            assert local_ray().address().startswith("127.0.0.1:"), "others must not reach it"
            folder = os.open(local_ray().folder, os.O_RDONLY)
            with pytest.raises(BlockingIOError):  # so no program that cleans /tmp goes in there
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.close(folder)
        finally:
            local_ray().stop()
