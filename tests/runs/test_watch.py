import json
import shutil
import urllib.request
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stream_ae.errors import CheckpointError
from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.observers.checkpoint import load_latest
from stream_ae.observers.ports import free_port
from stream_ae.runs.config import TrainConfig
from stream_ae.runs.folder import read_run
from stream_ae.runs.train import train
from stream_ae.runs.watch_config import WatchConfig

FRAMES, ENTERS = 60, 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of a wall; a red square comes in and goes to the right."""
    pictures = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    wall = rng.integers(60, 180, (48, 48, 1)).repeat(3, axis=2)
    for index in range(FRAMES):
        rgb = wall + rng.normal(0, 2, wall.shape)
        if index >= ENTERS:
            left = min(index - ENTERS, 34)
            rgb[12:30, left : left + 14] = (200, 40, 40)
        Image.fromarray(rgb.clip(0, 255).astype(np.uint8)).save(pictures / f"{index:03d}.png")
    return pictures


@pytest.fixture
def config(folder: Path, tmp_path: Path) -> WatchConfig:
    return WatchConfig(
        source=str(folder),
        optimizer="sgd",
        size="small",
        progress=False,
        tensorboard=False,
        masks=tmp_path / "masks",
        scores=tmp_path / "scores.csv",
    )


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def events(directory: Path) -> list[dict[str, object]]:
    lines = (directory / "events.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    return [{k: v for k, v in row.items() if k != "time"} for row in rows if "start" in row]


def weights(directory: Path) -> torch.Tensor:
    model = load_latest(directory)[0]["learner"]["model"]
    return torch.cat([weight.flatten() for weight in model.values()])


@pytest.mark.slow
@pytest.mark.parametrize("stop", [5, 20])
def test_a_run_that_is_resumed_finds_the_same(
    config: WatchConfig, tmp_path: Path, stop: int
) -> None:
    train(config, directory=tmp_path / "whole")
    masks, scores = files(tmp_path / "masks"), (tmp_path / "scores.csv").read_bytes()
    assert len(masks) == scores.count(b"\n") - 1 == FRAMES
    assert b"".join(masks.values()).count(b"IEND") == FRAMES

    shutil.rmtree(tmp_path / "masks")
    (tmp_path / "scores.csv").unlink()
    train(replace(config, frames=stop), directory=tmp_path / "run")
    with (tmp_path / "scores.csv").open("ab") as file:
        file.write(b"21,0.1,0.2,0.3\n22,0.1")  # what came after the last state
    train(replace(config, resume=True), directory=tmp_path / "run")
    assert files(tmp_path / "masks") == masks
    assert (tmp_path / "scores.csv").read_bytes() == scores
    assert events(tmp_path / "run") == events(tmp_path / "whole")
    assert [row["kind"] for row in events(tmp_path / "run")][:1] == ["appeared"]


def test_a_frozen_run_learns_nothing(config: WatchConfig, tmp_path: Path) -> None:
    train(replace(config, frames=1), directory=tmp_path / "begun")
    frozen = replace(config, frames=4, frozen=True, run=tmp_path / "begun")
    train(frozen, directory=tmp_path / "run")
    assert torch.equal(weights(tmp_path / "run"), weights(tmp_path / "begun"))
    summary = read_run(tmp_path / "run").summary
    assert (summary["frames"], summary["frames_learned"]) == (4, 0)


def test_a_run_begins_with_what_another_one_knows(config: WatchConfig, tmp_path: Path) -> None:
    begun = replace(config, frames=ENTERS)
    train(begun, directory=tmp_path / "begun")
    later = Path(config.source).parent / "later"
    later.mkdir(exist_ok=True)
    shutil.copy(Path(config.source) / f"{ENTERS + 9:03d}.png", later / "0.png")
    for known, least, most in ((tmp_path / "begun", 0.05, 0.3), (None, 0.0, 0.0)):
        directory = tmp_path / f"run-{least}"
        train(replace(config, source=str(later), run=known), directory=directory)
        ratio = float((tmp_path / "scores.csv").read_text().splitlines()[1].split(",")[2])
        assert least <= ratio <= most


def test_a_trained_run_can_be_watched_when_it_is_resumed(
    config: WatchConfig, tmp_path: Path
) -> None:
    kept = {name: vars(config)[name] for name in ("source", "optimizer", "size")}
    trained = TrainConfig(**kept, frames=2, progress=False, tensorboard=False)
    train(trained, directory=tmp_path / "run")
    train(replace(config, frames=4, resume=True), directory=tmp_path / "run")
    assert [path.name for path in sorted((tmp_path / "masks").iterdir())] == [
        "000003.png",
        "000004.png",
    ]


def test_a_private_state_shows_nothing(config: WatchConfig, tmp_path: Path) -> None:
    train(replace(config, frames=3, private=True, masks=None), directory=tmp_path / "run")
    watcher = load_latest(tmp_path / "run")[0]["watcher"]
    assert (watcher["previous"], watcher["foreground"]) == (None, None)
    assert (watcher["novelty"]["motion"]["previous"], watcher["events"]["pixels"]) == (None, None)
    train(replace(config, frames=5, private=True, resume=True), directory=tmp_path / "run")


def test_a_run_to_begin_with_must_be_one(config: WatchConfig, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="should hold a whole state"):
        train(replace(config, run=tmp_path / "none"), directory=tmp_path / "run")
    assert not (tmp_path / "run").exists()


class AsksThePort(Observer):
    """Asks the run's own port with the last picture."""

    def __init__(self, port: int) -> None:
        self._url, self.text = f"http://127.0.0.1:{port}/metrics", ""

    def on_step(self, step: Step) -> None:
        if step.number == FRAMES:
            with urllib.request.urlopen(self._url, timeout=10) as response:
                self.text = response.read().decode()


@pytest.mark.slow
def test_what_is_found_can_be_asked_for_at_the_port(config: WatchConfig, tmp_path: Path) -> None:
    port = free_port("127.0.0.1", 0, purpose="a test")
    asks, directory = AsksThePort(port), tmp_path / "run"
    train(replace(config, metrics_port=port), directory=directory, observers=[asks])
    told = sum(event["kind"] == "appeared" for event in events(directory))
    assert told >= 1
    assert f'\nstream_ae_events_total{{kind="appeared"}} {told}.0\n' in asks.text
    assert "\nstream_ae_things_in_view 1.0\n" in asks.text
