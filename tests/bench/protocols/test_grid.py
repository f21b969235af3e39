from pathlib import Path

import pytest
from tests.support.folders import picture_folder

from stream_ae.bench.contestants import GRIDS
from stream_ae.bench.protocols.grid import HEADER, OPTIMIZERS, as_line, bench_grid
from stream_ae.errors import ConfigError


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return picture_folder(tmp_path / "pictures")


@pytest.mark.slow
def test_a_row_has_the_best_rate_and_all_that_were_tried(folder: str) -> None:
    sgd, fixed = bench_grid([folder], ["sgd", "sgd:0.05"], frames=2, repeats=2)
    tried = {one["lr"]: one["mse"] for one in sgd["tried"]}
    assert tuple(tried) == GRIDS["sgd"]
    assert tried[sgd["lr"]] == min(tried.values()) == sgd["mse_by_seed"][0]
    assert sgd["edge"] == (sgd["lr"] in (0.03, 10.0))
    assert sgd["source"] == "pictures"
    assert len(sgd["mse_by_seed"]) == fixed["seeds"] == 2
    assert (fixed["optimizer"], fixed["lr"], fixed["edge"]) == ("sgd:0.05", 0.05, False)
    line = as_line(sgd)
    assert len(line) > len(HEADER)
    assert f"{1000 * sgd['mse']:.2f} ±" in line
    assert f"  10: {1000 * tried[10.0]:.2f}" in line
    assert as_line({**sgd, "edge": True}).count("*") == 1
    assert as_line({**sgd, "edge": False}).count("*") == 0


def test_where_every_rate_diverges_the_row_says_so(folder: str) -> None:
    (row,) = bench_grid([folder], ["sgd:1e30"], frames=3, repeats=2)
    assert row["diverged"] is True
    assert row["lr"] is None
    assert as_line(row).endswith("diverged  1e+30: diverged")


def test_every_optimizer_of_the_issue_is_compared() -> None:
    assert OPTIMIZERS == ("bounded", "adam", "adam-0.95", "muon", "sgd", "unbounded")


def test_an_unknown_optimizer_is_refused(folder: str) -> None:
    with pytest.raises(ConfigError, match="unknown optimizer 'adma'"):
        next(bench_grid([folder], ["sgd", "adma"]))
