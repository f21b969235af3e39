from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.support.folders import picture_folder
from torch import Tensor

from stream_ae.bench.baselines import score as bench_baselines
from stream_ae.bench.baselines.score import score_baseline
from stream_ae.bench.rows import Row, number, section
from stream_ae.bench.trial import Trial, learn
from stream_ae.errors import DivergedError
from stream_ae.sources.concat import Piece


@pytest.fixture
def pieces(tmp_path: Path) -> tuple[Piece, ...]:
    return (Piece(picture_folder(tmp_path / "a", count=4), 0, 4),)


def score(name: str, pieces: tuple[Piece, ...]) -> Row:
    return score_baseline(name, pieces, seed=0, objective="full")


def test_those_of_the_past_are_the_ones_that_every_run_measures(pieces: tuple[Piece, ...]) -> None:
    summary = section(learn(Trial(pieces, "sgd", 0.1)).summary, "baselines")
    copy, mean = score("copy", pieces), score("running-mean", pieces)
    assert copy["mse"] == pytest.approx(summary["copy_last_frame"])
    assert mean["mse"] == pytest.approx(summary["running_mean"])
    assert copy["last_50_mse"] == number(copy, "mse") < number(mean, "mse")
    assert copy["curve"] == [float(f"{number(copy, 'mse'):.4g}")]


def test_those_that_see_the_frame_are_scored_on_the_frame(pieces: tuple[Piece, ...]) -> None:
    bicubic, pca = score("bicubic", pieces), score("online-pca", pieces)
    assert number(bicubic, "mse") < 1e-5
    assert number(bicubic, "ssim") > 0.99
    assert (
        0 < number(pca, "mse") < 1e-9
    )  # flat pictures, each a sum of components of the one before


def test_the_offline_bound_is_given_the_stream_and_may_diverge(
    pieces: tuple[Piece, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, object] = {}

    def offline(frames: Sequence[Tensor], **settings: object) -> dict[str, float]:
        asked.update(settings, shapes=[tuple(frame.shape) for frame in frames])
        if settings["seed"] == 7:
            raise DivergedError("the error must stay finite, got nan; use a smaller rate")
        return {"mse": 0.25, "last_50_mse": 0.125, "last_50_ssim": 0.5}

    monkeypatch.setattr(bench_baselines, "offline", offline)
    row = score_baseline("offline", pieces, seed=3, objective="mse")
    assert row == {"diverged": False, "mse": 0.25, "last_50_mse": 0.125, "last_50_ssim": 0.5}
    shapes = [(1, 3, 224, 224)] * 4
    settings = {"seed": 3, "objective": "mse", "last": 50, "model": None}
    assert asked == {**settings, "shapes": shapes}
    assert score_baseline("offline", pieces, seed=7, objective="mse") == {"diverged": True}
