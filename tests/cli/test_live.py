import json
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.folders import picture_folder

from stream_ae.cli import live
from stream_ae.cli import program as cli
from stream_ae.errors import ConfigError
from stream_ae.runs.config import TrainConfig
from stream_ae.runs.live_config import LiveConfig

QUICK = ["--no-progress", "--threads", "1", "--optimizer", "sgd", "--size", "small"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    return str(picture_folder(tmp_path / "pictures"))


@pytest.mark.slow
def test_the_page_stays_when_a_recorded_stream_has_ended(
    folder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out: list[str] = []
    pages: list[bytes] = []

    def look(goes_on: Callable[[], bool]) -> None:
        assert goes_on()
        out.extend(capsys.readouterr().out.splitlines())
        with urllib.request.urlopen(out[1].split()[3], timeout=30) as answer:
            pages.append(answer.read())

    monkeypatch.setattr(live, "wait_for_end", look)
    assert cli.main(["live", folder, "--run-dir", "a", "--port", "0", *QUICK]) == 0
    assert out[0].startswith("TensorBoard: http://127.0.0.1:")
    assert out[1].startswith("watch it at http://127.0.0.1:")
    assert out[1].endswith("/ (Ctrl-C ends it)")
    assert out[-1] == "the stream has ended; the page stays until Ctrl-C"
    assert b"app.js" in pages[0]
    assert "report: a/report.html" in capsys.readouterr().out
    assert json.loads(Path("a/summary.json").read_text())["frames"] == 4


@pytest.mark.slow
def test_it_ends_with_the_frames_that_were_asked_for(
    folder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(live, "wait_for_end", pytest.fail)
    words = ["watch", folder, "--live", "--frames", "3", "--run-dir", "a", "--port", "0"]
    assert cli.main([*words, "--controls", "--no-tensorboard", *QUICK]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert "/?token=" in first
    written = Path("a/config.json").read_text()
    assert first.partition("token=")[2].split()[0] not in written


@pytest.mark.slow
def test_a_demo_has_tensorboard_beside_it_as_long_as_it_learns(
    folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["demo", folder, "--run-dir", "a", *QUICK]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("TensorBoard: http://127.0.0.1:")
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(out[0].split()[1], timeout=5)
    assert out[-1].startswith("tensorboard: ")


def test_a_run_without_tensorboard_starts_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with live.board_beside(TrainConfig(source="scene:street", tensorboard=False), tmp_path) as url:
        assert url is None
    assert capsys.readouterr().out == ""


def test_the_browser_is_opened_where_asked(
    folder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    words = ["live", folder, "--frames", "1", "--run-dir", "a", "--port", "0", "--open"]
    assert cli.main([*words, "--no-tensorboard", *QUICK]) == 0
    assert opened == [capsys.readouterr().out.split()[3]]


def test_a_port_that_is_taken_is_said_before_anything_is_written(
    folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        words = ["live", folder, "--run-dir", "a", "--port", port, "--no-tensorboard", *QUICK]
        assert cli.main(words) == 2
    assert "the live page needs a free port of this machine" in capsys.readouterr().err
    assert not Path("a").exists()


@pytest.mark.parametrize(("log_format", "where"), [("text", "out"), ("json", "err")])
def test_a_person_is_told_where_no_program_reads(
    log_format: str, where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = TrainConfig(source="scene:street", log_format=log_format)  # type: ignore[arg-type]
    live.say(config, "a word")
    assert getattr(capsys.readouterr(), where) == "a word\n"


def test_a_page_for_all_needs_a_token() -> None:
    with pytest.raises(ConfigError, match="token"):
        LiveConfig(host="0.0.0.0")
