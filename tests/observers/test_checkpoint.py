import json
import logging
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import pytest
import torch
from tests.support.full_disk import full_disk
from tests.support.steps import make_step

from stream_ae.errors import CheckpointError, ReplacedError
from stream_ae.observers.checkpoint import Checkpointer, load_latest
from stream_ae.observers.summary import Metrics
from stream_ae.storage import state_file
from stream_ae.storage.fence import Fence


class CountingLearner:
    """Its only weight is the number of frames, so that a state says where it was taken."""

    def __init__(self, frames: int = 0) -> None:
        self.frames = frames
        self.weight = torch.full((300,), float(frames))

    def learn(self) -> None:
        self.frames += 1
        self.weight.fill_(float(self.frames))

    def state_dict(self) -> dict[str, object]:
        return {
            "frames": self.frames,
            "model": {"weight": self.weight},
            "mean": {"mean": torch.ones(1, 3, 2, 2)},
            "previous": torch.ones(1, 3, 2, 2),
        }


class Run:
    """A learner and its checkpointer."""

    def __init__(
        self, directory: Path, *, frames: int = 0, every: float = 0.0, private: bool = False
    ) -> None:
        self.learner, self.metrics = CountingLearner(frames), Metrics({"seed": 3})
        self.checkpointer = Checkpointer(
            directory,
            self.learner,
            metrics=self.metrics,
            settings={"source": "scene:street"},
            private=private,
            every=every,
        )

    def learn(self, frames: int) -> Self:
        for _ in range(frames):
            self.learner.learn()
            step = make_step(self.learner.frames, mse=0.5)
            self.metrics.on_step(step)
            self.checkpointer.on_step(step)
        return self

    def close(self) -> None:
        self.checkpointer.close()


def states(directory: Path) -> list[str]:
    return sorted(path.name for path in (directory / "checkpoints").iterdir())


def newest(directory: Path) -> int:
    paths = (directory / "checkpoints").glob("step-*.pt")
    return max((int(path.stem.removeprefix("step-")) for path in paths), default=0)


def damage(path: Path) -> None:
    spoiled = bytearray(path.read_bytes())
    middle = len(spoiled) // 2
    spoiled[middle : middle + 4] = bytes(byte ^ 0xFF for byte in spoiled[middle : middle + 4])
    path.write_bytes(spoiled)


def test_the_newest_three_states_stay(tmp_path: Path) -> None:
    Run(tmp_path).learn(5)
    assert states(tmp_path) == ["step-000000003.pt", "step-000000004.pt", "step-000000005.pt"]


def test_a_state_holds_all_that_was_given(tmp_path: Path) -> None:
    run = Run(tmp_path).learn(4)
    state, path = load_latest(tmp_path)
    assert path == tmp_path / "checkpoints" / "step-000000004.pt"
    assert state["step"] == state["learner"]["frames"] == 4
    assert torch.equal(state["learner"]["model"]["weight"], torch.full((300,), 4.0))
    assert state["metrics"] == run.metrics.state_dict() | {
        "peak_rss_mib": state["metrics"]["peak_rss_mib"]
    }
    assert state["settings"] == {"source": "scene:street"}


def test_states_are_as_far_apart_as_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    run = Run(tmp_path, every=60.0)
    assert run.checkpointer.saved_at is None
    for _ in range(13):
        now[0] += 10.0
        run.learn(1)
    assert states(tmp_path) == ["step-000000006.pt", "step-000000012.pt"]
    assert run.checkpointer.saved_at == 220.0
    run.close()
    assert states(tmp_path)[-1] == "step-000000013.pt"


def test_the_end_saves_only_what_is_new(tmp_path: Path) -> None:
    run = Run(tmp_path, every=1000.0).learn(3)
    assert not (tmp_path / "checkpoints").exists()
    run.close()
    (path,) = (tmp_path / "checkpoints").iterdir()
    before = path.stat().st_mtime_ns
    Run(tmp_path, frames=3, every=1000.0).close()
    assert path.stat().st_mtime_ns == before
    assert states(tmp_path) == ["step-000000003.pt"]


