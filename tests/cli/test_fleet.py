from pathlib import Path

import pytest

from stream_ae.cli.fleet import table, told
from stream_ae.cli.program import main
from stream_ae.fleet.hub import Done
from stream_ae.fleet.status import CameraStatus


def test_what_was_done_is_told_by_name() -> None:
    done = Done(("a", "b"), ("c",), ("d",), ("e",))
    assert told(done) == "started: a, b\nrestarted: d\nstopped: c\nwaiting for room: e"
    assert told(Done()) == "nothing has changed"


def test_the_table_says_why_a_camera_does_not_learn() -> None:
    away = CameraStatus("yard", "away", "connection refused", frame=10, novelty=0.5)
    lines = table([CameraStatus("door", "learning", frame=1234, fps=9.98), away]).splitlines()
    assert lines[1].split() == ["door", "learning", "1234", "10.0"]
    assert lines[2].split() == ["yard", "away", "10", "0.50", "connection", "refused"]
    cells = zip(lines, ("frame", "1234", "10"), strict=True)
    assert len({line.index(cell) for line, cell in cells}) == 1


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["fleet", "none.toml"], "none.toml: a fleet's file was expected: No such file"),
        (["fleet", "status"], "a fleet on this machine was expected, got none"),
        (["fleet", "restart"], "the names of cameras were expected, got none"),
        (["fleet", "status", "--address", "127.0.0.1:1"], "a Ray cluster was expected at"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    argv: list[str],
    expected: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    assert main(argv) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"stream-ae: {expected}")
    assert error.count("\n") == 1
