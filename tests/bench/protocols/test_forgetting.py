from pathlib import Path

import pytest
from tests.support.folders import picture_folder

from stream_ae.bench.protocols.forgetting import HEADER, as_line, bench_forgetting
from stream_ae.bench.trial import Trial, learn
from stream_ae.errors import ConfigError
from stream_ae.sources.concat import Piece


@pytest.fixture
def dark(tmp_path: Path) -> str:
    return picture_folder(tmp_path / "dark", count=4)


@pytest.fixture
def light(tmp_path: Path) -> str:
    return picture_folder(tmp_path / "light", count=4, grey=120)


@pytest.mark.slow
def test_there_and_back(dark: str, light: str) -> None:
    row, back = bench_forgetting([dark, light], ["sgd:0.1"], frames=2, repeats=1)
    assert (row["source"], back["source"]) == ("dark → light", "light → dark")
    pieces = (Piece(dark, 0, 2), Piece(light, 0, 2), Piece(dark, 2, 2))
    errors = learn(Trial(pieces, "sgd", 0.1)).mse
    assert row["mse"] == pytest.approx(sum(errors) / 6)
    assert row["first_mse"] == row["before_mse"] == pytest.approx(sum(errors[:2]) / 2)
    assert row["other_mse"] == pytest.approx(sum(errors[2:4]) / 2)
    assert row["back_mse"] == row["last_50_mse"] == pytest.approx(sum(errors[4:]) / 2)
    assert len(as_line(row)) == len(HEADER)


@pytest.mark.slow
def test_the_frozen_look_is_at_the_same_frames_and_learns_nothing(dark: str, light: str) -> None:
    row, _ = bench_forgetting([dark, light], ["sgd:0.1"], frames=1, repeats=1)
    assert row["frozen_mse"] == pytest.approx(row["back_mse"], rel=1e-5)
    longer, _ = bench_forgetting([dark, light], ["sgd:0.1"], frames=2, repeats=1)
    assert longer["frozen_mse"] != pytest.approx(longer["back_mse"], rel=1e-5)


def test_of_three_streams_each_is_left_once(dark: str, light: str, tmp_path: Path) -> None:
    third = picture_folder(tmp_path / "third", count=2)
    rows = bench_forgetting([dark, light, third], ["sgd:1e30"], frames=2, repeats=1)
    assert [(row["source"], row["diverged"]) for row in rows] == [
        ("dark → light", True),
        ("light → third", True),
        ("third → dark", True),
    ]


def test_one_stream_is_refused(dark: str) -> None:
    with pytest.raises(ConfigError, match="takes 2 streams or more, got 1"):
        next(bench_forgetting([dark]))
