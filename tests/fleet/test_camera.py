import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.support.clips import pictures, write_clip
from tests.support.full_disk import full_disk

from stream_ae.fleet.camera import ENDED, Camera
from stream_ae.fleet.spec import CameraSpec, Value
from stream_ae.fleet.status import Answer, CameraStatus, Report
from stream_ae.fleet.store import is_store
from stream_ae.observers.checkpoint import load_latest
from stream_ae.runs.train import train
from stream_ae.runs.watch_config import WatchConfig
from stream_ae.storage.fence import Fence

FRAMES = 40


def spec(runs: Path, **options: Value) -> CameraSpec:
    given: dict[str, Value] = {"size": "small", "tensorboard": False, **options}
    return CameraSpec("door", given, cpus=0.5, runs=str(runs))


class Learning:
    """A camera that learns in a thread, and what it tells."""

    def __init__(self, camera: CameraSpec) -> None:
        self.told: list[Report] = []
        self.shall_stop = False
        self.camera = Camera(camera, owner="fleet", tell=self._tell)
        self._thread = threading.Thread(target=self.camera.learn, daemon=True)
        self._thread.start()

    def status(self) -> CameraStatus:
        return self.camera.status()

    def stop(self) -> CameraStatus:
        """Wait until it has ended, as an answer tells it to; gives what it told last."""
        self.shall_stop = True
        self._thread.join(60)
        assert not self._thread.is_alive()
        return self.told[-1].status

    def _tell(self, report: Report) -> Answer:
        self.told.append(report)
        return Answer(stop=self.shall_stop)


def wait_for(
    camera: Learning, is_reached: Callable[[CameraStatus], bool], *, seconds: float = 60
) -> CameraStatus:
    until = time.monotonic() + seconds
    while not is_reached(status := camera.status()):
        assert time.monotonic() < until, status
        time.sleep(0.02)
    return status


def test_a_reference_to_nothing_is_one_line_that_waits_for_a_person(tmp_path: Path) -> None:
    camera = Learning(spec(tmp_path, source="rtsp://me:${NO_SUCH_VARIABLE}@127.0.0.1/live"))
    status = wait_for(camera, lambda status: status.state == "failed")
    assert status.text.startswith("${NO_SUCH_VARIABLE} must be set on ")
    assert status.source == "rtsp://me:***@127.0.0.1/live"
    assert (status.name, status.pid, status.token) == ("door", os.getpid(), 1)
    assert camera.stop().state == "failed"


def test_a_source_that_is_not_there_is_tried_again_and_ends_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOOR_KEY", "correct-horse")
    camera = Learning(spec(tmp_path, source=f"{tmp_path}/${{DOOR_KEY}}.mp4"))
    status = wait_for(camera, lambda status: status.state == "away")
    assert "no such file" in status.text
    time.sleep(0.6)  # until the next attempt
    assert camera.status().state == "away"
    assert "correct-horse" not in f"{status}"
    assert camera.stop().state == "stopped"


def test_what_another_fleet_learns_is_not_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream_ae.fleet.camera.FRESH", 0.0)
    Fence(tmp_path / "door", "another").take()
    camera = Learning(spec(tmp_path, source="scene:quiet"))
    status = wait_for(camera, lambda status: status.state == "failed")
    assert "should be free, but process" in status.text
    assert [path.name for path in (tmp_path / "door").iterdir()] == ["writer-000001"]


def test_a_signal_saves_and_ends_the_process_for_another_one_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class EndedError(Exception):
        """Here the process would have ended."""

    def end(code: int) -> None:
        raise EndedError(code)

    monkeypatch.setattr("stream_ae.fleet.camera.os._exit", end)
    told: list[Report] = []

    def tell(report: Report) -> Answer:
        if report.status.frame and not any(before.status.frame for before in told):
            os.kill(os.getpid(), signal.SIGTERM)
        told.append(report)
        return Answer()

    camera = Camera(spec(tmp_path, source="scene:quiet"), owner="fleet", tell=tell)
    with pytest.raises(EndedError, match="1"):
        camera.learn()
    state, _ = load_latest(tmp_path / "door")
    assert state["step"] == camera.status().frame > 0
    assert camera.status().state != "stopped", "its hub would not start it again"


@pytest.mark.slow
@pytest.mark.parametrize("runs", ["fleet", "file://{}/store"])
def test_a_file_is_learned_to_its_end_as_by_watch_whatever_process_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    clip = write_clip(tmp_path / "clip.mp4", pictures(FRAMES))
    fleet = replace(spec(tmp_path, source=str(clip)), runs=runs.format(tmp_path))
    first = Learning(fleet)
    wait_for(first, lambda status: status.frame >= 5)
    ended = first.stop()
    assert (ended.state, ended.text) == ("stopped", "")
    assert 5 <= ended.frame <= FRAMES
    assert first.status().frame == ended.frame, "what was seen last is told, too"

    if is_store(fleet.runs):  # it is another machine that goes on
        shutil.rmtree(fleet.directory)
    second = Learning(fleet)
    status = wait_for(second, lambda status: status.state == "stopped")
    assert (status.text, status.frame, status.token) == (ENDED, FRAMES, 2)
    assert second.stop().frame == FRAMES

    config = WatchConfig(source=str(clip), size="small", tensorboard=False, progress=False)
    train(config, directory=tmp_path / "watched")
    state, _ = load_latest(fleet.directory)
    expected, _ = load_latest(tmp_path / "watched")
    assert state["step"] == FRAMES
    for name, weight in expected["learner"]["model"].items():
        assert torch.equal(state["learner"]["model"][name], weight), name


@pytest.mark.slow
def test_a_full_disk_is_said_and_who_was_replaced_writes_nothing_more(tmp_path: Path) -> None:
    camera = Learning(spec(tmp_path, source="scene:quiet", checkpoint_every=0.2))
    wait_for(camera, lambda status: status.frame >= 3)
    with full_disk(at=20_000):
        full = wait_for(camera, lambda status: status.text.startswith("cannot write"))
        assert full.state == "learning"
        wait_for(camera, lambda status: status.frame >= full.frame + 3)
    Fence(tmp_path / "door", "fleet").take()
    status = wait_for(camera, lambda status: status.state == "failed")
    assert "a later one has taken it over" in status.text
    before = sorted(path.name for path in (tmp_path / "door" / "checkpoints").iterdir())
    assert camera.stop().state == "failed"
    assert sorted(p.name for p in (tmp_path / "door" / "checkpoints").iterdir()) == before
