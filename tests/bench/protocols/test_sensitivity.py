from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.support.folders import picture_folder
from tests.support.results import measured, shown

from stream_ae.bench.protocols.sensitivity import PROTOCOL, RATES
from stream_ae.bench.rows import Row, numbers
from stream_ae.errors import ConfigError


@pytest.mark.slow
def test_a_row_for_each_rate_with_every_seed(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), np.uint8)
    for index, rgb in enumerate(noise):  # so much error that each rate takes another part of it
        Image.fromarray(rgb).save(tmp_path / f"{index}.png")
    rows = measured(PROTOCOL, [str(tmp_path)], optimizers=["sgd"], frames=2, repeats=2)
    assert [row["lr"] for row in rows] == [0.001, 0.01, 0.1, 1.0, 10.0] == [*RATES]
    assert [row["optimizer"] for row in rows] == [f"sgd:{rate:g}" for rate in RATES]
    assert len({row["mse"] for row in rows}) == len(RATES)
    assert [len(numbers(row, "mse_by_seed")) for row in rows] == [2] * 5
    by_seed = [f"{1000 * mse:.2f}" for mse in numbers(rows[0], "mse_by_seed") if mse is not None]
    assert shown(rows[0], PROTOCOL).endswith(f"  {'  '.join(by_seed)}")


def test_a_seed_that_diverged_is_named() -> None:
    row: Row = {
        "source": "a",
        "optimizer": "sgd:10",
        "diverged": True,
        "mse_by_seed": [0.002, None],
    }
    assert shown(row, PROTOCOL).split()[2:] == ["diverged", "2.00", "diverged"]


def test_a_rate_that_was_given_is_refused(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "pictures")
    with pytest.raises(ConfigError, match=r"got 'sgd:0\.1'; say sgd"):
        measured(PROTOCOL, [folder], optimizers=["adam", "sgd:0.1"])
