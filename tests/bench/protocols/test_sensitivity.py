from pathlib import Path

import pytest
from tests.support.folders import picture_folder

from stream_ae.bench.protocols.sensitivity import RATES, as_line, bench_sensitivity
from stream_ae.errors import ConfigError


@pytest.mark.slow
def test_a_row_for_each_rate_with_every_seed(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "pictures")
    rows = list(bench_sensitivity([folder], ["sgd"], frames=2, repeats=2))
    assert [row["lr"] for row in rows] == [0.001, 0.01, 0.1, 1.0, 10.0] == [*RATES]
    assert [row["optimizer"] for row in rows] == [f"sgd:{rate:g}" for rate in RATES]
    assert len({row["mse"] for row in rows}) == len(RATES)
    assert [len(row["mse_by_seed"]) for row in rows] == [2] * 5
    first, second = rows[0]["mse_by_seed"]
    assert as_line(rows[0]).endswith(f"  {1000 * first:.2f}  {1000 * second:.2f}")


def test_a_seed_that_diverged_is_named() -> None:
    row = {"source": "a", "optimizer": "sgd:10", "diverged": True, "mse_by_seed": [0.002, None]}
    assert as_line(row).split()[2:] == ["diverged", "2.00", "diverged"]


def test_a_rate_that_was_given_is_refused(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "pictures")
    with pytest.raises(ConfigError, match=r"got 'sgd:0\.1'; say sgd"):
        next(bench_sensitivity([folder], ["adam", "sgd:0.1"]))
