import json
from pathlib import Path

from stream_ae.web.run_view import RunView

SEEN = {
    "step": 120,
    "time": 1000.5,
    "kind": "appeared",
    "text": "something appeared",
    "start": 100,
    "end": 120,
    "peak": 110,
    "start_time": 4.0,
    "end_time": 4.8,
    "peak_time": 4.4,
    "score": 0.9,
    "box": [0.1, 0.2, 0.3, 0.4],
    "track": 7,
    "zone": None,
}
STARTED = {"step": 0, "time": 990.0, "kind": "started", "text": "at frame 1"}


def _append(path: Path, *rows: dict[str, object]) -> None:
    with path.open("a") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def _window(step: int, mse: float) -> dict[str, object]:
    return {"step": step, "time": 1000.0 + step, "loss/mse": mse, "speed/read_ms": 1.0}


def _view(directory: Path) -> tuple[RunView, list[str]]:
    resets: list[str] = []
    return RunView(directory, on_reset=lambda: resets.append("reset")), resets


def test_a_run_that_has_not_begun_is_empty(tmp_path: Path) -> None:
    view, _ = _view(tmp_path / "none")
    assert list(view.new_windows()) == []
    assert list(view.new_events()) == []
    whole = view.whole()
    assert (whole["history"], whole["events"], whole["span"]) == ({}, [], [0, 0])


def test_windows_are_what_the_journal_says_and_curves_are_kept_of_them(tmp_path: Path) -> None:
    _append(tmp_path / "metrics.jsonl", _window(50, 0.5), _window(100, 0.25))
    view, _ = _view(tmp_path)
    first, second = view.new_windows()
    assert first["values"] == {"loss/mse": 0.5, "speed/read_ms": 1.0}
    assert (second["step"], second["time"]) == (100, 1100.0)
    whole = view.whole()
    assert whole["history"] == {"loss/mse": [[50, 0.5, 0.5, 0.5], [100, 0.25, 0.25, 0.25]]}
    assert whole["times"] == [[50, 1050.0], [100, 1100.0]]
    assert whole["span"] == [50, 100]


def test_an_event_has_a_name_and_its_picture_once_that_is_there(tmp_path: Path) -> None:
    _append(tmp_path / "events.jsonl", STARTED, SEEN)
    view, _ = _view(tmp_path)
    started, seen = view.new_events()
    assert (started["id"], started["scene"]) == ("0-started", False)
    assert (seen["id"], seen["scene"]) == ("120-appeared-7", True)
    assert view.events[1]["picture"] is None
    (tmp_path / "events").mkdir()
    picture = tmp_path / "events" / "000100-appeared-7.webp"
    picture.write_bytes(b"webp")
    assert view.events[1]["picture"] == "events/000100-appeared-7.webp"
    assert view.picture("000100-appeared-7.webp") == picture
    assert view.whole()["marks"] == [[120, "appeared"]]


def test_no_other_file_is_given_as_a_picture(tmp_path: Path) -> None:
    _append(tmp_path / "events.jsonl", SEEN)
    view, _ = _view(tmp_path)
    list(view.new_events())
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "other.webp").touch()
    for name in ("other.webp", "../events.jsonl", "/etc/passwd", ""):
        assert view.picture(name) is None


def test_an_event_that_was_marked_as_false_says_so(tmp_path: Path) -> None:
    marked = {
        "step": 130,
        "time": 1.0,
        "kind": "false_alarm",
        "text": "",
        "event": "120-appeared-7",
    }
    _append(tmp_path / "events.jsonl", SEEN)
    view, _ = _view(tmp_path)
    assert [event["false_alarm"] for event in view.new_events()] == [False]
    _append(tmp_path / "events.jsonl", marked)
    assert [(event["id"], event["false_alarm"]) for event in view.new_events()] == [
        ("120-appeared-7", True)
    ]
    again, _ = _view(tmp_path)
    assert [event["false_alarm"] for event in again.new_events()][-1] is True


def test_a_run_that_goes_back_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    _append(path, _window(50, 0.5), _window(100, 0.25), _window(150, 0.1))
    view, resets = _view(tmp_path)
    assert len(list(view.new_windows())) == 3
    (tmp_path / "shorter").write_text(json.dumps(_window(50, 0.5)) + "\n")
    (tmp_path / "shorter").replace(path)
    assert [window["step"] for window in view.new_windows()] == [50]
    assert resets == ["reset"]
    assert view.whole()["span"] == [50, 50]


def test_a_part_of_any_curve_can_be_had_finely(tmp_path: Path) -> None:
    rows = [_window(50 * n, 1.0 / n) for n in range(1, 101)]
    _append(tmp_path / "metrics.jsonl", *rows)
    view, _ = _view(tmp_path)
    part = view.part(["loss/mse", "speed/read_ms", "none"], first=1000, last=1100)
    assert [row[0] for row in part["loss/mse"]] == [1000, 1050, 1100]
    assert part["speed/read_ms"][0] == [1000, 1.0, 1.0, 1.0]
    assert "none" not in part
