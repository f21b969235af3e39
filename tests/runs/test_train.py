import json
import logging
import os
import shutil
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tests.support.full_disk import full_disk

from stream_ae.errors import ConfigError, SourceError, SourceLostError, UnsavedError
from stream_ae.frame import Event, Frame
from stream_ae.learning.device import pick_device
from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.nn.autoencoder import SIZES
from stream_ae.observers.checkpoint import load_latest
from stream_ae.observers.ports import free_port
from stream_ae.runs.claim import Claim
from stream_ae.runs.config import TrainConfig
from stream_ae.runs.folder import read_run
from stream_ae.runs.train import run_directory, train
from stream_ae.settings.choices import Size
from stream_ae.sources.base import Source
from stream_ae.sources.image_folder import ImageFolder


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
        "source": str(Path(quiet.source).resolve()),
        "frames": 1,
        "run_dir": str(directory.resolve()),
        "live": False,
        "resume": False,
        "source_moved": False,
        "seed": 0,
        "device": pick_device("auto").type,
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
        "give_up_after": 180.0,
        "log_format": "text",
        "metrics_port": None,
        "metrics_host": "127.0.0.1",
    }


class AsksItsPort(Observer):
    """Asks the run's own port, from within the run."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self.answers: list[str] = []

    def on_step(self, step: Step) -> None:  # noqa: ARG002 - whichever it is
        for path in ("readyz", "metrics"):
            with urllib.request.urlopen(f"{self._url}/{path}", timeout=10) as response:
                self.answers.append(response.read().decode())


def test_a_run_tells_of_itself_at_its_port(quiet: TrainConfig, tmp_path: Path) -> None:
    port = free_port("127.0.0.1", 0, purpose="a test")
    asks, directory = AsksItsPort(port), tmp_path / "run"
    config = replace(quiet, frames=2, metrics_port=port)
    train(config, directory=directory, observers=[asks])
    assert asks.answers[0] == "ready\n"
    assert "\nstream_ae_frames_total 2.0\n" in asks.answers[3]
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10)


def test_nothing_is_written_where_the_port_is_taken(quiet: TrainConfig, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = replace(quiet, metrics_port=taken.getsockname()[1])
        with pytest.raises(ConfigError, match="--metrics-port needs a free port"):
            train(config, directory=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_lines_of_a_run_go_to_the_standard_output(
    quiet: TrainConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "run"
    train(replace(quiet, frames=3, log_format="json", progress=True), directory=directory)
    written = [
        line
        for name in ("metrics.jsonl", "events.jsonl")
        for line in (directory / name).read_text().splitlines()
    ]
    said = capsys.readouterr()
    assert sorted(said.out.splitlines()) == sorted(written)
    assert [json.loads(line).get("kind") for line in said.out.splitlines()] == [
        "started",
        "finished",
        None,
    ]
    assert "frame 3 of 3" in said.err


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
    train(replace(quiet, private=True, gate=True, tensorboard=True), directory=tmp_path / "run")
    state, _ = load_latest(tmp_path / "run")
    assert state["learner"]["at_hand"] is None
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
    assert (summary["frames_gated"] > 0) == gate


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
    quiet: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    resumed = replace(quiet, resume=True, frames=2)
    with pytest.raises(ConfigError, match=r"no run of '.*pictures' to resume"):
        run_directory(resumed)
    directory = run_directory(quiet)
    train(replace(quiet, frames=1), directory=directory)
    Path("runs/99990101-000000-pictures").mkdir()
    assert run_directory(resumed) == directory
    assert run_directory(replace(resumed, source="pictures")) == directory
    with pytest.raises(ConfigError, match="no run of 'scene:street' to resume"):
        run_directory(replace(resumed, source="scene:street"))


def test_runs_that_begin_in_the_same_second_have_folders_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.strftime", lambda _: "20260101-000000")
    for name in ("street", "street-2", "street-3"):
        directory = run_directory(TrainConfig(source="scene:street"))
        assert directory == Path(f"runs/20260101-000000-{name}")
    assert not Path("runs").exists()
    Path("runs/20260101-000000-cuts").mkdir(parents=True)
    directory = run_directory(TrainConfig(source="scene:cuts"))
    assert directory == Path("runs/20260101-000000-cuts-2")


def test_a_folder_that_cannot_be_made_is_named_before_the_source_is_opened(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match=r"cannot make the run folder '.*file/run': .*file is no"):
        train(TrainConfig(source="nowhere.mp4"), directory=tmp_path / "file" / "run")


def test_a_run_folder_is_learned_into_by_one_process(quiet: TrainConfig, tmp_path: Path) -> None:
    directory = tmp_path / "run"
    train(replace(quiet, frames=2), directory=directory)
    before = contents(directory)
    resumed = replace(quiet, resume=True)
    with Claim(directory, resume=True), pytest.raises(ConfigError, match="another process learns"):
        train(resumed, directory=directory)
    assert contents(directory) == before


def contents(directory: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_a_run_that_was_stopped_before_its_first_frame_leaves_nothing(
    quiet: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_frames(*_: object, **__: object) -> Iterator[Frame]:
        yield from ()

    monkeypatch.setattr(Source, "frames", no_frames)
    config = replace(quiet, tensorboard=True, progress=True)
    assert train(config, directory=tmp_path / "runs" / "a").frames == 0
    assert not (tmp_path / "runs").exists()


def test_a_source_that_gives_nothing_leaves_nothing(quiet: TrainConfig, tmp_path: Path) -> None:
    for path in Path(quiet.source).iterdir():
        path.write_bytes(b"no picture")
    with pytest.raises(SourceError, match="expected pictures, got none of 8"):
        train(quiet, directory=tmp_path / "runs" / "a")
    assert not (tmp_path / "runs").exists()


def test_more_frames_than_asked_for_are_left_as_they_are(
    quiet: TrainConfig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = tmp_path / "run"
    train(replace(quiet, frames=4), directory=directory)
    before = contents(directory)
    with caplog.at_level(logging.INFO, "stream_ae"):
        assert train(replace(quiet, resume=True, frames=3), directory=directory).frames == 4
    assert caplog.messages[-1].startswith("4 frames are learned already, and --frames is 3 in all")
    assert contents(directory) == before


@pytest.mark.slow
def test_a_finished_run_that_is_resumed_is_left_as_it_is(
    quiet: TrainConfig, tmp_path: Path
) -> None:
    directory = tmp_path / "run"
    train(quiet, directory=directory)
    before = contents(directory)
    assert train(replace(quiet, resume=True), directory=directory).frames == 8
    assert contents(directory) == before


@pytest.mark.slow
def test_a_recording_that_became_shorter_is_said(quiet: TrainConfig, tmp_path: Path) -> None:
    directory = tmp_path / "run"
    train(quiet, directory=directory)
    before = contents(directory)
    (Path(quiet.source) / "frame7.png").unlink()
    with pytest.raises(SourceError, match="at least 8 frames, which were learned of it, got 7"):
        train(replace(quiet, resume=True), directory=directory)
    assert contents(directory) == before


@pytest.mark.slow
def test_a_recording_that_was_moved_is_resumed_when_that_is_said(
    quiet: TrainConfig, tmp_path: Path
) -> None:
    directory = tmp_path / "run"
    train(replace(quiet, frames=2), directory=directory)
    moved = Path(quiet.source).rename(tmp_path / "elsewhere")
    resumed = replace(quiet, source=str(moved), resume=True, frames=3, run_dir=directory)
    with pytest.raises(ConfigError, match=r"leave SOURCE out to go on .*, add --source-moved"):
        train(resumed, directory=directory)
    train(replace(resumed, source_moved=True), directory=directory)
    assert load_latest(directory)[0]["settings"]["source"] == str(moved.resolve())
    train(replace(resumed, frames=4), directory=directory)
    assert load_latest(directory)[0]["step"] == 4


class RemoveFolder(Observer):
    """Take the run folder away at a step, or fill the disk."""

    def __init__(self, directory: Path, *, at: int) -> None:
        self.directory, self.at = directory, at

    def on_step(self, step: Step) -> None:
        if step.number == self.at:
            shutil.rmtree(self.directory)


def test_a_folder_that_is_gone_at_the_end_is_an_error_that_says_what_is_lost(
    quiet: TrainConfig, tmp_path: Path
) -> None:
    directory = tmp_path / "run"
    gone = RemoveFolder(directory, at=3)
    config = replace(quiet, frames=5, checkpoint_every=1000.0)
    lost = r"of frames 1 to 5 is lost: cannot write .*: the run folder is gone; no step was saved"
    with pytest.raises(UnsavedError, match=lost):
        train(config, directory=directory, observers=[gone])
    assert not directory.exists()


@pytest.mark.slow
def test_a_full_disk_at_the_end_says_which_step_was_saved_last(
    quiet: TrainConfig, tmp_path: Path
) -> None:
    directory = tmp_path / "run"
    train(replace(quiet, frames=2), directory=directory)
    before = (directory / "checkpoints" / "step-000000002.pt").read_bytes()
    lost = (
        r"of frames 3 to 8 is lost: cannot write .*/checkpoints/step-000000008\.pt: File too large;"
        r" step 2 was saved last; mend that and go on with --resume --run-dir .*/run"
    )
    with full_disk(at=20_000), pytest.raises(UnsavedError, match=lost):
        train(replace(quiet, resume=True), directory=directory)
    assert (directory / "checkpoints" / "step-000000002.pt").read_bytes() == before
    said = [row for row in read_run(directory).events if row["kind"] == "cannot_write"]
    assert [row["text"] for row in said] == [
        f"cannot write {directory}/checkpoints/step-000000008.pt: File too large"
    ]
    assert train(replace(quiet, resume=True), directory=directory).frames == 8


@pytest.mark.slow
def test_a_disk_that_was_full_for_a_while_is_a_warning(
    quiet: TrainConfig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class FullForAWhile(Observer):
        def __init__(self) -> None:
            self.disk = ExitStack()

        def on_step(self, step: Step) -> None:
            if step.number == 2:
                self.disk.enter_context(full_disk(at=20_000))
            if step.number == 5:
                self.disk.close()

    directory = tmp_path / "run"
    config = replace(quiet, checkpoint_every=1e-9)
    assert train(config, directory=directory, observers=[FullForAWhile()]).frames == 8
    assert load_latest(directory)[0]["step"] == 8
    warned = [m for m in caplog.messages if "cannot write" in m]
    assert warned == [
        f"cannot write {directory}/checkpoints/step-000000002.pt: File too large;"
        " learning goes on without it"
    ]
    events = [row for row in read_run(directory).events if row["kind"] == "cannot_write"]
    assert [row["step"] for row in events] == [2]


def test_a_stream_that_breaks_on_a_full_disk_says_both(
    quiet: TrainConfig,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = ImageFolder.read

    def breaks(source: ImageFolder, start: int) -> Iterator[Frame | Event]:
        yield from islice(whole(source, start), 3)
        raise SourceLostError("the camera is gone; is it on?")

    monkeypatch.setattr(ImageFolder, "read", breaks)
    with full_disk(at=20_000), pytest.raises(UnsavedError, match="frames 1 to 3 is lost"):
        train(quiet, directory=tmp_path / "run")
    assert "the camera is gone; is it on?" in caplog.messages
