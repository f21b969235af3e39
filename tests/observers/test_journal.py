import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Unpack

import pytest
from tests.support.full_disk import full_disk
from tests.support.steps import Events, StepOptions, make_step

from stream_ae.frame import Event
from stream_ae.observers.journal import Journal
from stream_ae.storage.state_file import SavedState


def rows(directory: Path, name: str) -> list[SavedState]:
    return [json.loads(line) for line in (directory / name).read_text().splitlines()]


def write_journal(
    directory: Path,
    numbers: Iterable[int],
    *,
    resumed_at: int = 0,
    config: Mapping[str, object] | None = None,
    **options: Unpack[StepOptions],
) -> None:
    journal = Journal(directory, config=config or {}, resumed_at=resumed_at)
    for number in numbers:
        journal.on_step(make_step(number, **options))
    journal.close()


def test_metrics_are_written_for_each_window_of_50_frames(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run", config={})
    for number in range(1, 121):
        journal.on_step(make_step(number, mse=float(number)))
    assert [row["step"] for row in rows(tmp_path / "run", "metrics.jsonl")] == [50, 100]
    journal.close()
    written = rows(tmp_path / "run", "metrics.jsonl")
    assert [(row["step"], row["loss/mse"]) for row in written] == [
        (50, 25.5),
        (100, 75.5),
        (120, 110.5),
    ]
    tags = set(make_step().scalars()) | {"speed/fps", "speed/memory_mib"}
    assert set(written[0]) == {"step", "time"} | tags
    assert abs(written[0]["time"] - (tmp_path / "run" / "metrics.jsonl").stat().st_mtime) < 600


def test_the_configuration_is_kept(tmp_path: Path) -> None:
    config = {"source": "scene:street", "seed": 3, "run_dir": Path("runs/a"), "lr": None}
    write_journal(tmp_path, [1], config=config)
    assert json.loads((tmp_path / "config.json").read_text()) == {**config, "run_dir": "runs/a"}


def test_events_are_kept_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path, config={})
    journal.on_step(make_step(1))
    assert [row["kind"] for row in rows(tmp_path, "events.jsonl")] == ["started"]
    events: Events = [("source_lost", "camera gone"), ("reconnected", "nach 2 s — wieder da")]
    journal.on_step(make_step(2, events=events))
    journal.close()
    written = rows(tmp_path, "events.jsonl")
    assert [(row["step"], row["kind"]) for row in written] == [
        (0, "started"),
        (2, "source_lost"),
        (2, "reconnected"),
        (2, "finished"),
    ]
    assert written[2]["text"] == "nach 2 s — wieder da"
    assert all(set(row) == {"step", "time", "kind", "text"} for row in written)


def test_a_run_without_a_frame_writes_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run", config={})
    journal.on_event(Event("source_lost", "no answer"))
    journal.close()
    assert not (tmp_path / "run").exists()


def test_what_happened_before_the_first_frame_is_written_with_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path, config={})
    journal.on_event(Event("source_lost", "no answer"))
    journal.on_step(make_step(1))
    kinds = [(row["step"], row["kind"]) for row in rows(tmp_path, "events.jsonl")]
    assert kinds == [(0, "started"), (0, "source_lost")]
    journal.close()


def test_an_event_after_the_end_is_written_too(tmp_path: Path) -> None:
    journal = Journal(tmp_path, config={})
    journal.on_step(make_step(1))
    journal.close()
    journal.on_event(Event("cannot_write", "the disk is full"))
    kinds = [row["kind"] for row in rows(tmp_path, "events.jsonl")]
    assert kinds == ["started", "finished", "cannot_write"]


def test_an_event_that_finds_the_disk_full_is_written_later(tmp_path: Path) -> None:
    journal = Journal(tmp_path, config={})
    journal.on_step(make_step(1))
    with full_disk(), pytest.raises(OSError, match="File too large"):
        journal.on_event(Event("cannot_write", "the disk is full"))
    journal.on_step(make_step(2))
    kinds = [(row["step"], row["kind"]) for row in rows(tmp_path, "events.jsonl")]
    assert kinds == [(0, "started"), (1, "cannot_write")]
    journal.close()


def test_what_no_text_can_hold_is_written_all_the_same(tmp_path: Path) -> None:
    write_journal(tmp_path, [1], events=[("decode_error", "caf\udce9.png cannot be read")])
    assert rows(tmp_path, "events.jsonl")[1]["text"] == "caf\udce9.png cannot be read"


def test_a_resumed_run_removes_the_lines_after_its_checkpoint(tmp_path: Path) -> None:
    journal = Journal(tmp_path, config={"part": 1})
    for number in range(1, 171):
        journal.on_step(make_step(number, events=[("loop", "")] if number in (10, 160) else []))
    journal.close()
    write_journal(tmp_path, range(121, 221), resumed_at=120, config={"part": 2})
    assert [row["step"] for row in rows(tmp_path, "metrics.jsonl")] == [50, 100, 150, 200, 220]
    events = [(row["step"], row["kind"], row["text"]) for row in rows(tmp_path, "events.jsonl")]
    assert events == [
        (0, "started", "at frame 1"),
        (10, "loop", ""),
        (120, "resumed", "at frame 121"),
        (220, "finished", "after frame 220"),
    ]
    assert json.loads((tmp_path / "config.json").read_text()) == {"part": 2}


