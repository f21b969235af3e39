import json
import os
import shlex
import signal
from pathlib import Path

import pytest
from tests.support.findings import make_event
from tests.support.folders import picture_folder
from tests.support.runs import write_run
from tests.support.watched import write_watched_run

from stream_ae.cli import commands
from stream_ae.cli.parser import Parser
from stream_ae.cli.program import command_parser, quick_start_parser
from stream_ae.errors import SourceLostError

QUICK = {"progress": False, "threads": 1, "optimizer": "sgd", "tensorboard": False}


def leaves(parser: Parser) -> list[str]:
    below = [name for child in parser.commands().values() for name in leaves(child)]
    return below or [str(parser.get_default("command"))]


def test_every_command_of_the_parsers_does_something() -> None:
    known = leaves(command_parser()) + leaves(quick_start_parser())
    assert sorted(commands._COMMANDS) == sorted(known)


@pytest.mark.parametrize("name", ["my run", "it's", "a;b", "$HOME", "-a"])
def test_a_printed_command_can_be_pasted_into_a_shell(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    source = picture_folder(tmp_path / "pictures")
    assert commands.do("train", {"source": source, "run_dir": Path(name), **QUICK}) == 0
    printed = capsys.readouterr().out.partition("look at it with: ")[2]
    program, inspect, folder = shlex.split(printed)
    assert (Path(program).name, inspect, Path(folder)) == ("stream-ae", "inspect", Path(name))
    assert not folder.startswith("-")
    assert commands.do("inspect", {"run": Path(folder)}) == 0


def test_a_run_is_inspected_by_a_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(tmp_path, frames=3)
    assert commands.do("inspect", {"run": tmp_path, "json": True}) == 0
    assert json.loads(capsys.readouterr().out)["summary"]["frames"] == 3


@pytest.mark.parametrize(("encoding", "has"), [("utf-8", True), ("UTF8", True), ("ascii", False)])
def test_a_curve_is_in_braille_where_the_terminal_has_it(encoding: str, has: bool) -> None:
    assert commands._has_braille(encoding) == has


@pytest.mark.parametrize("name", ["train", "watch"])
def test_the_standard_output_is_json_and_nothing_else_where_that_was_asked_for(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = picture_folder(tmp_path / "pictures")
    options = {"run_dir": tmp_path / "run", "log_format": "json", **QUICK, "progress": True}
    assert commands.do(name, {"source": source, **options}) == 0
    said = capsys.readouterr()
    kinds = [json.loads(line).get("kind") for line in said.out.splitlines()]
    assert (kinds[0], kinds[-1]) == ("started", None)
    assert str(tmp_path / "run") in said.err


def test_a_signal_waits_for_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def write_report(directory: Path, **_: object) -> Path:
        os.kill(os.getpid(), signal.SIGINT)
        return directory / "report.html"

    monkeypatch.setattr(commands, "write_report", write_report)
    monkeypatch.chdir(tmp_path)
    source = picture_folder(tmp_path / "pictures")
    assert commands.do("demo", {"source": source, "run_dir": Path("a"), **QUICK}) == 0
    lines = capsys.readouterr()
    assert lines.out.startswith("report:      a/report.html\n")
    assert lines.err == "stream-ae: the report is nearly ready; once more to do without\n"


@pytest.mark.parametrize("has_seen", [True, False])
def test_what_was_seen_until_the_stream_broke_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    has_seen: bool,
) -> None:
    def train(_: object, *, directory: Path) -> None:
        if has_seen:
            write_watched_run(directory, [make_event(start=3)])
            (directory / "config.json").write_text('{"versions": {}, "private": true}')
        raise SourceLostError("the camera is gone")

    monkeypatch.setattr(commands, "train", train)
    with pytest.raises(SourceLostError):
        commands.do("watch", {"source": "rtsp://camera/live", "run_dir": tmp_path})
    report = tmp_path / "report.html"
    said = f"1 thing appeared, in 19.9 s\nreport: {report}\n"
    assert capsys.readouterr().out == (said if has_seen else "")
    assert report.exists() == has_seen
    assert not has_seen or "This run is private" in report.read_text()