def test_the_summary_is_written_with_each_state_and_at_the_end(tmp_path: Path) -> None:
    run = Run(tmp_path).learn(2)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert (summary["frames"], summary["mse"], summary["seed"]) == (2, 0.5, 3)
    run.checkpointer._every = run.checkpointer._due = 1e12
    run.learn(1).close()
    assert json.loads((tmp_path / "summary.json").read_text())["frames"] == 3


def test_a_run_without_a_frame_writes_nothing(tmp_path: Path) -> None:
    Run(tmp_path / "a").close()
    assert not (tmp_path / "a").exists()


def test_a_folder_that_is_removed_is_not_made_again(tmp_path: Path) -> None:
    directory = tmp_path / "a"
    run = Run(directory, every=1000.0).learn(2)
    shutil.rmtree(directory)
    with pytest.raises(FileNotFoundError, match=r"the run folder is gone: '.*step-000000002"):
        run.close()
    assert not directory.exists()
    assert run.checkpointer.lost is not None
    assert run.checkpointer.lost.startswith("what was learned of frames 1 to 2 is lost: cannot")
    assert run.checkpointer.lost.endswith("the run folder is gone; no step was saved")


def test_what_is_lost_is_known(tmp_path: Path) -> None:
    run = Run(tmp_path).learn(2)
    assert run.checkpointer.lost is None
    with full_disk(at=3000):
        with pytest.raises(OSError, match="File too large"):
            run.learn(1)
        lost = "of frame 3 is lost: cannot write .*000003.pt: File too large; step 2 was saved last"
        assert re.search(lost, run.checkpointer.lost or "")
    run.learn(1)
    assert run.checkpointer.lost is None


def test_a_private_state_holds_no_image(tmp_path: Path) -> None:
    Run(tmp_path, private=True).learn(1)
    learner = load_latest(tmp_path)[0]["learner"]
    assert learner["previous"] is learner["mean"] is learner["recent"] is None
    assert learner["at_hand"] is None
    assert learner["model"]["weight"][0] == 1.0


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_state_that_is_not_finite_is_never_saved(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, value: float
) -> None:
    run = Run(tmp_path).learn(2)
    run.learner.learn()
    run.learner.weight[17] = value
    run.close()
    assert states(tmp_path) == ["step-000000001.pt", "step-000000002.pt"]
    assert "frame 3 is not finite, so it is not saved" in caplog.text
    assert "of frame 3 is lost: the weights are not finite" in str(run.checkpointer.lost)
    run.learn(1)
    assert states(tmp_path)[-1] == "step-000000004.pt"


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / ".step-000000009.pt.partial").write_bytes(b"torn")
    Run(tmp_path).learn(1)
    assert states(tmp_path) == ["step-000000001.pt"]


def test_a_full_disk_raises_and_the_next_due_state_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    run = Run(tmp_path, every=60.0)
    now[0] = 60.0
    run.learn(1)
    now[0] = 120.0
    with full_disk(at=3000):
        with pytest.raises(OSError, match="File too large"):
            run.learn(1)
        run.learn(1)  # not due, so nothing is tried
    assert states(tmp_path) == ["step-000000001.pt"]
    assert (
        json.loads((tmp_path / "summary.json").read_text())["frames"] == 2
    )  # the summary is small enough
    now[0] = 180.0
    run.learn(1)
    assert states(tmp_path) == ["step-000000001.pt", "step-000000004.pt"]


def test_a_damaged_state_is_skipped_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    directory = Path("runs/a")
    Run(directory).learn(3)
    damage(directory / "checkpoints" / "step-000000003.pt")
    (directory / "checkpoints" / "step-000000002.pt").write_bytes(b"")
    with caplog.at_level(logging.WARNING, logger="stream_ae"):
        state, path = load_latest(directory)
    assert state["step"] == 1
    assert path.name == "step-000000001.pt"
    assert caplog.messages == [
        "runs/a/checkpoints/step-000000003.pt is damaged (bad checksum);"
        " resuming from step-000000001.pt, 2 frames earlier",
        "runs/a/checkpoints/step-000000002.pt is damaged (bad checksum);"
        " resuming from step-000000001.pt, 1 frame earlier",
    ]


