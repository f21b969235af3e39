from pathlib import Path

import pytest
import torch
from tests.support.folders import picture_folder

from stream_ae.bench.protocols.long import HEADER, as_line, bench_long
from stream_ae.bench.trial import Trial, fresh, learn
from stream_ae.sources.concat import Piece


@pytest.mark.slow
def test_a_row_has_the_figures_of_each_window_and_visit(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "clip", count=3)
    (row,) = bench_long([folder], ["sgd:0.1"], frames=10, window=4)
    trial = Trial((Piece(folder, 0, 10),), "sgd", 0.1)
    mse = learn(trial).mse
    windows = [sum(mse[:4]) / 4, sum(mse[4:8]) / 4, sum(mse[8:]) / 2]
    assert row["mse_by_window"] == pytest.approx(windows, rel=1e-3)
    assert row["first_visit_mse"] == pytest.approx(sum(mse[:3]) / 3)
    assert row["last_visit_mse"] == pytest.approx(sum(mse[6:9]) / 3), "the last whole one"
    assert len(row["update_ratio_by_window"]) == len(row["effective_step_by_window"]) == 3
    assert row["overshoot_by_window"][0] is not None
    start = torch.cat([weight.flatten() for weight in fresh(trial).model.parameters()]).norm()
    assert len(row["weight_norm_by_window"]) == 3
    assert row["weight_norm_by_window"] == pytest.approx([start.item()] * 3, rel=0.05)
    line = as_line(row)
    assert line[: len(HEADER)].split()[:2] == ["clip", "sgd:0.1"]
    assert line.endswith(" ".join(f"{1000 * mean:.2f}" for mean in row["mse_by_window"]))


@pytest.mark.slow
def test_what_never_begins_anew_has_a_first_and_a_last_window(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "clip", count=9)
    (row,) = bench_long([folder], ["sgd:0.1"], frames=5, window=2)
    mse = learn(Trial((Piece(folder, 0, 5),), "sgd", 0.1)).mse
    assert row["first_visit_mse"] == pytest.approx(sum(mse[:2]) / 2)
    assert row["last_visit_mse"] == pytest.approx(sum(mse[3:]) / 2)


def test_what_diverges_is_a_row(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "clip", count=2)
    (row,) = bench_long([folder], ["sgd:1e30"], frames=4, window=2)
    assert row["diverged"]
    assert as_line(row).endswith("diverged")
