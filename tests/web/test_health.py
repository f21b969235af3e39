import os
from pathlib import Path

import pytest

from stream_ae.web.health import STALLED, Health


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _health(directory: Path) -> tuple[Health, Clock]:
    clock = Clock()
    return Health(directory, clock=clock), clock


def _beat(number: int, dropped: int = 0) -> dict[str, object]:
    return {"number": number, "dropped": dropped, "learning": "awake"}


def test_before_the_first_frame_it_connects(tmp_path: Path) -> None:
    health, _ = _health(tmp_path)
    now = health.now({}, viewers=2)
    assert (now["state"], now["viewers"], now["frame"]) == ("connecting", 2, 0)
    assert now["checkpoint"] is None


def test_frames_a_second_that_are_said_are_not_worked_out(tmp_path: Path) -> None:
    health, clock = _health(tmp_path)
    for number in (10, 17):  # a picture of a second ago, and a new one at once
        health.beat({**_beat(number), "fps": 7.0})
        clock.now += 0.2
    assert health.now({}, viewers=0)["fps"] == 7.0


def test_frames_a_second_are_told_while_they_come_and_then_that_it_has_stalled(
    tmp_path: Path,
) -> None:
    health, clock = _health(tmp_path)
    for number in (10, 20, 30):
        health.beat(_beat(number, dropped=4))
        clock.now += 0.5
    now = health.now({}, viewers=0)
    assert (now["state"], now["frame"], now["dropped"]) == ("live", 30, 4)
    assert now["fps"] == pytest.approx(20.0)
    clock.now += STALLED
    now = health.now({}, viewers=0)
    assert (now["state"], now["fps"]) == ("stalled", 0.0)
    assert now["behind"] == pytest.approx(STALLED + 0.5)


def test_what_is_told_of_the_stream_holds_until_it_lives_again(tmp_path: Path) -> None:
    health, clock = _health(tmp_path)
    health.beat(_beat(1))
    health.tell("lost")
    clock.now += 60
    assert health.now({}, viewers=0)["state"] == "lost"
    health.beat(_beat(2))
    assert health.now({}, viewers=0)["state"] == "live"
    health.hold(True)
    clock.now += 60
    assert health.now({}, viewers=0)["state"] == "held"
    health.hold(False)
    assert health.now({}, viewers=0)["state"] == "live"
    health.tell("ended")
    assert health.now({}, viewers=0)["state"] == "ended"


def test_parts_and_memory_are_those_of_the_newest_window(tmp_path: Path) -> None:
    health, _ = _health(tmp_path)
    values = {"speed/read_ms": 1.5, "speed/fps": 30.0, "speed/memory_mib": 400.0, "loss/mse": 1.0}
    now = health.now({"values": values}, viewers=0)
    assert now["parts"] == {"read": 1.5}
    assert now["memory_mib"] == 400.0


def test_the_age_of_the_newest_checkpoint_is_told(tmp_path: Path) -> None:
    health, _ = _health(tmp_path)
    (tmp_path / "checkpoints").mkdir()
    for name, age in (("step-000000001.pt", 500), ("step-000000002.pt", 100)):
        path = tmp_path / "checkpoints" / name
        path.touch()
        before = path.stat().st_mtime - age
        os.utime(path, (before, before))
    newest = health.now({}, viewers=0)["checkpoint"]
    assert isinstance(newest, float)
    assert 100 <= newest < 200
