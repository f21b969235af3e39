import io
import os
import subprocess
import sys
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
