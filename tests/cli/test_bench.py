import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.folders import picture_folder

from stream_ae.bench.compare import Comparison, Outcome, Verdict
from stream_ae.bench.protocol import Measurement, Protocol, Settings
from stream_ae.bench.protocols import PARTS
from stream_ae.bench.protocols import foreground as foreground_protocol
from stream_ae.bench.protocols import novelty as novelty_protocol
from stream_ae.bench.protocols import optimizers as optimizers_protocol
from stream_ae.bench.results import read_rows
from stream_ae.bench.rows import Row, text
from stream_ae.bench.table import Column
from stream_ae.cli import bench as bench_command
from stream_ae.cli import program as cli

SMALL = ["--frames", "3", "--repeats", "1"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    return Path(picture_folder(tmp_path / "pictures")).name


def rows_of(path: str) -> list[Row]:
    return read_rows(Path(path).read_text())


def row(optimizer: str) -> Measurement:
    """A row that needs no run."""
    yield []
    return {"source": "a", "optimizer": optimizer}


def protocol(name: str, plan: Callable[[Settings], Iterator[Measurement]]) -> Protocol:
    """A part of the benchmark that is not there."""
    usual = Settings(("bounded",), sources=("scene:street",))
    columns = (Column(f"head of {name}", lambda row: text(row, "optimizer")),)
    return Protocol(name, "A test.", columns, usual, plan)


def test_in_stream_is_a_table_a_file_and_a_picture(
    folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["bench", "learning", folder, "--optimizers", "sgd:0.1,copy", *SMALL]
    assert cli.main(words) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.startswith("source ")
    assert [line.split()[:2] for line in lines] == [["pictures", "sgd:0.1"], ["pictures", "copy"]]
    written = json.loads(Path("benchmarks/results/learning-in-stream.json").read_text())
    assert [written[key] for key in ("part", "objective", "jobs")] == ["in-stream", "full", 1]
    assert [row["optimizer"] for row in written["rows"]] == ["sgd:0.1", "copy"]
    picture = Path("benchmarks/results/learning-in-stream.png")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_another_objective_has_files_of_its_own(folder: str) -> None:
    words = ["--objective", "mse", "--optimizers", "sgd:0.1", "--out", "here", *SMALL]
    assert cli.main(["bench", "learning", folder, *words]) == 0
    assert sorted(path.name for path in Path("here").iterdir()) == [
        "learning-in-stream-mse.json",
        "learning-in-stream-mse.png",
    ]
    assert rows_of("here/learning-in-stream-mse.json")[0]["frames"] == 3


def test_another_network_has_files_of_its_own(folder: str) -> None:
    Path("my_nets.py").write_text(
        "from torch import nn\nclass Tiny(nn.Conv2d):\n"
        "    def __init__(self):\n        super().__init__(3, 3, 1)\n"
    )
    words = ["--model", "my_nets:Tiny", "--optimizers", "sgd:0.1", "--out", "here", *SMALL]
    assert cli.main(["bench", "learning", folder, *words]) == 0
    written = json.loads(Path("here/learning-in-stream-Tiny.json").read_text())
    assert written["model"] == written["rows"][0]["model"] == "my_nets:Tiny"


def test_what_is_no_network_is_refused_before_anything_is_measured(
    folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["bench", "learning", folder, "--model", "math:pi", *SMALL]) == 2
    assert "the network must be package.module:factory" in capsys.readouterr().err
    assert not Path("benchmarks").exists()


def test_every_part_is_given_what_was_asked_for_and_writes_its_file(
    folder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def plan(settings: Settings) -> Iterator[Measurement]:
        asked.append(settings)
        yield row("sgd")

    for name in PARTS:
        monkeypatch.setitem(PARTS, name, protocol(name, plan))
        assert cli.main(["bench", "learning", "--part", name, "--out", "x"]) == 0
        head, only = capsys.readouterr().out.splitlines()
        assert head.endswith(f"  head of {name}")
        assert only.split() == ["a", "sgd", "sgd"]
        assert len(rows_of(f"x/learning-{name}.json")) == 1
        assert asked.pop() == PARTS[name].defaults, "a default lives in the protocol"
    words = "--optimizers sgd,adam:0.1 --frames 5 --seeds 2 --objective mse --jobs 3"
    assert cli.main(["bench", "learning", folder, "--part", "long", *words.split()]) == 0
    assert asked == [
        Settings(
            ("sgd", "adam:0.1"),
            sources=[folder],
            frames=5,
            repeats=2,
            objective="mse",
            jobs=3,
        )
    ]


@pytest.mark.usefixtures("folder")
def test_ctrl_c_ends_it_with_what_was_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken_off() -> Measurement:
        def ended() -> Row:
            os.kill(os.getpid(), signal.SIGTERM)
            return {}

        yield [ended]
        return {}

    def plan(_: Settings) -> Iterator[Measurement]:
        yield from (row("sgd"), broken_off())

    handler = signal.getsignal(signal.SIGTERM)
    monkeypatch.setitem(PARTS, "long", protocol("long", plan))
    assert cli.main(["bench", "learning", "--part", "long", "--out", "x"]) == 0
    said = capsys.readouterr()
    _, only = said.out.splitlines()
    assert only.split() == ["a", "sgd", "sgd"]
    assert said.err == (
        "stream-ae: broken off; what was measured (1 rows) is in x/learning-long.json\n"
    )
    assert rows_of("x/learning-long.json") == [{"source": "a", "optimizer": "sgd"}]
    assert signal.getsignal(signal.SIGTERM) is handler


@pytest.mark.slow
def test_ctrl_c_on_a_terminal_ends_all_processes_quietly(folder: str) -> None:
    words = [folder, "--optimizers", "copy,sgd:0.1", "--frames", "300", "--jobs", "2"]
    with subprocess.Popen(
        [sys.executable, "-m", "stream_ae", "bench", "learning", *words, "--out", "x"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("source ")
        assert process.stdout.readline().split()[:2] == ["pictures", "copy"]
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert said.startswith("stream-ae: broken off; what was measured (1 rows)")
    assert len(said.splitlines()) == 1
    assert [row["optimizer"] for row in rows_of("x/learning-in-stream.json")] == ["copy"]


@pytest.mark.slow
def test_speed_has_its_own_table(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--frames", "2", "--repeats", "1", "--threads", "1"]
    assert cli.main(["bench", "speed", folder, *options]) == 0
    assert "frames/s" in capsys.readouterr().out
    (row,) = rows_of("benchmarks/results/speed.json")
    assert (row["frames"], row["threads"]) == (2, 1)


@pytest.mark.parametrize(("outcome", "code"), [("same", 0), ("better", 0), ("worse", 1)])
def test_compare_says_by_its_exit_code_whether_anything_is_worse(
    outcome: Outcome, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = Verdict("x", "a", "sgd", "mse", 0.2, 0.1, outcome)
    asked = []

    def compare(base: str, folder: Path) -> Comparison:
        asked.append((base, folder))
        return Comparison([verdict], 0, 0)

    monkeypatch.setattr(bench_command, "compare", compare)
    assert cli.main(["bench", "compare", "--base", "0123abc"]) == code
    assert asked == [("0123abc", Path("benchmarks/results"))]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(outcome)
    assert f"1 {outcome}" in lines[1]


def test_optimizers_are_a_table_and_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def bench(*, streams: list[str], repeats: int) -> Iterator[Row]:
        yield {"source": streams[0], "method": "adam", "mean": 0.5, "end": None, "lr": repeats}

    monkeypatch.setattr(optimizers_protocol, "bench_optimizers", bench)
    out = tmp_path / "out"
    assert cli.main(["bench", "optimizers", "blob", "--repeats", "2", "--out", str(out)]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["source", "method", "mean", "end", "lr"]
    assert row.split() == ["blob", "adam", "0.5000", "–", "2.0000"]
    assert rows_of(str(out / "optimizers.json"))[0]["mean"] == 0.5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "",
            "a command is needed after stream-ae bench: learning, speed, foreground, novelty,"
            " optimizers, fleet, outages, compare or results",
        ),
        ("learn", "invalid choice: 'learn'; did you mean learning?"),
        ("learning nowhere.mp4", "no such file"),
        ("learning --part in-streem", "invalid choice: 'in-streem'"),
        ("learning pictures --optimizers sgd,,adam", "names with commas between them"),
        ("learning pictures --optimizers adma", "did you mean adam"),
        ("learning pictures --jobs 0", "1 or more, got '0'"),
        ("learning pictures --objective ssim", "invalid choice: 'ssim'"),
        ("learning pictures --job 2", "did you mean --jobs?"),
        ("learning pictures --part forgetting", "2 streams or more, got 1"),
        ("learning rtsp://camera/a", "is live"),
        ("speed pictures --optimizers sgd", "unknown argument '--optimizers'"),
        ("compare", "required: --base"),
        ("compare --base HEAD", "there is no folder 'benchmarks/results'"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_bad_input_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], words: str, said: str
) -> None:
    assert cli.main(["bench", *words.split()]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("stream-ae: ")
    assert said in line
    assert not Path("benchmarks").exists()


def test_a_folder_that_cannot_be_written_is_one_line(
    folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("file").touch()
    words = ["--optimizers", "copy", "--out", "file/x", *SMALL]
    assert cli.main(["bench", "learning", folder, *words]) == 2
    assert "cannot write 'file/x/learning-in-stream.json'" in capsys.readouterr().err


def test_foreground_and_novelty_are_tables_and_files(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked: list[object] = []

    def of_foreground(folders: list[str], **options: object) -> Iterator[Row]:
        asked.append((folders, options))
        yield {"source": "cars", "method": "knn", "f": 0.5, "ms": 2.0}

    def of_novelty(folder: str, *, pictures: Path) -> Iterator[Row]:
        asked.append((folder, pictures))
        yield {"source": "walk", "method": "with latents", "auc": 0.25, "ms": 2.0}

    monkeypatch.setattr(foreground_protocol, "bench_foreground", of_foreground)
    monkeypatch.setattr(novelty_protocol, "bench_novelty", of_novelty)
    out = tmp_path / "out"
    words = ["a", "b", "--methods", "knn,cnt", "--frames", "9", "--out", str(out)]
    assert cli.main(["bench", "foreground", *words]) == 0
    assert cli.main(["bench", "novelty", "c", "--out", str(out)]) == 0
    assert asked == [
        (["a", "b"], {"methods": ["knn", "cnt"], "frames": 9, "pictures": out}),
        ("c", out),
    ]
    head, row, second_head, second = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["source", "method", "F"]
    assert second_head.split()[:3] == ["source", "method", "AUC"]
    assert row.split()[:3] == ["cars", "knn", "0.500"]
    assert second.split()[:4] == ["walk", "with", "latents", "0.250"]
    assert rows_of(str(out / "foreground.json"))[0]["f"] == 0.5
    assert rows_of(str(out / "novelty.json"))[0]["auc"] == 0.25
