import functools
import sys
from pathlib import Path

import numpy as np
import pytest
import quick_start
import sparse_init
import streaming_video_autoencoder as original
import test_tensorboard
import torch

import optim
import stream_ae
from stream_ae.observers.tensorboard.board import Board

ROOT = Path(__file__).parent.parent


def test_the_names_of_the_original_are_ours() -> None:
    assert original.StreamingAutoEncoder is original.StreamingVideoAutoencoder
    assert original.PixelChangeDetector is original.ChangeDetector
    for name in ("StreamLearner", "StreamingVideoAutoencoder", "ChangeDetector"):
        assert getattr(original, name) is getattr(stream_ae, name)
    assert all(name in vars(original) for name in original.__all__)


def test_a_frame_is_preprocessed_to_the_size_of_the_network() -> None:
    image = original.preprocess_frame(np.full((48, 64, 3), 255, np.uint8))
    assert image.shape == (1, 3, 224, 224)
    assert image.dtype == torch.float32
    assert image.min() == pytest.approx(1.0)


def test_changes_are_detected_by_the_original_names() -> None:
    before = np.zeros((64, 64, 3), np.uint8)
    after = before.copy()
    after[16:48, 16:48] = 200
    change_mask, change_intensity = original.PixelChangeDetector().detect_changes(before, after)
    assert change_mask.shape == change_intensity.shape == (64, 64)
    assert change_mask[32, 32]
    assert not change_mask[2, 2]


def test_obgd_is_found_at_the_root() -> None:
    assert optim.ObGD is stream_ae.ObGD
    assert issubclass(optim.AdaptiveObGD, torch.optim.Optimizer)


def test_sparse_init_is_found_at_the_root() -> None:
    weight = torch.empty(8, 100)
    sparse_init.sparse_init(weight, sparsity=0.9)
    assert ((weight == 0).sum(dim=1) == 90).all()


def test_quick_start_hands_its_arguments_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["quick_start.py", "--mode", "1", "--source", "no-such-clip.mp4", "--frames", "1"]
    monkeypatch.setattr(sys, "argv", arguments)
    assert quick_start.main() == 2
    assert "no-such-clip.mp4" in capsys.readouterr().err


@pytest.mark.slow
def test_every_panel_can_be_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(test_tensorboard, "FRAMES", 10)
    assert test_tensorboard.main(tmp_path / "board") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 9
    assert all("panels read back" in line for line in lines[:-1])


@pytest.mark.slow
def test_a_missing_panel_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(test_tensorboard, "FRAMES", 10)
    monkeypatch.setattr(test_tensorboard, "Board", functools.partial(Board, images=False))
    assert test_tensorboard.main(tmp_path / "board") == 1
    text = capsys.readouterr().out
    assert "images      missing: ['images/change_mask', 'images/error', 'images/input'" in text
    assert "features/latent" in text
    assert "losses      5 panels read back" in text
