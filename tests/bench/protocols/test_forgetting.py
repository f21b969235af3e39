from pathlib import Path

import pytest
from tests.support.folders import picture_folder
from tests.support.results import measured, shown, width

from stream_ae.bench.protocols.forgetting import PROTOCOL
from stream_ae.bench.trial import Trial, learn
from stream_ae.errors import ConfigError
from stream_ae.sources.concat import Piece


@pytest.fixture
def streams(tmp_path: Path) -> list[str]:
    """Two streams, one dark and one light."""
    greys = {"dark": 0, "light": 120}
    return [picture_folder(tmp_path / name, grey=grey) for name, grey in greys.items()]


@pytest.mark.slow
def test_there_and_back(streams: list[str]) -> None:
    row, back = measured(PROTOCOL, streams, optimizers=["sgd:0.1"], frames=2, repeats=1)
    assert (row["source"], back["source"]) == ("dark → light", "light → dark")
    dark, light = streams
    pieces = (Piece(dark, 0, 2), Piece(light, 0, 2), Piece(dark, 2, 2))
    errors = learn(Trial(pieces, "sgd", 0.1)).mse
    assert row["mse"] == pytest.approx(sum(errors) / 6)
    assert row["first_mse"] == row["before_mse"] == pytest.approx(sum(errors[:2]) / 2)
    assert row["other_mse"] == pytest.approx(sum(errors[2:4]) / 2)
    assert row["return_mse"] == errors[4]
    assert row["back_mse"] == row["last_50_mse"] == pytest.approx(sum(errors[4:]) / 2)
    assert len(shown(row, PROTOCOL)) == width(PROTOCOL)


@pytest.mark.slow
def test_the_frozen_score_is_of_the_same_frames_and_learns_nothing(streams: list[str]) -> None:
    row, _ = measured(PROTOCOL, streams, optimizers=["sgd:0.1"], frames=1, repeats=1)
    assert row["frozen_mse"] == pytest.approx(row["back_mse"], rel=1e-5)
    longer, _ = measured(PROTOCOL, streams, optimizers=["sgd:0.1"], frames=2, repeats=1)
    assert longer["frozen_mse"] != pytest.approx(longer["back_mse"], rel=1e-5)


def test_of_three_streams_each_is_left_once(streams: list[str], tmp_path: Path) -> None:
    third = picture_folder(tmp_path / "third", count=2)
    rows = measured(PROTOCOL, [*streams, third], optimizers=["sgd:1e30"], frames=2, repeats=1)
    assert [(row["source"], row["diverged"]) for row in rows] == [
        ("dark → light", True),
        ("light → third", True),
        ("third → dark", True),
    ]


def test_one_stream_is_refused(streams: list[str]) -> None:
    with pytest.raises(ConfigError, match="takes 2 streams or more, got 1"):
        measured(PROTOCOL, streams[:1])
