import copy
import json
import logging
import os
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stream_ae.errors import ConfigError, SourceError
from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.nn.autoencoder import SIZES
from stream_ae.runs.train import run_directory, train

QUIET = {"progress": False, "optimizer": "sgd", "threads": 1}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eight small pictures of a bar that moves."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for index in range(8):
        rgb = np.full((40, 40, 3), 60, np.uint8)
        rgb[:, 4 * index : 4 * index + 6] = 220
        Image.fromarray(rgb).save(pictures / f"frame{index}.png")
    return pictures


def state_of(directory: Path) -> dict[str, object]:
    newest = max((directory / "checkpoints").glob("step-*.pt"))
    return torch.load(newest, weights_only=True)


def weights_of(directory: Path) -> torch.Tensor:
    return torch.cat([w.flatten() for w in state_of(directory)["learner"]["model"].values()])


def test_a_run_leaves_its_folder(folder: Path, tmp_path: Path) -> None:
    directory = tmp_path / "run"
    learner = train(str(folder), {**QUIET, "frames": 5}, directory=directory)
    assert learner.frames == 5
    summary = json.loads((directory / "summary.json").read_text())
    assert summary["frames"] == summary["frames_learned"] == 5
    assert summary["source"] == str(folder)
    config = json.loads((directory / "config.json").read_text())
    assert config["objective"] == "full"  # a default, resolved
    assert config["optimizer"] == "sgd"
    assert config["threads"] == 1
    assert config["frames"] == 5
    assert set(config["versions"]) == {"stream-ae", "torch", "python"}
    assert list(directory.glob("events.out.tfevents*"))
    assert (directory / "metrics.jsonl").read_text().count("\n") == 1
    assert (directory / "checkpoints/step-000000005.pt").exists()


@pytest.mark.parametrize("private", [False, True])
def test_a_resumed_run_has_the_weights_of_an_undisturbed_one(
    folder: Path, tmp_path: Path, private: bool
) -> None:
    options = {**QUIET, "optimizer": "adam", "private": private, "tensorboard": False}
    train(str(folder), options, directory=tmp_path / "whole")
    train(str(folder), {**options, "frames": 3}, directory=tmp_path / "parts")
    train(str(folder), {**options, "resume": True}, directory=tmp_path / "parts")
    assert torch.equal(weights_of(tmp_path / "whole"), weights_of(tmp_path / "parts"))
    whole, parts = (
        json.loads((tmp_path / name / "summary.json").read_text()) for name in ("whole", "parts")
    )
    assert parts["frames"] == whole["frames"] == 8
    for key in ("mse", "detail_loss", "ssim", "changed_pixels", "last_50"):
        assert parts[key] == whole[key]


def test_a_private_run_keeps_no_picture(folder: Path, tmp_path: Path) -> None:
    train(str(folder), {**QUIET, "private": True}, directory=tmp_path / "run")
    state = state_of(tmp_path / "run")["learner"]
    assert state["previous"] is None
    assert state["mean"] is None
    assert "decoder.map" not in state["model"]
    events = b"".join(path.read_bytes() for path in (tmp_path / "run").glob("events.out*"))
    assert b"loss/mse" in events
    assert b"images/" not in events
    assert b"features/" not in events


def test_a_private_run_stays_private_when_it_is_resumed(folder: Path, tmp_path: Path) -> None:
    directory = tmp_path / "run"
    train(str(folder), {**QUIET, "private": True, "frames": 2}, directory=directory)
    train(str(folder), {**QUIET, "resume": True, "frames": 4}, directory=directory)
    assert state_of(directory)["learner"]["previous"] is None
    events = b"".join(path.read_bytes() for path in directory.glob("events.out*"))
    assert b"images/" not in events
    assert json.loads((directory / "config.json").read_text())["private"] is True
    with pytest.raises(ConfigError, match="begun with private True, got False"):
        train(str(folder), {**QUIET, "resume": True, "private": False}, directory=directory)