@pytest.mark.parametrize(
    "spoiled",
    [
        b'{"step": 40, "ti',
        b'{"step": 40, "time": 1.0}',
        b"\xff\xfe\n",
        b"[40]\n",
        b'{"a": 1}\n',
        b'{"step": NaN}\n',
        b"[" * 100_000 + b"\n",
    ],
)
def test_a_line_that_a_killed_process_tore_is_dropped(tmp_path: Path, spoiled: bytes) -> None:
    write_journal(tmp_path, range(1, 51))
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(path.read_bytes() + spoiled)
    write_journal(tmp_path, range(51, 101), resumed_at=50)
    assert [row["step"] for row in rows(tmp_path, "metrics.jsonl")] == [50, 100]


def test_what_is_not_finite_is_never_written(tmp_path: Path) -> None:
    write_journal(tmp_path, range(1, 51), mse=math.nan, detail=math.inf)
    (row,) = rows(tmp_path, "metrics.jsonl")
    assert "loss/mse" not in row
    assert "loss/gradient" in row
    assert "NaN" not in (tmp_path / "metrics.jsonl").read_text()


def test_a_full_disk_costs_single_lines(tmp_path: Path) -> None:
    journal = Journal(tmp_path, config={})
    for number in range(1, 51):
        journal.on_step(make_step(number))
    length = (tmp_path / "metrics.jsonl").stat().st_size
    with full_disk(at=length + 10):
        for number in range(51, 100):
            journal.on_step(make_step(number))
        with pytest.raises(OSError, match="File too large"):
            journal.on_step(make_step(100))
    for number in range(101, 151):
        journal.on_step(make_step(number))
    journal.close()
    assert [row["step"] for row in rows(tmp_path, "metrics.jsonl")] == [50, 150]


def test_a_folder_that_cannot_be_written_raises_and_is_tried_again(tmp_path: Path) -> None:
    directory = tmp_path / "run"
    directory.write_bytes(b"a file, no folder")
    journal = Journal(directory, config={"seed": 1})
    for number in (1, 2):
        with pytest.raises(OSError, match=r"(exists|directory)"):
            journal.on_step(make_step(number))
    directory.unlink()
    journal.on_step(make_step(3))
    journal.close()
    assert json.loads((directory / "config.json").read_text()) == {"seed": 1}
    assert [row["step"] for row in rows(directory, "metrics.jsonl")] == [3]
    assert [row["kind"] for row in rows(directory, "events.jsonl")] == ["started", "finished"]


def test_an_error_at_the_end_still_frees_the_files(tmp_path: Path) -> None:
    journal = Journal(tmp_path, config={})
    journal.on_step(make_step(1))
    with full_disk(at=0), pytest.raises(OSError, match="File too large"):
        journal.close()
    assert rows(tmp_path, "metrics.jsonl") == []
    assert [row["kind"] for row in rows(tmp_path, "events.jsonl")] == ["started"]


def test_what_happens_between_two_steps_is_written_when_it_happens(tmp_path: Path) -> None:
    journal = Journal(tmp_path, config={})
    journal.on_step(make_step(1))
    journal.on_event(Event("source_lost", "no answer in time"))
    line = rows(tmp_path, "events.jsonl")[-1]
    assert (line["step"], line["kind"], line["text"]) == (1, "source_lost", "no answer in time")
    journal.close()


def test_every_line_is_echoed_once_and_in_order(tmp_path: Path) -> None:
    echoed: list[bytes] = []
    journal = Journal(tmp_path, config={}, echo=echoed.append)
    journal.add({"step": 1, "time": 0.0, "kind": "cut", "text": "a cut"})
    for number in range(1, 52):
        journal.on_step(make_step(number, events=[("dropped", "2")] if number == 50 else ()))
    journal.close()
    rows = [json.loads(line) for line in echoed]
    assert [(row["step"], row.get("kind")) for row in rows] == [
        (0, "started"),
        (1, "cut"),
        (50, "dropped"),
        (50, None),
        (51, "finished"),
        (51, None),
    ]
    written = (tmp_path / "metrics.jsonl").read_bytes() + (tmp_path / "events.jsonl").read_bytes()
    assert sorted(echoed) == sorted(written.splitlines(keepends=True))


def test_what_the_disk_does_not_take_is_echoed_all_the_same(tmp_path: Path) -> None:
    echoed: list[bytes] = []
    journal = Journal(tmp_path / "run", config={}, echo=echoed.append)
    with full_disk():
        for number in (1, 2):
            with pytest.raises(OSError):  # noqa: PT011 - whichever call fails first
                journal.on_step(make_step(number, events=[("dropped", "2")]))
    assert [json.loads(line)["kind"] for line in echoed] == ["started", "dropped", "dropped"]
