import fcntl
import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.steps import make_step

from stream_ae.errors import ConfigError, ReplacedError
from stream_ae.runs.claim import Claim, check_no_run, is_free
from stream_ae.storage.fence import Fence

HOLDS = """
import sys, time
from pathlib import Path
from stream_ae.runs.claim import Claim
with Claim(Path(sys.argv[1]), resume=True):
    print("held", flush=True)
    time.sleep(600)
"""


def test_the_folder_is_made_at_the_first_step_and_not_before(tmp_path: Path) -> None:
    directory = tmp_path / "runs" / "a"
    with Claim(directory, resume=False) as claim:
        assert not (tmp_path / "runs").exists()
        claim.on_step(make_step(1))
        assert directory.is_dir()
        claim.on_step(make_step(2))
    assert list(directory.iterdir()) == []


@pytest.mark.parametrize("resume", [False, True])
def test_a_folder_that_is_held_is_refused(tmp_path: Path, resume: bool) -> None:
    with Claim(tmp_path, resume=resume):
        refused = f"{re.escape(str(tmp_path))} should be free, but another process learns into it"
        with pytest.raises(ConfigError, match=refused), Claim(tmp_path, resume=resume):
            pass
    with Claim(tmp_path, resume=resume):
        pass


def test_a_folder_that_another_made_meanwhile_is_refused(tmp_path: Path) -> None:
    directory = tmp_path / "a"
    with Claim(directory, resume=True) as slow, Claim(directory, resume=True) as quick:
        quick.on_step(make_step(1))
        with pytest.raises(ConfigError, match="another process learns into it"):
            slow.on_step(make_step(1))
    with Claim(directory, resume=True) as slow:
        pass
    directory.rmdir()
    with Claim(directory, resume=True) as slow:
        directory.mkdir()
        (directory / "config.json").write_text("{}")
        with pytest.raises(ConfigError, match="already holds a run"):
            slow.on_step(make_step(1))


@pytest.mark.slow
def test_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(ConfigError, match="another process"), Claim(tmp_path, resume=True):
            pass
        process.send_signal(signal.SIGKILL)
    with Claim(tmp_path, resume=True):
        assert list(tmp_path.iterdir()) == []


NAMES = """
import sys
import time
from pathlib import Path
from stream_ae.runs.claim import is_free
print(is_free(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can keep a name without a file")
def test_a_name_is_kept_until_its_process_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-c", NAMES, str(tmp_path / "a")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"True\n"
        assert not is_free(tmp_path / "a")
        process.send_signal(signal.SIGKILL)
    assert is_free(tmp_path / "a")
    assert not is_free(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_locked_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    with caplog.at_level(logging.WARNING, "stream_ae"), Claim(tmp_path, resume=True):
        pass
    assert "cannot lock" in caplog.text
    assert "Operation not supported" in caplog.text


@pytest.mark.parametrize("name", ["config.json", "checkpoints"])
def test_a_run_is_not_written_over(tmp_path: Path, name: str) -> None:
    check_no_run(tmp_path)
    (tmp_path / name).mkdir()
    with pytest.raises(ConfigError, match="already holds a run"):
        check_no_run(tmp_path)
    with pytest.raises(ConfigError, match="already holds a run; go on with --resume"):
        Claim(tmp_path, resume=False).__enter__()
    with Claim(tmp_path, resume=True):
        pass


def a_file(path: Path) -> Path:
    path.write_text("in the way")
    return path


def below_a_file(path: Path) -> Path:
    return a_file(path) / "b" / "c"


def a_broken_link(path: Path) -> Path:
    path.symlink_to("nowhere")
    return path


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (a_file, "run is no folder"),
        (below_a_file, "run is no folder"),
        (a_broken_link, "run is no folder"),
        (lambda path: path.with_name("long" * 100), "File name too long"),
        (lambda path: Path(f"{path}\0"), "null byte"),
    ],
)
def test_a_folder_that_cannot_be_is_refused_before_anything_is_learned(
    tmp_path: Path, make: Callable[[Path], Path], reason: str
) -> None:
    directory = make(tmp_path / "run")
    with pytest.raises(ConfigError, match=f"cannot make the run folder '.*{reason}; choose"):
        Claim(directory, resume=False).__enter__()


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_that_may_not_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    directory = tmp_path / "run"
    if there:
        directory.mkdir()
    monkeypatch.setattr(os, "access", lambda *_: False)
    where = "run" if there else re.escape(tmp_path.name)
    with pytest.raises(ConfigError, match=f"{where} may not be written; choose another"):
        Claim(directory, resume=False).__enter__()


def test_a_folder_that_cannot_be_made_after_all_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with Claim(tmp_path / "a", resume=False) as claim:
        monkeypatch.setattr(Path, "mkdir", full)
        with pytest.raises(ConfigError, match=r"'.*/a': No space left on device; choose another"):
            claim.on_step(make_step(1))


def test_a_run_that_was_taken_over_ends_at_the_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier, later = Fence(tmp_path, "fleet"), Fence(tmp_path, "fleet")
    earlier.take()
    with Claim(tmp_path, resume=True, fence=earlier) as claim:
        later.take()
        claim.on_step(make_step(1))  # it was looked at less than a second ago
        after = time.monotonic() + 1
        monkeypatch.setattr("stream_ae.runs.claim.time.monotonic", lambda: after)
        with pytest.raises(ReplacedError, match="a later one has taken it over"):
            claim.on_step(make_step(2))


def test_what_a_fleet_learns_is_refused_to_others(tmp_path: Path) -> None:
    Fence(tmp_path, "fleet").take()
    with pytest.raises(ReplacedError, match="learns into it"), Claim(tmp_path, resume=True):
        pass
