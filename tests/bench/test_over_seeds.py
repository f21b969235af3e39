import pytest
from tests.support.results import make_result

from stream_ae.bench.over_seeds import (
    mean_of,
    metrics_of,
    over_seeds,
    window_means,
    without,
)
from stream_ae.bench.rows import section
from stream_ae.bench.trial import Trial
from stream_ae.sources.concat import Piece

TRIAL = Trial((Piece("a.mp4", 0, 20),), "sgd", 0.1)


def test_a_run_gives_its_metrics_to_a_row() -> None:
    row = metrics_of(make_result(TRIAL, [1.0] * 10 + [0.5] * 50))
    assert row["mse"] == pytest.approx(35 / 60)
    assert row["last_50_mse"] == row["last_50_ssim"] == 0.5
    assert row["copy_last_frame"] == 0.25
    assert row["curve"] == [1.0, 0.5, 0.5, 0.5, 0.5, 0.5]
    assert row["overshoot_rate"] is None


def test_over_seeds_numbers_and_curves_are_means() -> None:
    row = over_seeds([metrics_of(make_result(TRIAL, [level] * 20)) for level in (0.1, 0.4, 0.2)])
    assert row["mse"] == pytest.approx(0.7 / 3)
    assert row["mse_spread"] == pytest.approx(0.15)
    assert row["mse_by_seed"] == pytest.approx([0.1, 0.4, 0.2])
    assert row["curve"] == [0.2333, 0.2333]
    by_seed = section(row, "by_seed")
    assert by_seed["mse"] == row["mse_by_seed"]
    assert by_seed["last_50_ssim"] == pytest.approx([0.1, 0.4, 0.2])
    assert "curve" not in by_seed
    assert row["seeds"] == 3
    assert row["diverged"] is False
    assert row["overshoot_rate"] is None


def test_a_row_says_which_seed_diverged() -> None:
    results = [make_result(TRIAL, [0.1], diverged=seed == 1) for seed in range(3)]
    row = over_seeds([metrics_of(result) for result in results])
    assert row == {
        "seeds": 3,
        "mse_by_seed": [0.1, None, 0.1],
        "diverged": True,
        "diverged_seeds": [1],
    }


def test_what_is_missing_counts_in_no_mean() -> None:
    assert mean_of([1.0, None, 3.0]) == 2.0
    assert mean_of([None]) is None
    assert window_means([None, 0.5, None, None, 1.0], 2) == [0.5, None, 1.0]


def test_a_row_may_be_had_without_some_of_its_values() -> None:
    assert without({"a": 1, "b": 2, "c": 3}, "a", "c", "d") == {"b": 2}
