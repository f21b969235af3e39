from pathlib import Path

import pytest
from tests.support.folders import picture_folder

from stream_ae.bench.protocols import out_of_stream as module
from stream_ae.bench.protocols.out_of_stream import HEADER, as_line, bench_transfer
from stream_ae.bench.trial import Trial, learn, score
from stream_ae.errors import ConfigError
from stream_ae.sources.concat import Piece


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return picture_folder(tmp_path / "short", count=6)


@pytest.fixture
def other(tmp_path: Path) -> str:
    return picture_folder(tmp_path / "long", count=10, grey=5)


@pytest.mark.slow
def test_what_is_held_out_was_never_learned(
    folder: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored: list[Piece] = []

    def watched(learner, pieces):
        scored.extend(pieces)
        assert learner.frames == (4 if len(scored) <= 2 else 6), "frozen"
        return score(learner, pieces)

    monkeypatch.setattr(module, "score", watched)
    short, long = bench_transfer([folder, other], ["sgd:0.1"], frames=8, repeats=1)
    ours, theirs = Piece(folder, 4, 2), Piece(other, 6, 2)
    assert scored == [ours, theirs, theirs, ours], "6 frames there are, of 10 only 8 were wanted"
    assert (short["frames_learned"], short["frames"]) == (4, 6)
    assert (long["frames_learned"], long["frames"]) == (6, 8)


@pytest.mark.slow
def test_a_row_has_the_error_held_out_in_stream_and_elsewhere(folder: str, other: str) -> None:
    row, _ = bench_transfer([folder, other], ["sgd:0.1"], frames=6, repeats=2)
    assert row["others"] == ["long"]
    assert len(row["others_mse"]) == 1
    in_stream = [learn(Trial((Piece(folder, 0, 4),), "sgd", 0.1, seed)) for seed in range(2)]
    assert row["in_stream_mse"] == pytest.approx(
        sum(result.summary["mse"] for result in in_stream) / 2
    )
    assert row["copy_last_frame"] == pytest.approx((20 / 255) ** 2, rel=1e-3)
    assert row["mse"] == pytest.approx(sum(row["mse_by_seed"]) / 2)
    assert row["mse"] != row["in_stream_mse"]
    line = as_line(row)
    assert line.endswith(f"  long {1000 * row['others_mse'][0]:.2f}")
    assert line.index("long") == HEADER.index("other streams")


def test_what_diverges_is_a_row(folder: str) -> None:
    (row,) = bench_transfer([folder], ["sgd:1e30"], repeats=1)
    assert row["diverged"]
    assert as_line(row).endswith("diverged")


def test_weights_that_the_last_step_broke_have_diverged_too(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "score", lambda *_: {"mse": float("nan")})
    (row,) = bench_transfer([folder], ["sgd:0.1"], repeats=1)
    assert row["diverged"]


def test_a_stream_too_short_to_hold_out_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="needs 5 frames or more of a stream, got 3 of 'tiny'"):
        next(bench_transfer([picture_folder(tmp_path / "tiny", count=3)]))
