"""``stream-ae watch`` as a user calls it."""

from pathlib import Path

import pytest
from tests.support.folders import picture_folder

from stream_ae.cli import program as cli

QUIET = ["--no-progress", "--no-tensorboard", "--size", "small", "--optimizer", "sgd"]


@pytest.mark.slow
def test_watching_leaves_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, scores = tmp_path / "run", tmp_path / "scores.csv"
    asked = ["watch", "scene:quiet", "--frames", "12", "--run-dir", str(run)]
    asked += ["--masks", str(tmp_path / "masks"), "--scores", str(scores)]
    assert cli.main([*asked, *QUIET]) == 0
    assert f"report: {run / 'report.html'}" in capsys.readouterr().out
    assert "scene:quiet" in (run / "report.html").read_text()
    assert len(list((tmp_path / "masks").glob("*.png"))) == 12
    assert scores.read_text().count("\n") == 13


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--zone", "door=1"], "a zone must be NAME=x,y"),
        (["--webhook", "example.com"], "webhook must be http(s)://HOST"),
        (["--mqtt", "a b"], "mqtt must be HOST"),
        (["--on-event", "no-such-program-there"], "there is no program 'no-such-program-there'"),
        (["--run", "nowhere"], "should hold a whole state"),
        (["--absorb", "0"], "must be seconds above 0"),
        (["--clips"], "clips"),
        (["--fit", "crop"], "unknown argument '--fit'"),
    ],
)
def test_bad_words_are_one_line_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], complaint: str
) -> None:
    source = picture_folder(tmp_path / "pictures", count=2)
    asked = ["watch", source, "--run-dir", str(tmp_path / "run"), *options, *QUIET]
    assert cli.main(asked) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()