def test_a_damaged_state_is_removed_when_its_run_continues(tmp_path: Path) -> None:
    Run(tmp_path).learn(6)
    damage(tmp_path / "checkpoints" / "step-000000006.pt")
    damage(tmp_path / "checkpoints" / "step-000000005.pt")
    state, _ = load_latest(tmp_path)
    Run(tmp_path, frames=state["step"]).learn(1)
    assert states(tmp_path) == ["step-000000004.pt", "step-000000005.pt"]
    assert load_latest(tmp_path)[0]["step"] == 5


def test_a_run_that_is_only_looked_at_is_not_talked_about(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Run(tmp_path).learn(3)
    damage(tmp_path / "checkpoints" / "step-000000003.pt")
    assert load_latest(tmp_path, quiet=True)[0]["step"] == 2
    assert caplog.messages == []


def test_only_damaged_states_are_an_error_that_names_them(tmp_path: Path) -> None:
    Run(tmp_path).learn(2)
    for path in (tmp_path / "checkpoints").iterdir():
        damage(path)
    with pytest.raises(CheckpointError, match=r"only damaged ones: step-000000002.pt \(bad checks"):
        load_latest(tmp_path)


def test_a_folder_without_states_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="should hold a whole state, got none"):
        load_latest(tmp_path)


def test_a_state_of_another_format_is_not_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Run(tmp_path).learn(1)
    monkeypatch.setattr(state_file, "FORMAT", 9)
    Run(tmp_path, frames=1).learn(1)
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match="got format 9"):
        load_latest(tmp_path)


def test_another_file_of_ours_is_no_state_of_a_run(tmp_path: Path) -> None:
    Run(tmp_path).learn(1)
    state_file.write_state(tmp_path / "checkpoints" / "step-000000002.pt", {"learner": {}})
    (tmp_path / "checkpoints" / "step-000000003.pt").mkdir()
    assert load_latest(tmp_path)[0]["step"] == 1


def test_files_that_are_no_states_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    (folder / "step-best.pt").write_bytes(b"mine")
    Run(tmp_path).learn(5)
    assert "step-best.pt" in states(tmp_path)
    assert load_latest(tmp_path)[0]["step"] == 5


WRITES_WITHOUT_END = """
import sys
from pathlib import Path
from tests.observers.test_checkpoint import Run
run = Run(Path(sys.argv[1]), frames=int(sys.argv[2]))
print("ready", flush=True)
while True:
    run.learn(1)
"""


@pytest.mark.slow
def test_a_killed_run_always_leaves_a_whole_state(tmp_path: Path) -> None:
    chance, frames = random.Random(0), 0
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITES_WITHOUT_END, str(tmp_path), str(frames)],
            stdout=subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            while newest(tmp_path) <= frames:
                time.sleep(0.001)
            time.sleep(chance.uniform(0.02, 0.15))
            process.send_signal(signal.SIGKILL)
        state, path = load_latest(tmp_path)
        assert state["step"] > frames
        frames = state["step"]
        assert torch.equal(state["learner"]["model"]["weight"], torch.full((300,), float(frames)))
        assert path.name == f"step-{frames:09d}.pt"
        leftovers = [name for name in states(tmp_path) if not name.startswith("step-")]
        assert len(leftovers) <= 1
        assert len(states(tmp_path)) - len(leftovers) <= 4  # killed between writing and tidying
        json.loads((tmp_path / "summary.json").read_text())


def test_a_run_that_was_taken_over_saves_nothing_more(tmp_path: Path) -> None:
    fence = Fence(tmp_path, "fleet")
    fence.take()
    learner, metrics = CountingLearner(), Metrics({})
    checkpointer = Checkpointer(
        tmp_path, learner, metrics=metrics, settings={}, may_save=fence.check
    )
    learner.learn()
    checkpointer.on_step(make_step(1))
    checkpointer.save()
    Fence(tmp_path, "fleet").take()
    learner.learn()
    with pytest.raises(ReplacedError, match="nothing more is written here"):
        checkpointer.close()
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["step-000000001.pt"]
