from pathlib import Path

import pytest
from tests.support.folders import picture_folder
from tests.support.results import make_result, measured, shown

from stream_ae.bench.protocols import scenes as module
from stream_ae.bench.protocols.scenes import PROTOCOL
from stream_ae.bench.rows import Row, numbers
from stream_ae.bench.trial import Result, Trial

WELL = [0.04, 0.002, 0.002]


@pytest.fixture
def streams(tmp_path: Path) -> list[str]:
    return [picture_folder(tmp_path / name) for name in ("a", "b")]


def row_of(
    streams: list[str],
    monkeypatch: pytest.MonkeyPatch,
    whole: dict[int, list[float]],
    *,
    frames: int | None = None,
) -> Row:
    """A row where seeds have these errors on the whole stream and a fresh network does well."""

    def learn(trial: Trial) -> Result:
        return make_result(trial, whole[trial.seed] if len(trial.pieces) > 1 else WELL)

    monkeypatch.setattr(module, "TAIL", 2)
    monkeypatch.setattr(module, "learn", learn)
    names, seeds = ["sgd:0.1"], len(whole)
    (row,) = measured(PROTOCOL, streams, optimizers=names, frames=frames, repeats=seeds, segment=3)
    return row


def test_each_scene_is_visited_twice_and_compared_with_a_fresh_network(
    streams: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    second = [0.02, 0.001, 0.001]
    row = row_of(streams, monkeypatch, {0: [*WELL, *WELL, *second, *second]})
    assert row["source"] == "a + b"
    assert row["frames"] == 12
    assert row["scenes"] == 2
    assert row["segments_mse"] == pytest.approx([0.044 / 3] * 2 + [0.022 / 3] * 2, rel=1e-3)
    assert row["segments_last_50_mse"] == [0.002, 0.002, 0.001, 0.001]
    assert row["fresh_last_50_mse"] == [0.002, 0.002]
    assert row["first_visit_mse"] == pytest.approx(0.044 / 3)
    assert row["last_visit_mse"] == pytest.approx(0.022 / 3)
    assert row["worst_ratio"] == pytest.approx(1.0)
    assert row["collapsed"] is False
    assert shown(row, PROTOCOL).endswith("    1.00  no")


def test_a_network_that_collapsed_is_found_in_any_seed_and_segment(
    streams: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    collapsed = [*WELL, *WELL, *WELL, 0.04, 0.011, 0.011]
    nearly = [*WELL, *WELL, *WELL, 0.04, 0.0099, 0.0099]
    row = row_of(streams, monkeypatch, {0: WELL * 4, 1: collapsed, 2: nearly})
    assert row["collapsed"] is True
    assert row["collapsed_seeds"] == [1]
    assert row["worst_ratio"] == pytest.approx(5.5)
    assert shown(row, PROTOCOL).endswith("    5.50  seed 1")


def test_a_good_picture_has_not_collapsed_however_good_a_fresh_one_is(
    streams: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GOOD", 0.02)
    row = row_of(streams, monkeypatch, {0: [*WELL, *WELL, *WELL, 0.04, 0.019, 0.019]})
    assert row["collapsed"] is False
    assert row["worst_ratio"] == pytest.approx(9.5)


def test_a_visit_cut_short_is_not_judged(
    streams: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = row_of(streams, monkeypatch, {0: [*WELL, *WELL, *WELL, 0.04]}, frames=10)
    assert len(numbers(row, "segments_mse")) == 4
    assert row["collapsed"] is False
    assert row["last_visit_mse"] == row["first_visit_mse"]


@pytest.mark.slow
def test_real_networks_begin_as_fresh_ones(streams: list[str]) -> None:
    names = ["sgd:0.1"]
    (row,) = measured(PROTOCOL, streams, optimizers=names, frames=4, repeats=1, segment=2)
    whole, fresh = numbers(row, "segments_mse"), numbers(row, "fresh_last_50_mse")
    assert whole[0] == pytest.approx(fresh[0], rel=1e-3)
    assert whole[1] != pytest.approx(fresh[1], rel=1e-3)
    assert row["mse"] == pytest.approx(sum(mse or 0.0 for mse in whole) / 2, rel=1e-3)


def test_what_diverges_is_a_row(streams: list[str]) -> None:
    names = ["sgd:1e30"]
    (row,) = measured(PROTOCOL, streams, optimizers=names, frames=4, repeats=2, segment=2)
    assert row["diverged"]
    assert shown(row, PROTOCOL).endswith("diverged")