@pytest.mark.parametrize("size", ["small", "large"])
def test_a_network_of_another_size_is_resumed_as_such(
    folder: Path, tmp_path: Path, size: str
) -> None:
    directory = tmp_path / "run"
    options = {**QUIET, "tensorboard": False}
    train(str(folder), {**options, "size": size, "frames": 2}, directory=directory)
    train(str(folder), {**options, "resume": True, "frames": 3}, directory=directory)
    summary = json.loads((directory / "summary.json").read_text())
    assert summary["latent_shape"] == [SIZES[size], 28, 28]
    assert summary["frames"] == 3
    with pytest.raises(ConfigError, match=f"begun with size '{size}', got 'base'"):
        train(str(folder), {**options, "resume": True, "size": "base"}, directory=directory)


@pytest.mark.parametrize("gate", [False, True])
def test_a_still_stream_is_let_go_where_it_was_asked_for(tmp_path: Path, gate: bool) -> None:
    still = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    Image.fromarray(still).save(tmp_path / "still.png")
    options = {**QUIET, "optimizer": "bounded", "loop": True, "frames": 160, "gate": gate}
    train(str(tmp_path), {**options, "tensorboard": False}, directory=tmp_path / "run")
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["frames_learned"] + summary["frames_gated"] == summary["frames"] == 160
    assert (summary["frames_gated"] > 20) == gate


def test_a_saved_setting_is_kept_and_may_not_be_changed(folder: Path, tmp_path: Path) -> None:
    directory = tmp_path / "run"
    options = {**QUIET, "tensorboard": False}
    train(str(folder), {**options, "lr": 0.02, "frames": 2}, directory=directory)
    learner = train(str(folder), {**options, "resume": True, "frames": 4}, directory=directory)
    assert learner.facts()["optimizer"] == {"name": "sgd", "lr": 0.02}
    before = copy.deepcopy(state_of(directory))
    with pytest.raises(ConfigError, match=r"begun with lr 0\.02, got 0\.5"):
        train(str(folder), {**options, "resume": True, "lr": 0.5}, directory=directory)
    assert state_of(directory)["step"] == before["step"] == 4


def test_resuming_what_was_never_saved_starts_at_the_first_frame(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "stream_ae"):
        learner = train(
            str(folder), {**QUIET, "resume": True, "frames": 2}, directory=tmp_path / "new"
        )
    assert learner.frames == 2
    assert "holds no checkpoint yet; starting at the first frame" in caplog.text


def test_a_source_that_cannot_be_opened_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"clip\.mp5"):
        train("clip.mp5", QUIET, directory=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_as_its_own_end_would(
    folder: Path, tmp_path: Path, number: signal.Signals
) -> None:
    class Interrupt(Observer):
        def on_step(self, step: Step) -> None:
            if step.number == 3:
                os.kill(os.getpid(), number)

    handler = signal.getsignal(number)
    learner = train(
        str(folder), {**QUIET, "loop": True}, directory=tmp_path / "run", observers=[Interrupt()]
    )
    assert 3 <= learner.frames <= 4
    assert state_of(tmp_path / "run")["step"] == learner.frames
    assert signal.getsignal(number) is handler


def test_a_run_folder_is_never_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    directory = run_directory("scene:street", {})
    assert directory.parent == Path("runs")
    assert directory.name.endswith("-street")
    assert run_directory("scene:street", {"run_dir": "a"}) == Path("a")
    Path("a").mkdir()
    Path("a/config.json").write_text("{}")
    with pytest.raises(ConfigError, match="a already holds a run; go on with --resume"):
        run_directory("scene:street", {"run_dir": "a"})
    assert run_directory("scene:street", {"run_dir": "a", "resume": True}) == Path("a")


def test_resume_without_a_folder_takes_the_newest_run_of_the_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="no run of 'scene:street' to resume"):
        run_directory("scene:street", {"resume": True})
    for name in ("20260101-000000-street", "20260201-000000-street", "20260301-000000-cuts"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "config.json").write_text("{}")
    found = run_directory("scene:street", {"resume": True})
    assert found == Path("runs/20260201-000000-street")


def test_a_folder_that_cannot_be_made_is_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(
        ConfigError, match=r"cannot make the run folder '.*file/run': Not a directory"
    ):
        train(str(folder), QUIET, directory=tmp_path / "file" / "run")
