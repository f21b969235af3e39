from pathlib import Path

import pytest
from tests.support.folders import picture_folder
from tests.support.results import make_result, measured, shown

from stream_ae.bench.protocols import plasticity as module
from stream_ae.bench.protocols.plasticity import PROTOCOL, frames_needed
from stream_ae.bench.rows import numbers
from stream_ae.bench.trial import Result, Trial
from stream_ae.errors import ConfigError

FAST = [4.0, 1.0, 1.0, 1.0]
SLOW = [8.0, 4.0, 1.0, 1.0]


@pytest.fixture(autouse=True)
def last_two_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TAIL", 2)


@pytest.fixture
def streams(tmp_path: Path) -> list[str]:
    return [picture_folder(tmp_path / name) for name in ("a", "b")]


def test_frames_needed_to_get_to_twice_the_end() -> None:
    assert frames_needed(FAST) == 2
    assert frames_needed(SLOW) == 3
    assert frames_needed([1.0, 1.0, 1.0]) == 1


def test_a_network_that_has_seen_all_is_compared_with_fresh_ones(
    streams: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    trials: list[Trial] = []

    def learn(trial: Trial) -> Result:
        trials.append(trial)
        whole = [*SLOW, *FAST, *[2 * error for error in SLOW]]
        return make_result(trial, whole if len(trial.pieces) == 3 else SLOW)

    monkeypatch.setattr(module, "learn", learn)
    names = ["sgd:0.1"]
    (row,) = measured(PROTOCOL, streams, optimizers=names, frames=12, repeats=2, segment=4)
    assert len(trials) == 2 * (1 + 3)
    assert [trial.seed for trial in trials] == [0] * 4 + [1] * 4
    assert all(trials[1 + place].pieces == (trials[0].pieces[place],) for place in range(3))
    assert row["source"] == "a + b"
    assert row["frames"] == 12
    assert row["needed"] == [3.0, 2.0, 3.0]
    assert row["needed_fresh"] == [3.0, 3.0, 3.0]
    assert row["final_mse"] == [1.0, 1.0, 2.0]
    assert row["ratios"] == pytest.approx([2 / 3, 1.0]), "the first scene is no cut"
    assert row["ratio"] == pytest.approx(5 / 6)
    assert row["final_ratio"] == 1.5
    assert shown(row, PROTOCOL).endswith("  0.7 1.0")


def test_by_default_there_are_twenty_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    frames: list[int] = []

    def learn(trial: Trial) -> Result:
        frames.append(sum(piece.frames for piece in trial.pieces))
        return make_result(trial, [1.0] * frames[-1])

    monkeypatch.setattr(module, "learn", learn)
    (row,) = measured(PROTOCOL, repeats=1)
    assert row["source"] == "scene:cuts"
    assert frames == [21 * 200] + [200] * 21
    assert row["ratios"] == [1.0] * 20


@pytest.mark.slow
def test_real_networks_begin_alike(streams: list[str]) -> None:
    names = ["sgd:0.1"]
    (row,) = measured(PROTOCOL, streams, optimizers=names, frames=6, repeats=1, segment=3)
    assert numbers(row, "needed")[0] == numbers(row, "needed_fresh")[0]
    whole, fresh = numbers(row, "final_mse"), numbers(row, "final_mse_fresh")
    assert whole[0] == fresh[0]
    assert whole[1] != fresh[1]


def test_what_diverges_is_a_row(streams: list[str]) -> None:
    names = ["sgd:1e30"]
    (row,) = measured(PROTOCOL, streams, optimizers=names, frames=6, repeats=1, segment=3)
    assert row["diverged"]
    assert shown(row, PROTOCOL).endswith("diverged")


def test_a_stream_without_a_cut_is_refused(streams: list[str]) -> None:
    with pytest.raises(ConfigError, match="more than 4 frames, got 4"):
        measured(PROTOCOL, streams, frames=4, segment=4)
