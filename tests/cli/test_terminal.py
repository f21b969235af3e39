import io
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from stream_ae.cli import terminal


def run(
    arguments: str,
    redirected: str = "",
    *,
    buffered: bool = True,
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """The program in a shell, so that a stream can be closed or sent anywhere."""
    command = f'"{sys.executable}" -m stream_ae {arguments} {redirected}'
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    unbuffered = {} if buffered else {"PYTHONUNBUFFERED": "1"}
    return subprocess.run(
        command,
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        check=False,
        env={**kept, **unbuffered, **(environment or {})},
    )


full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")


@full
@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("arguments", ["--help", "--version", "train --help"])
def test_an_output_that_is_full_is_one_line(arguments: str, buffered: bool) -> None:
    ended = run(arguments, "> /dev/full", buffered=buffered)
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert line.startswith("stream-ae: cannot write to the standard output: No space left")


@full
@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("redirected", ["2> /dev/full", "> /dev/full 2> /dev/full", "2>&-"])
def test_a_complaint_that_cannot_be_written_keeps_its_code(redirected: str, buffered: bool) -> None:
    ended = run("train --frmes", redirected, buffered=buffered)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", "")


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("reader", ["head -1", "true"])
def test_a_reader_of_only_the_first_lines_gets_no_complaint(reader: str, buffered: bool) -> None:
    ended = run("train --help", f"| {reader}; exit ${{PIPESTATUS[0]}}", buffered=buffered)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&-", "<&- >&- 2>&-"])
def test_streams_may_be_closed(closed: str) -> None:
    ended = run("--version", closed)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
)
def test_another_encoding_escapes_what_it_does_not_have(environment: dict[str, str]) -> None:
    ended = run("train --help", environment=environment)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "rtsp://\\u2026" in ended.stdout


def test_an_own_stream_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    own = io.StringIO()
    monkeypatch.setattr(sys, "stdout", own)
    terminal.prepare()
    assert sys.stdout is own
    assert terminal.settle() is None
    assert terminal.failing() is None
    terminal.complain("a line")


def test_what_is_missing_goes_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    terminal.prepare()
    print("nobody reads this")
    terminal.complain("nor this")
    assert terminal.settle() is None
    assert sys.stdin.read() == ""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        stream.close()


class Unfreed:
    """What many a window of a library does that was never opened."""

    def __del__(self) -> None:
        raise AttributeError("no window")


@pytest.fixture
def _hooks(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Those of the program, whatever the test runner has put there."""
    monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    caplog.set_level(logging.WARNING, "stream_ae")
    terminal.prepare()


@pytest.mark.usefixtures("_hooks")
def test_what_cannot_be_freed_is_one_line(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    Unfreed()
    (line,) = caplog.messages
    assert line.startswith("passed over, in <function Unfreed.__del__ at ")
    assert line.endswith(">: AttributeError: no window")
    assert capfd.readouterr().err == ""


@pytest.mark.usefixtures("_hooks")
@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (RuntimeError("no camera"), ["poller failed: RuntimeError: no camera"]),
        (SystemExit(1), []),
    ],
)
def test_a_thread_that_fails_is_one_line(
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    error: BaseException,
    lines: list[str],
) -> None:
    def fail() -> None:
        raise error

    thread = threading.Thread(target=fail, name="poller")
    thread.start()
    thread.join()
    assert caplog.messages == lines
    assert capfd.readouterr().err == ""


def test_own_hooks_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def own(_failure: object) -> None: ...

    monkeypatch.setattr(sys, "unraisablehook", own)
    monkeypatch.setattr(threading, "excepthook", own)
    terminal.prepare()
    assert (sys.unraisablehook, threading.excepthook) == (own, own)
