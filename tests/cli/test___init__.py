from pathlib import Path

import pytest

from stream_ae.cli import main


def test_the_program_runs_from_python(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["inspect", str(tmp_path / "none")]) == 2
    assert "no such folder" in capsys.readouterr().err


def test_without_words_it_takes_those_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["stream-ae", "trian"])
    assert main() == 2
    assert "trian" in capsys.readouterr().err
