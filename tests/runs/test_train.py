import json
import logging
import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stream_ae.errors import ConfigError, SourceError
from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.nn.autoencoder import SIZES
from stream_ae.observers.checkpoint import load_latest
from stream_ae.runs.config import TrainConfig
from stream_ae.runs.folder import read_run
from stream_ae.runs.train import run_directory, train
from stream_ae.settings.choices import Size


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


@pytest.fixture
def quiet(folder: Path) -> TrainConfig:
    """A run of the eight pictures that says nothing and is quick."""
    return TrainConfig(source=str(folder), progress=False, optimizer="sgd", tensorboard=False)


def weights_of(directory: Path) -> torch.Tensor:
    state, _ = load_latest(directory)
    return torch.cat([weight.flatten() for weight in state["learner"]["model"].values()])


@pytest.mark.slow
def test_a_run_leaves_its_folder(quiet: TrainConfig, tmp_path: Path) -> None:
    directory = tmp_path / "run"
    config = replace(quiet, frames=5, tensorboard=True, checkpoint_every=3.5)
    assert train(config, directory=directory).frames == 5
    run = read_run(directory)
    assert run.summary["frames"] == run.summary["frames_learned"] == 5
    assert run.summary["source"] == quiet.source
    assert list(directory.glob("events.out.tfevents*"))
    assert (directory / "metrics.jsonl").read_text().count("\n") == 1
    assert (directory / "checkpoints/step-000000005.pt").exists()


def test_every_setting_is_written_down_as_resolved(quiet: TrainConfig, tmp_path: Path) -> None:
    directory = tmp_path / "run"
    train(replace(quiet, frames=1, threads=1, lr=0.02), directory=directory)
    written = json.loads((directory / "config.json").read_text())
    assert set(written.pop("versions")) == {"stream-ae", "torch", "python"}
    assert written == {
        "source": quiet.source,
        "frames": 1,
        "run_dir": str(directory),
        "resume": False,
        "seed": 0,
        "device": "auto",
        "optimizer": "sgd",
        "lr": 0.02,
        "objective": "full",
        "size": "base",
        "gate": False,
        "private": False,
        "threads": 1,
        "loop": False,
        "fit": "stretch",
        "policy": "random",
        "tensorboard": False,
        "progress": False,
        "checkpoint_every": 10.0,
    }


def test_a_run_is_set_up_as_it_is_configured(quiet: TrainConfig, tmp_path: Path) -> None:
    config = replace(quiet, frames=1, optimizer="adam", lr=0.5, seed=7, size="small", threads=1)
    facts = train(config, directory=tmp_path / "run").facts()
    assert facts["optimizer"] == {"name": "adam", "lr": 0.5}
    assert facts["seed"] == 7
    assert facts["threads"] == 1
    assert facts["latent_shape"] == [SIZES["small"], 28, 28]


@pytest.mark.parametrize("name", ["fit", "objective", "seed"])
def test_what_is_learned_depends_on(name: str, quiet: TrainConfig, tmp_path: Path) -> None:
    others = {
        "fit": replace(quiet, fit="pad"),
        "objective": replace(quiet, objective="mse"),
        "seed": replace(quiet, seed=1),
    }
    Image.new("RGB", (40, 20), "white").save(tmp_path / "pictures" / "frame0.png")
    train(replace(quiet, frames=2), directory=tmp_path / "a")
    train(replace(others[name], frames=2), directory=tmp_path / "b")
    assert not torch.equal(weights_of(tmp_path / "a"), weights_of(tmp_path / "b"))


@pytest.mark.slow
@pytest.mark.parametrize("private", [False, True])
def test_a_resumed_run_has_the_weights_of_an_undisturbed_one(
    quiet: TrainConfig, tmp_path: Path, private: bool
) -> None:
    config = replace(quiet, optimizer="adam", private=private)
    train(config, directory=tmp_path / "whole")
    train(replace(config, frames=3), directory=tmp_path / "parts")
    train(replace(config, resume=True), directory=tmp_path / "parts")
    assert torch.equal(weights_of(tmp_path / "whole"), weights_of(tmp_path / "parts"))
    whole, parts = (read_run(tmp_path / name).summary for name in ("whole", "parts"))
    assert parts["frames"] == whole["frames"] == 8
    for key in ("mse", "detail_loss", "ssim", "changed_pixels", "last_50"):
        assert parts[key] == whole[key]


@pytest.mark.slow
def test_a_private_run_keeps_no_picture(quiet: TrainConfig, tmp_path: Path) -> None:
    train(replace(quiet, private=True, tensorboard=True), directory=tmp_path / "run")
    state, _ = load_latest(tmp_path / "run")
    assert state["learner"]["previous"] is None
    assert state["learner"]["mean"] is None
    assert "decoder.map" not in state["learner"]["model"]
    events = b"".join(path.read_bytes() for path in (tmp_path / "run").glob("events.out*"))
    assert b"loss/mse" in events
    assert b"images/" not in events
    assert b"features/" not in events


