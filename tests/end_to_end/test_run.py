"""A run from outside: the command line on a clip that the test writes itself."""

import json
import math
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest
import torch

pytestmark = pytest.mark.slow

FRAMES = 160
PARTS = ["read", "preprocess", "forward", "loss", "backward", "update", "change", "log"]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A ball that rolls over a checked floor."""
    path = tmp_path / "ball.mp4"
    rows, columns = np.mgrid[:64, :96]
    floor = np.where((rows // 8 + columns // 8) % 2, 90, 130).astype(np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for index in range(FRAMES):
            rgb = np.repeat(floor[..., None], 3, axis=2)
            ball = (rows - 32) ** 2 + (columns - index % 96) ** 2 < 80
            rgb[ball] = (230, 60, 40)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode())
    return path


def program(*arguments: str) -> list[str]:
    quiet = ["--no-progress", "--threads", "1"]
    return [sys.executable, "-m", "stream_ae", *arguments, *quiet]


def weights(directory: Path) -> torch.Tensor:
    newest = max((directory / "checkpoints").glob("step-*.pt"))
    model = torch.load(newest, weights_only=True)["learner"]["model"]
    return torch.cat([tensor.flatten() for tensor in model.values()])


def test_a_run_of_the_command_line_keeps_the_contract(clip: Path, tmp_path: Path) -> None:
    directory = tmp_path / "run"
    arguments = ["train", str(clip), "--frames", "60", "--run-dir", str(directory)]
    subprocess.run(program(*arguments), check=True, timeout=120)
    summary = json.loads((directory / "summary.json").read_text())
    assert summary["frames"] == summary["frames_learned"] == 60
    assert summary["frames_gated"] == 0
    assert summary["latent_shape"] == [16, 28, 28]
    terms = summary["mse"] + 0.1 * summary["gradient_loss"] + 0.1 * (1 - summary["ssim"])
    assert summary["global_loss"] == pytest.approx(terms, rel=1e-6)
    assert summary["last_50"]["mse"] < summary["mse"]
    assert 0 < summary["baselines"]["copy_last_frame"] < 0.1
    assert all(summary["seconds_by_part"][part] > 0 for part in PARTS)
    assert math.isclose(sum(summary["seconds_by_part"].values()), summary["seconds"])
    rows = [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [50, 60]


def test_every_picture_of_a_damaged_clip_is_accounted_for(clip: Path, tmp_path: Path) -> None:
    with av.open(str(clip)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    assert len(packets) == FRAMES
    data = bytearray(clip.read_bytes())
    for number in (20, 21, 90, FRAMES - 1):
        at = data.index(packets[number]) + len(packets[number]) // 3
        data[at : at + 8] = b"\xff" * 8
    clip.write_bytes(data)
    directory = tmp_path / "run"
    arguments = ["train", str(clip), "--gate", "--run-dir", str(directory), "--no-tensorboard"]
    subprocess.run(program(*arguments), check=True, timeout=120)
    summary = json.loads((directory / "summary.json").read_text())
    events = (directory / "events.jsonl").read_text().splitlines()
    told = [json.loads(line)["kind"] for line in events]
    assert 1 <= summary["decode_errors"] == told.count("decode_error") <= 4
    parts = ("frames_learned", "frames_gated", "dropped_frames", "decode_errors")
    assert sum(summary[part] for part in parts) == FRAMES


def test_kill_9_at_any_moment_changes_nothing(clip: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    options = ["--no-tensorboard", "--checkpoint-every", "0.2"]
    subprocess.run(
        program("train", str(clip), "--run-dir", str(whole), *options), check=True, timeout=120
    )
    chance = random.Random(0)
    kills = 0
    resume = program("train", str(clip), "--run-dir", str(parts), "--resume", *options)
    for _ in range(3):
        child = subprocess.Popen(resume, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            child.wait(timeout=3 + 1.5 * chance.random())
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            kills += 1
            child.wait()
    subprocess.run(resume, check=True, timeout=120)
    assert kills > 0
    summary = json.loads((parts / "summary.json").read_text())
    assert summary["frames"] == FRAMES
    assert torch.equal(weights(whole), weights(parts))
    steps = [
        json.loads(line)["step"] for line in (parts / "metrics.jsonl").read_text().splitlines()
    ]
    assert steps == sorted(set(steps))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_cleanly(clip: Path, tmp_path: Path, number: signal.Signals) -> None:
    directory = tmp_path / "run"
    quick = ["--loop", "--checkpoint-every", "0.1"]
    arguments = ["train", str(clip), "--run-dir", str(directory), *quick]
    child = subprocess.Popen(program(*arguments), stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while not list((directory / "checkpoints").glob("step-*.pt")) and time.monotonic() < end:
        time.sleep(0.05)
    child.send_signal(number)
    _, stderr = child.communicate(timeout=60)
    assert child.returncode == 0
    assert "Traceback" not in stderr
    summary = json.loads((directory / "summary.json").read_text())
    newest = max((directory / "checkpoints").glob("step-*.pt"))
    assert torch.load(newest, weights_only=True)["step"] == summary["frames"] > 0


def test_bad_input_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("this is no video")
    arguments = program("train", str(text), "--run-dir", str(tmp_path / "run"))
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "notes.mp4" in line
    assert not (tmp_path / "run").exists()
