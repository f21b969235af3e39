from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.support.folders import picture_folder
from tests.support.results import measured, shown

from stream_ae.bench.protocols import out_of_stream as module
from stream_ae.bench.protocols.out_of_stream import PROTOCOL
from stream_ae.bench.rows import number, numbers
from stream_ae.bench.table import heading
from stream_ae.bench.trial import Trial, learn, score
from stream_ae.errors import ConfigError
from stream_ae.learning.learner import StreamLearner
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

    def watched(learner: StreamLearner, pieces: Sequence[Piece]) -> dict[str, float | None]:
        scored.extend(pieces)
        assert learner.frames == (4 if len(scored) <= 2 else 6), "frozen"
        return score(learner, pieces)

    monkeypatch.setattr(module, "score", watched)
    short, long = measured(PROTOCOL, [folder, other], optimizers=["sgd:0.1"], frames=8, repeats=1)
    ours, theirs = Piece(folder, 4, 2), Piece(other, 6, 2)
    assert scored == [ours, theirs, theirs, ours], "6 frames there are, of 10 only 8 were wanted"
    assert (short["frames_learned"], short["frames"]) == (4, 6)
    assert (long["frames_learned"], long["frames"]) == (6, 8)


@pytest.mark.slow
def test_a_row_has_the_error_held_out_in_stream_and_elsewhere(folder: str, other: str) -> None:
    row, _ = measured(PROTOCOL, [folder, other], optimizers=["sgd:0.1"], frames=6, repeats=2)
    assert row["others"] == ["long"]
    (elsewhere,) = numbers(row, "others_mse")
    assert elsewhere is not None
    in_stream = [learn(Trial((Piece(folder, 0, 4),), "sgd", 0.1, seed)) for seed in range(2)]
    assert row["in_stream_mse"] == pytest.approx(
        sum(number(result.summary, "mse") for result in in_stream) / 2
    )
    assert row["copy_last_frame"] == pytest.approx((20 / 255) ** 2, rel=1e-3)
    by_seed = [mse for mse in numbers(row, "mse_by_seed") if mse is not None]
    assert row["mse"] == pytest.approx(sum(by_seed) / 2)
    assert row["mse"] != row["in_stream_mse"]
    shown_row = shown(row, PROTOCOL)
    assert shown_row.endswith(f"  long {1000 * elsewhere:.2f}")
    assert shown_row.index("long") == heading(PROTOCOL.columns).index("other streams")


def test_what_diverges_is_a_row(folder: str) -> None:
    (row,) = measured(PROTOCOL, [folder], optimizers=["sgd:1e30"], repeats=1)
    assert row["diverged"]
    assert shown(row, PROTOCOL).endswith("diverged")


def test_weights_that_the_last_step_broke_have_diverged_too(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "score", lambda *_: {"mse": float("nan")})
    (row,) = measured(PROTOCOL, [folder], optimizers=["sgd:0.1"], repeats=1)
    assert row["diverged"]


def test_a_stream_too_short_to_hold_out_is_refused(tmp_path: Path) -> None:
    tiny = picture_folder(tmp_path / "tiny", count=3)
    with pytest.raises(ConfigError, match="needs 5 frames or more of a stream, got 3 of 'tiny'"):
        measured(PROTOCOL, [tiny])
