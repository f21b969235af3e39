import json
import os
import re
import time
from pathlib import Path

import pytest
from tests.support.findings import make_event
from tests.support.runs import FACTS, write_run
from tests.support.steps import Events
from tests.support.watched import write_watched_run

from stream_ae.errors import CheckpointError
from stream_ae.reports.text import describe
from stream_ae.storage.state_file import write_state


def _row(text: str, name: str) -> str:
    rows: list[str] = re.findall(rf"^  {name}  +(.*)$", text, flags=re.MULTILINE)
    assert len(rows) == 1
    return rows[0]


def test_says_what_the_run_was_and_how_well_it_learned(tmp_path: Path) -> None:
    text = describe(write_run(tmp_path, frames=120, mse=0.25, copy=0.02, changed=256))
    assert text.splitlines()[0] == str(tmp_path)
    assert _row(text, "source") == "scene:street"
    assert _row(text, "network") == "54,321 parameters"
    assert _row(text, "optimizer") == "adam, lr 0.003"
    assert _row(text, "machine") == "cpu, 2 threads, seed 7"
    assert _row(text, "settings") == "fit stretch"
    assert _row(text, "written by") == "torch 2.13.0"
    assert _row(text, "whole run").split() == ["0.250", "0.500", "0.125", "0.750", "0.288"]
    assert _row(text, "last 50 frames") == _row(text, "whole run")
    assert _row(text, "copy of last frame") == "0.0200"
    assert _row(text, "change") == "25 % of the pixels"


def test_says_how_the_run_went(tmp_path: Path) -> None:
    events: Events = [("decode_error", "packet 7")]
    write_run(tmp_path, frames=60, dropped=2, part_seconds=0.002, events=events)
    text = describe(tmp_path)
    assert _row(text, "frames") == "60: 60 learned, 0 gated; 120 dropped"
    assert _row(text, "speed") == "55.6 frames a second, 1.1 s in all"
    assert _row(text, "ms a frame").split(", ")[0] == "read 2.00"
    assert _row(text, "events") == "1 started, 60 decode error, 1 finished"
    assert re.fullmatch(r"[\d,.]+ MiB at most", _row(text, "memory"))
    assert re.fullmatch(r"[\d.]+ KiB in 5 files", _row(text, "on disk"))


def test_the_slowest_parts_are_named_with_that_of_an_own_observer(tmp_path: Path) -> None:
    seconds = {"forward": 0.002, "export": 0.005, "loss": 0.001, "read": 0.003, "log": 0.0005}
    text = describe(write_run(tmp_path, frames=10, seconds=seconds))
    assert _row(text, "ms a frame") == "export 5.00, read 3.00, forward 2.00, loss 1.00"


def test_says_what_was_seen_in_a_run_that_watched(tmp_path: Path) -> None:
    write_run(tmp_path, frames=120)
    assert not re.search("^  novelty", describe(tmp_path), flags=re.MULTILINE)
    events = [make_event("appeared", start=11, end=15), make_event("left", start=11, end=61)]
    write_watched_run(tmp_path, [*events, make_event("cut", start=9, track=None)], frames=120)
    text = describe(tmp_path)
    assert _row(text, "seen") == "1 appeared, 1 cut"
    assert _row(text, "novelty") == "0.50 last, at most 0.500 by frame 1 (usual)"
    assert _row(text, "foreground") == "5.0 % of the pixels last"
    assert _row(text, "events") == "–"
    assert len(text.splitlines()) <= 30


def test_damaged_curves_of_a_run_that_watched_are_named(tmp_path: Path) -> None:
    (write_run(tmp_path, frames=3) / "findings.json").write_text('{"every": 1, "points": []}')
    with pytest.raises(CheckpointError, match=r"findings\.json should hold the curves"):
        describe(tmp_path)


