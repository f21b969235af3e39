import json
import os
from pathlib import Path

import pytest
from tests.support.findings import make_event
from tests.support.runs import CONFIG, write_run
from tests.support.watched import write_watched_run

from stream_ae.errors import CheckpointError
from stream_ae.runs.folder import read_events, read_run

FILES = ["config.json", "summary.json", "metrics.jsonl", "events.jsonl"]


def test_gives_back_what_the_run_wrote(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path, frames=60, mse=0.125, events=[("loop", "once more")]))
    assert run.config == CONFIG
    assert run.summary["frames"] == 60
    assert run.summary["mse"] == 0.125
    assert [row["step"] for row in run.metrics] == [50, 60]
    assert [row["kind"] for row in run.events] == ["started", *["loop"] * 60, "finished"]


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    write_run(tmp_path, frames=1)
    (tmp_path / name).unlink()
    with pytest.raises(CheckpointError, match=rf"{name} is missing; .* --run-dir"):
        read_run(tmp_path)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{not json\n", r"JSON was expected, got '\{not json"),
        (b"[1, 2]\n", r"a JSON object was expected, got '\[1, 2\]"),
        (b"\xff\xfe\n", "cannot be read as text"),
        (b"[" * 100_000 + b"\n", "JSON was expected"),
        (b'{"a":' * 20 + b"1" + b"}" * 20 + b"\n", "a JSON object was expected"),
        (b'{"step": 1' + b"0" * 5000 + b"}\n", "JSON was expected"),
        (b"{}\n", "should have the entry"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    write_run(tmp_path, frames=1)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CheckpointError, match=rf"{name}.*{message}"):
        read_run(tmp_path)


def test_a_damaged_line_is_counted_from_one(tmp_path: Path) -> None:
    write_run(tmp_path, frames=100)
    path = tmp_path / "metrics.jsonl"
    first, second = path.read_text().splitlines()
    path.write_text(f"{first}\n{second[:20]}\n")
    with pytest.raises(CheckpointError, match=r"metrics\.jsonl, line 2: JSON was expected"):
        read_run(tmp_path)


def test_a_line_that_is_still_being_written_is_left_out(tmp_path: Path) -> None:
    write_run(tmp_path, frames=100)
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 150, "ti')
    assert [row["step"] for row in read_run(tmp_path).metrics] == [50, 100]


def test_a_summary_of_another_version_is_refused(tmp_path: Path) -> None:
    write_run(tmp_path, frames=1)
    path = tmp_path / "summary.json"
    summary = json.loads(path.read_text())
    del summary["seconds_by_part"]
    path.write_text(json.dumps(summary))
    with pytest.raises(CheckpointError, match=r"'seconds_by_part', got .* another version"):
        read_run(tmp_path)


def test_no_folder_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"got '.*/nowhere': no such folder"):
        read_run(tmp_path / "nowhere")


METRIC = '{{"step": {}, "time": {}, "loss/mse": {}}}'
EVENT = '{{"step": {}, "time": {}, "kind": {}, "text": {}}}'


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("metrics.jsonl", METRIC.format("NaN", 1, 1), "a whole number in 'step', got nan"),
        ("metrics.jsonl", METRIC.format(-1, 1, 1), "a whole number in 'step', got -1"),
        ("metrics.jsonl", METRIC.format(2**70, 1, 1), "a whole number in 'step', got 118"),
        ("metrics.jsonl", METRIC.format("true", 1, 1), "a whole number in 'step', got True"),
        ("metrics.jsonl", METRIC.format(1, "1e999", 1), "a number in 'time', got inf"),
        ("metrics.jsonl", METRIC.format(1, 1, "NaN"), "a number in 'loss/mse', got nan"),
        ("metrics.jsonl", METRIC.format(1, 1, '"low"'), "a number in 'loss/mse', got 'low'"),
        ("metrics.jsonl", METRIC.format(1, 1, "[1]"), r"a number in 'loss/mse', got \[1\]"),
        ("metrics.jsonl", '{"step": 1}', "the entry 'time'"),
        ("events.jsonl", EVENT.format(1, 1, "[]", '""'), r"text in 'kind', got \[\]"),
        ("events.jsonl", EVENT.format(1, 1, '"loop"', "null"), "text in 'text', got None"),
        ("events.jsonl", '{"step": 1, "time": 1, "kind": "loop"}', "the entry 'text'"),
        ("events.jsonl", '"loop"', "a JSON object was expected"),
    ],
)
def test_a_line_of_another_kind_is_named(
    tmp_path: Path, name: str, line: str, message: str
) -> None:
    write_run(tmp_path, frames=50)
    path = tmp_path / name
    number = len(path.read_text().splitlines()) + 1
    with path.open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(CheckpointError, match=rf"{name}, line {number}:? .*{message}") as error:
        read_run(tmp_path)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("name", FILES)
def test_a_folder_in_the_place_of_a_file_is_named(tmp_path: Path, name: str) -> None:
    write_run(tmp_path, frames=1)
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    with pytest.raises(CheckpointError, match=rf"{name} cannot be read: Is a directory"):
        read_run(tmp_path)


@pytest.mark.parametrize("name", FILES)
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path: Path, name: str) -> None:
    write_run(tmp_path, frames=1)
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)
    with pytest.raises(CheckpointError, match=rf"{name} cannot be read: it is no file but a pipe"):
        read_run(tmp_path)


def test_the_events_of_a_watched_run_are_read_line_by_line(tmp_path: Path) -> None:
    write_watched_run(tmp_path, [make_event(start=3, zone="door")], frames=5, pictures=False)
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'{"step": 4, "time": 1, "kind": "loop", "text": "again"}\n{"step": 5')
    seen, loop = read_events(tmp_path)
    assert (seen["kind"], seen["start"], seen["zone"]) == ("appeared", 3, "door")
    assert loop["kind"] == "loop"


@pytest.mark.parametrize(
    ("entry", "value"),
    [("box", [0.1, 0.2, 0.3]), ("end", -1), ("track", "one"), ("zone", 3), ("score", None)],
)
def test_an_event_that_was_edited_is_named(tmp_path: Path, entry: str, value: object) -> None:
    write_watched_run(tmp_path, [make_event(start=3)], frames=5, pictures=False)
    path = tmp_path / "events.jsonl"
    path.write_text(json.dumps({**json.loads(path.read_text()), entry: value}) + "\n")
    with pytest.raises(CheckpointError, match=rf"events\.jsonl, line 1 should have .*'{entry}'"):
        list(read_events(tmp_path))


def test_events_are_not_read_from_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "events.jsonl")
    with pytest.raises(CheckpointError, match=r"events\.jsonl cannot be read: it is no file"):
        list(read_events(tmp_path))
