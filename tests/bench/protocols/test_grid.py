from pathlib import Path

import pytest
from tests.support.folders import picture_folder
from tests.support.results import measured, shown, width

from stream_ae.bench.contestants import GRIDS
from stream_ae.bench.protocols.grid import PROTOCOL
from stream_ae.bench.rows import number, numbers, sections
from stream_ae.errors import ConfigError


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return picture_folder(tmp_path / "pictures")


@pytest.mark.slow
def test_a_row_has_the_best_rate_and_all_that_were_tried(folder: str) -> None:
    names = ["sgd", "sgd:0.05"]
    sgd, fixed = measured(PROTOCOL, [folder], optimizers=names, frames=2, repeats=2)
    tried = {number(one, "lr"): number(one, "mse") for one in sections(sgd, "tried")}
    assert tuple(tried) == GRIDS["sgd"]
    assert tried[number(sgd, "lr")] == min(tried.values()) == numbers(sgd, "mse_by_seed")[0]
    assert sgd["edge"] == (sgd["lr"] in (0.03, 10.0))
    assert sgd["source"] == "pictures"
    assert len(numbers(sgd, "mse_by_seed")) == fixed["seeds"] == 2
    assert (fixed["optimizer"], fixed["lr"], fixed["edge"]) == ("sgd:0.05", 0.05, False)
    shown_row = shown(sgd, PROTOCOL)
    assert len(shown_row) > width(PROTOCOL)
    assert f"{1000 * number(sgd, 'mse'):.2f} ±" in shown_row
    assert f"  10: {1000 * tried[10.0]:.2f}" in shown_row
    assert shown({**sgd, "edge": True}, PROTOCOL).count("*") == 1
    assert shown({**sgd, "edge": False}, PROTOCOL).count("*") == 0


def test_where_every_rate_diverges_the_row_says_so(folder: str) -> None:
    (row,) = measured(PROTOCOL, [folder], optimizers=["sgd:1e30"], frames=3, repeats=2)
    assert row["diverged"] is True
    assert row["lr"] is None
    assert shown(row, PROTOCOL).endswith("diverged  1e+30: diverged")


def test_every_optimizer_with_a_grid_is_compared() -> None:
    names = ("bounded", "adam", "adam-0.95", "muon", "sgd", "unbounded")
    assert PROTOCOL.defaults.optimizers == names


def test_an_unknown_optimizer_is_refused(folder: str) -> None:
    with pytest.raises(ConfigError, match="unknown optimizer 'adma'"):
        measured(PROTOCOL, [folder], optimizers=["sgd", "adma"])