@pytest.mark.parametrize("watched", [False, True])
def test_fits_on_one_screen(tmp_path: Path, watched: bool) -> None:
    write_run(tmp_path, frames=120)
    if watched:
        write_watched_run(tmp_path, frames=120)
    newest = tmp_path / "checkpoints" / "step-000000120.pt"
    for step in (118, 119):
        newest.with_name(f"step-000000{step}.pt").write_bytes(newest.read_bytes())
    lines = describe(tmp_path).splitlines()
    assert len(lines) <= 30
    assert max(len(line) for line in lines[1:]) <= 100


def test_the_error_is_drawn_from_its_first_to_its_last_window(tmp_path: Path) -> None:
    write_run(tmp_path, frames=150)
    falling = [{"step": 50 * n, "time": 0.0, "loss/mse": 10.0**-n} for n in (1, 2, 3)]
    lines = "".join(json.dumps(row) + "\n" for row in falling)
    (tmp_path / "metrics.jsonl").write_text(lines)
    *_, top, _, _, bottom, axis = describe(tmp_path, plain=True).splitlines()
    assert re.fullmatch(r" +mse 0\.100  '+:?\.+", top)
    assert re.fullmatch(r" +0\.00100 {30,}'+:?\.+", bottom)
    assert axis.split() == ["frame", "50", "3", "windows", "frame", "150"]
    assert "⠉" in describe(tmp_path)


def test_a_run_without_a_window_has_no_curve(tmp_path: Path) -> None:
    write_run(tmp_path, frames=3)
    (tmp_path / "metrics.jsonl").write_text("")
    assert describe(tmp_path).splitlines()[-1].startswith("  on disk")


def test_lists_every_state_with_its_age_the_newest_first(tmp_path: Path) -> None:
    write_run(tmp_path, frames=3)
    newest = tmp_path / "checkpoints" / "step-000000003.pt"
    older = newest.with_name("step-000000002.pt")
    older.write_bytes(newest.read_bytes())
    then = time.time() - 7200.0
    os.utime(older, (then, then))
    first, second = re.findall(r"step-.*", describe(tmp_path))
    assert re.fullmatch(r"step-000000003\.pt  frame 3, [\d.]+ KiB, [\d.]+ s old, whole", first)
    assert re.fullmatch(r"step-000000002\.pt  .*, 2 h 00 min old, whole", second)


def test_a_damaged_state_is_named_even_if_a_newer_one_is_whole(tmp_path: Path) -> None:
    write_run(tmp_path, frames=3)
    newest = tmp_path / "checkpoints" / "step-000000003.pt"
    data = bytearray(newest.read_bytes())
    data[len(data) // 2] ^= 1
    newest.with_name("step-000000002.pt").write_bytes(data)
    with pytest.raises(CheckpointError, match=r"step-000000002\.pt is damaged \(bad checksum\)"):
        describe(tmp_path)


def test_a_run_without_a_state_cannot_be_resumed(tmp_path: Path) -> None:
    (write_run(tmp_path, frames=1) / "checkpoints" / "step-000000001.pt").unlink()
    with pytest.raises(CheckpointError, match="checkpoints should hold a state, got none"):
        describe(tmp_path)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"summary\.json is missing"):
        describe(tmp_path)


def test_a_missing_number_is_a_dash(tmp_path: Path) -> None:
    facts = {**FACTS, "optimizer": {"name": "mine"}}
    text = describe(write_run(tmp_path, frames=1, facts=facts, ssim=None, copy=None))
    assert _row(text, "optimizer") == "mine"
    assert _row(text, "whole run").split()[3:] == ["–", "–"]
    assert _row(text, "running mean").strip() == "–"


def test_another_file_of_ours_among_the_states_is_named(tmp_path: Path) -> None:
    write_run(tmp_path, frames=1)
    write_state(tmp_path / "checkpoints" / "step-000000002.pt", {"learner": {}})
    with pytest.raises(CheckpointError, match=r"000002\.pt is damaged \(not a state of a run\)"):
        describe(tmp_path)