def test_a_private_run_stays_private_when_it_is_resumed(quiet: TrainConfig, tmp_path: Path) -> None:
    directory = tmp_path / "run"
    train(replace(quiet, private=True, frames=2), directory=directory)
    resumed = replace(quiet, resume=True, frames=4, tensorboard=True)
    train(resumed, directory=directory)
    assert load_latest(directory)[0]["learner"]["previous"] is None
    events = b"".join(path.read_bytes() for path in directory.glob("events.out*"))
    assert b"images/" not in events
    assert read_run(directory).config["private"] is True
    with pytest.raises(ConfigError, match="begun with private True, got False"):
        train(replace(resumed, given=frozenset({"private"})), directory=directory)


@pytest.mark.parametrize("size", ["small", "large"])
def test_a_network_of_another_size_is_resumed_as_such(
    quiet: TrainConfig, tmp_path: Path, size: Size
) -> None:
    directory = tmp_path / "run"
    train(replace(quiet, size=size, frames=2), directory=directory)
    train(replace(quiet, resume=True, frames=3), directory=directory)
    summary = read_run(directory).summary
    assert summary["latent_shape"] == [SIZES[size], 28, 28]
    assert summary["frames"] == 3


@pytest.mark.slow
@pytest.mark.parametrize("gate", [False, True])
def test_a_still_stream_is_skipped_where_it_was_asked_for(
    quiet: TrainConfig, tmp_path: Path, gate: bool
) -> None:
    still = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    Image.fromarray(still).save(tmp_path / "still.png")
    source = str(tmp_path / "still.png")
    config = replace(quiet, source=source, optimizer="bounded", loop=True, frames=160, gate=gate)
    train(config, directory=tmp_path / "run")
    summary = read_run(tmp_path / "run").summary
    assert summary["frames_learned"] + summary["frames_gated"] == summary["frames"] == 160
    assert (summary["frames_gated"] > 20) == gate


def test_a_saved_setting_is_kept_and_may_not_be_changed(quiet: TrainConfig, tmp_path: Path) -> None:
    directory = tmp_path / "run"
    train(replace(quiet, lr=0.02, frames=2), directory=directory)
    learner = train(replace(quiet, resume=True, frames=4), directory=directory)
    assert learner.facts()["optimizer"] == {"name": "sgd", "lr": 0.02}
    with pytest.raises(ConfigError, match=r"begun with lr 0\.02, got 0\.5"):
        train(replace(quiet, resume=True, lr=0.5), directory=directory)
    assert load_latest(directory)[0]["step"] == 4


def test_resuming_what_was_never_saved_starts_at_the_first_frame(
    quiet: TrainConfig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "stream_ae"):
        learner = train(replace(quiet, resume=True, frames=2), directory=tmp_path / "new")
    assert learner.frames == 2
    assert "holds no checkpoint yet; starting at the first frame" in caplog.text


def test_a_source_that_cannot_be_opened_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"clip\.mp5"):
        train(TrainConfig(source="clip.mp5"), directory=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_as_its_own_end_would(
    quiet: TrainConfig, tmp_path: Path, number: signal.Signals
) -> None:
    class Interrupt(Observer):
        def on_step(self, step: Step) -> None:
            if step.number == 3:
                os.kill(os.getpid(), number)

    handler = signal.getsignal(number)
    config = replace(quiet, loop=True)
    learner = train(config, directory=tmp_path / "run", observers=[Interrupt()])
    assert 3 <= learner.frames <= 4
    assert load_latest(tmp_path / "run")[0]["step"] == learner.frames
    assert signal.getsignal(number) is handler


def test_checkpoints_come_after_every_other_observer(quiet: TrainConfig, tmp_path: Path) -> None:
    saved = []

    class Look(Observer):
        def on_step(self, step: Step) -> None:
            folder = tmp_path / "run" / "checkpoints"
            saved.append((step.number, len(list(folder.glob("step-*.pt")))))

    config = replace(quiet, frames=2, checkpoint_every=1e-9)
    train(config, directory=tmp_path / "run", observers=[Look()])
    assert saved == [(1, 0), (2, 1)]


def test_a_run_folder_is_never_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    street = TrainConfig(source="scene:street")
    directory = run_directory(street)
    assert directory.parent == Path("runs")
    assert directory.name.endswith("-street")
    in_a = replace(street, run_dir=Path("a"))
    assert run_directory(in_a) == Path("a")
    Path("a").mkdir()
    Path("a/config.json").write_text("{}")
    with pytest.raises(ConfigError, match="a already holds a run; go on with --resume"):
        run_directory(in_a)
    assert run_directory(replace(in_a, resume=True)) == Path("a")


def test_resume_without_a_folder_takes_the_newest_run_of_the_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    resumed = TrainConfig(source="scene:street", resume=True)
    with pytest.raises(ConfigError, match="no run of 'scene:street' to resume"):
        run_directory(resumed)
    for name in ("20260101-000000-street", "20260201-000000-street", "20260301-000000-cuts"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "config.json").write_text("{}")
    assert run_directory(resumed) == Path("runs/20260201-000000-street")


def test_a_folder_that_cannot_be_made_is_named(quiet: TrainConfig, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(
        ConfigError, match=r"cannot make the run folder '.*file/run': Not a directory"
    ):
        train(quiet, directory=tmp_path / "file" / "run")
