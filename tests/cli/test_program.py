import json
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tests.support.full_disk import full_disk

from stream_ae.cli import commands
from stream_ae.cli import program as cli
from stream_ae.errors import SourceLostError
from stream_ae.frame import Frame
from stream_ae.runs.config import DEMO_FRAMES
from stream_ae.sources.base import Source

LONG = "long" * 100
QUICK = ["--no-progress", "--threads", "1", "--optimizer", "sgd"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("pictures").mkdir()
    for index in range(4):
        rgb = np.full((24, 24, 3), 50 * index, np.uint8)
        Image.fromarray(rgb).save(f"pictures/{index}.png")
    return "pictures"


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr."""
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_train_makes_a_run_and_says_where(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", folder, "--frames", "3", "--run-dir", "a", *QUICK]) == 0
    assert capsys.readouterr().out.startswith("learned into a;")
    assert json.loads(Path("a/summary.json").read_text())["frames"] == 3


def test_another_pipe_that_breaks_is_not_taken_for_our_output(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(commands, "train", broken)
    with pytest.raises(BrokenPipeError):
        cli.main(["train", folder, "--run-dir", "a", *QUICK])


@pytest.mark.slow
def test_demo_ends_with_a_report(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo", folder, "--run-dir", "a", *QUICK]) == 0
    assert "a/report.html" in capsys.readouterr().out
    report = Path("a/report.html").read_text()
    assert "data:image/jpeg;base64," in report
    assert json.loads(Path("a/config.json").read_text())["frames"] == DEMO_FRAMES


@pytest.mark.slow
def test_a_private_demo_has_no_picture_in_its_report(folder: str) -> None:
    assert cli.main(["demo", folder, "--run-dir", "a", "--private", *QUICK]) == 0
    assert "data:image/jpeg" not in Path("a/report.html").read_text()
    assert cli.main(["demo", folder, "--run-dir", "a", "--resume", "--frames", "9", *QUICK]) == 0
    assert "data:image/jpeg" not in Path("a/report.html").read_text()


def test_help_lists_the_commands_with_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert "the optimizer 'bounded'" in text
    lines = [line.split(maxsplit=1) for line in text.splitlines()]
    commands = [line[0] for line in lines[lines.index(["COMMAND"]) + 1 :] if len(line) == 2]
    assert commands[:7] == ["train", "demo", "live", "watch", "bench", "fleet", "inspect"]
    assert ["train", "learn a stream, one pass, frame by frame"] in lines


def test_without_a_command_help_is_shown_and_one_line_says_what_is_needed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main([]) == 2
    out, err = capsys.readouterr()
    assert err == (
        "stream-ae: a command is needed after stream-ae:"
        " train, demo, live, watch, bench, fleet or inspect\n"
    )
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    assert out == capsys.readouterr().out


def test_the_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"{version('stream-ae')}\n"


def test_quick_start_in_mode_2_is_live(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--mode", "2", "--source", folder, "--no-tensorboard", "--frames", "1", *QUICK]
    assert cli.quick_start(arguments) == 0
    assert "watch it at http://127.0.0.1:8765/" in capsys.readouterr().out


def test_inspect_describes_a_run(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["train", folder, "--run-dir", "a", *QUICK])
    capsys.readouterr()
    assert cli.main(["inspect", "a"]) == 0
    out = capsys.readouterr().out
    assert "step-000000004.pt" in out
    assert len(out.splitlines()) <= 40


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("train nowhere.mp4", "unknown source 'nowhere.mp4': no such file"),
        ("train", "required: SOURCE, or --resume --run-dir DIR"),
        ("train --resume", "required: SOURCE, or --resume --run-dir DIR"),
        (
            "train --resume --run-dir none",
            "none holds no checkpoint of a known stream; name SOURCE",
        ),
        ("train pictures --resume", "no run of 'pictures' to resume in runs/"),
        ("train pictures --source-moved", "got a new one; add --resume --run-dir DIR"),
        ("train pictures --resume --source-moved", "got 0 in runs/; name one with --run-dir"),
        ("train pictures --run-dir pictures/0.png", "pictures/0.png is no folder"),
        ("trian pictures", "invalid choice: 'trian'; did you mean train?"),
        ("train pictures --frmes 3", "did you mean --frames?"),
        ("train pictures --optimizer adma", "did you mean"),
        ("train pictures --lr -1", "above 0, got '-1'"),
        ("train pictures --config none.toml", "none.toml"),
        ("train pictures --device cuda --run-dir b", "cuda"),
        ("train scene:nowhere", "nowhere"),
        ("inspect nowhere", "nowhere"),
        (f"inspect {LONG}", "no such folder"),
        (f"train pictures --run-dir {LONG}", "File name too long"),
        (f"train pictures --resume --run-dir {LONG}", "File name too long"),
        (f"train --resume --run-dir {LONG}", "holds no checkpoint of a known stream"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_bad_input_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: str, said: str
) -> None:
    if "cuda" in arguments and torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    assert cli.main(arguments.split()) == 2
    line = complaint(capsys)
    assert line.startswith("stream-ae: ")
    assert said in line
    assert not Path("runs").exists()


def test_a_run_is_never_written_over(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["train", folder, "--run-dir", "a", "--frames", "2", *QUICK])
    before = Path("a/summary.json").read_bytes()
    capsys.readouterr()
    assert cli.main(["train", folder, "--run-dir", "a", *QUICK]) == 2
    assert "already holds a run" in complaint(capsys)
    assert Path("a/summary.json").read_bytes() == before


def test_a_run_is_resumed_by_its_folder_alone_and_by_any_name_of_its_stream(
    folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["train", folder, "--run-dir", "a", "--frames", "1", *QUICK]) == 0
    resume = ["--resume", "--run-dir", "a", *QUICK]
    assert cli.main(["train", "--frames", "2", *resume]) == 0
    assert cli.main(["train", "./pictures/", "--frames", "3", *resume]) == 0
    assert json.loads(Path("a/summary.json").read_text())["frames"] == 3
    moved = Path(folder).rename("moved")
    capsys.readouterr()
    assert cli.main(["train", str(moved), *resume]) == 2
    assert "add --source-moved (with --run-dir)" in complaint(capsys)
    assert cli.main(["train", str(moved), "--source-moved", *resume]) == 0
    assert json.loads(Path("a/summary.json").read_text())["frames"] == 4
    assert json.loads(Path("a/config.json").read_text())["source"] == str(moved.resolve())


def test_demo_and_live_go_on_with_the_stream_of_their_run(folder: str) -> None:
    assert cli.main(["train", folder, "--run-dir", "a", "--frames", "1", *QUICK]) == 0
    assert cli.main(["demo", "--resume", "--run-dir", "a", "--frames", "2", *QUICK]) == 0
    assert json.loads(Path("a/summary.json").read_text())["source"].endswith("/pictures")


def test_what_could_not_be_saved_is_exit_code_4(
    folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with full_disk(at=20_000):
        assert cli.main(["train", folder, "--run-dir", "a", *QUICK]) == 4
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith(
        "stream-ae: what was learned of frames 1 to 4 is lost: cannot write a/checkpoints/"
    )
    assert "no step was saved" in last


def test_a_run_that_learned_nothing_says_so(
    folder: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_frames(*_: object, **__: object) -> Iterator[Frame]:
        yield from ()

    monkeypatch.setattr(Source, "frames", no_frames)
    for command in ("train", "demo"):
        assert cli.main([command, folder, *QUICK]) == 130
        assert complaint(capsys).startswith(
            "stream-ae: interrupted before the first frame; nothing"
        )
    assert not Path("runs").exists()


def test_a_stream_that_breaks_is_exit_code_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_: object, **__: object) -> None:
        raise SourceLostError("the camera is gone; is it on?")

    monkeypatch.setattr(commands, "train", lose)
    assert cli.main(["train", "webcam:0", "--run-dir", "nowhere"]) == 3
    assert complaint(capsys) == "stream-ae: the camera is gone; is it on?"


def test_quick_start_takes_mode_and_source(folder: str) -> None:
    arguments = ["--mode", "1", "--source", folder, "--frames", "2", "--run-dir", "a", *QUICK]
    assert cli.quick_start(arguments) == 0
    assert Path("a/report.html").exists()
    assert json.loads(Path("a/summary.json").read_text())["frames"] == 2


@pytest.mark.slow
def test_quick_start_asks_on_a_terminal(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["1", folder])
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys, "argv", ["quick_start.py"])
    assert cli.quick_start() == 0
    (report,) = Path("runs").glob("*-pictures/report.html")
    assert report.stat().st_size > 0


@pytest.mark.parametrize("answers", [[], ["1"]])
def test_an_input_that_ends_is_no_answer(
    answers: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(_: str) -> str:
        if not answers:
            raise EOFError
        return answers.pop()

    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    assert cli.quick_start([]) == 2
    assert "an answer was expected, got the end of the input" in complaint(capsys)


def test_an_answer_may_be_interrupted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(_: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    assert cli.quick_start([]) == 130
    assert complaint(capsys) == "stream-ae: interrupted"


def test_quick_start_refuses_another_mode(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.quick_start(["--mode", "3"]) == 2
    assert "invalid choice: '3'" in complaint(capsys)
