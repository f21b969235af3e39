import json
from pathlib import Path

from tests.support.findings import make_event
from tests.support.runs import write_run
from tests.support.steps import Events
from tests.support.watched import write_watched_run

from stream_ae.reports.inspection import as_json, inspect_run


def test_what_happened_and_what_was_seen_is_counted(tmp_path: Path) -> None:
    events: Events = [("dropped", "2")]
    write_run(tmp_path, frames=5, events=events)
    found = inspect_run(tmp_path)
    assert found.happened == {"started": 1, "dropped": 5, "finished": 1}
    assert (found.seen, found.points) == ({}, [])
    write_watched_run(tmp_path, [make_event("appeared", start=3), make_event("cut", track=None)])
    assert inspect_run(tmp_path).seen == {"appeared": 1, "cut": 1}


def test_sizes_are_those_on_disk(tmp_path: Path) -> None:
    found = inspect_run(write_run(tmp_path, frames=3))
    paths = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert found.files == len(paths)
    assert found.size == sum(path.stat().st_size for path in paths)
    (state,) = found.states
    assert (state.name, state.step) == ("step-000000003.pt", 3)
    assert state.size == (tmp_path / "checkpoints" / state.name).stat().st_size


def test_a_program_gets_one_object(tmp_path: Path) -> None:
    write_run(tmp_path, frames=120, mse=0.25)
    text = as_json(inspect_run(tmp_path))
    assert "\n" not in text
    found = json.loads(text)
    assert found["directory"] == str(tmp_path)
    assert found["summary"] == json.loads((tmp_path / "summary.json").read_text())
    assert found["config"] == json.loads((tmp_path / "config.json").read_text())
    assert found["window"]["step"] == 120
    assert found["window"]["loss/mse"] == 0.25
    assert found["windows"] == 3
    assert found["events"] == {"started": 1, "finished": 1}
    assert found["watched"] is None
    (state,) = found["states"]
    assert set(state) == {"name", "step", "bytes", "age_seconds"}


def test_the_last_point_of_a_run_that_watched_is_told(tmp_path: Path) -> None:
    write_run(tmp_path, frames=120)
    write_watched_run(tmp_path, frames=120)
    found = json.loads(as_json(inspect_run(tmp_path)))
    assert found["watched"]["step"] == 120
    assert found["watched"]["novelty"] == 0.5
    assert found["seen"] == {}
