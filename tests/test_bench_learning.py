from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stream_ae.bench_learning import HEADER, as_line, bench_learning
from stream_ae.errors import ConfigError


@pytest.fixture
def folder(tmp_path: Path) -> str:
    for index in range(4):
        Image.fromarray(np.full((24, 24, 3), 50 * index, np.uint8)).save(tmp_path / f"{index}.png")
    return str(tmp_path)


def test_a_row_for_each_optimizer_over_seeds(folder: str) -> None:
    rows = list(bench_learning([folder], ["sgd:0.01", "obgd"], frames=6, repeats=2))
    assert [row["optimizer"] for row in rows] == ["sgd:0.01", "obgd"]
    for row in rows:
        assert row["seeds"] == 2
        assert row["frames"] == 6
        assert 0 < row["mse"] < 1
        assert row["mse_spread"] > 0
        assert as_line(row).startswith(folder[-28:])
        assert len(as_line(row)) == len(HEADER)
    assert rows[0]["copy_last_frame"] == rows[1]["copy_last_frame"] > 0


def test_what_diverges_is_a_row_and_not_the_end(folder: str) -> None:
    rows = list(bench_learning([folder], ["sgd:1e30", "sgd:0.01"], frames=3, repeats=1))
    assert [row["diverged"] for row in rows] == [True, False]
    assert as_line(rows[0]).endswith("diverged")


def test_a_rate_that_is_no_number_is_refused(folder: str) -> None:
    with pytest.raises(ConfigError, match="name or name:lr, got 'sgd:fast'"):
        list(bench_learning([folder], ["sgd:fast"], frames=2, repeats=1))
