from pathlib import Path

import pytest
import torch
from tests.support.folders import picture_folder
from tests.support.results import measured, shown, width

from stream_ae.bench.protocols.long import PROTOCOL
from stream_ae.bench.rows import numbers
from stream_ae.bench.trial import Trial, fresh, learn
from stream_ae.sources.concat import Piece


@pytest.mark.slow
def test_a_row_has_the_metrics_of_each_window_and_visit(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "clip", count=3)
    (row,) = measured(PROTOCOL, [folder], optimizers=["sgd:0.1"], frames=10, segment=4)
    assert row["window"] == 4
    trial = Trial((Piece(folder, 0, 10),), "sgd", 0.1)
    mse = learn(trial).mse
    windows = [sum(mse[:4]) / 4, sum(mse[4:8]) / 4, sum(mse[8:]) / 2]
    by_window = numbers(row, "mse_by_window")
    assert by_window == pytest.approx(windows, rel=1e-3)
    assert row["first_visit_mse"] == pytest.approx(sum(mse[:3]) / 3)
    assert row["last_visit_mse"] == pytest.approx(sum(mse[6:9]) / 3), "the last whole one"
    assert len(numbers(row, "update_ratio_by_window")) == 3
    assert len(numbers(row, "effective_step_by_window")) == 3
    assert numbers(row, "overshoot_by_window")[0] is not None
    start = torch.cat([weight.flatten() for weight in fresh(trial).model.parameters()]).norm()
    norms = numbers(row, "weight_norm_by_window")
    assert len(norms) == 3
    assert norms == pytest.approx([start.item()] * 3, rel=0.05)
    shown_row = shown(row, PROTOCOL)
    assert shown_row[: width(PROTOCOL)].split()[:2] == ["clip", "sgd:0.1"]
    assert f"  {norms[0]:.1f} → {norms[-1]:.1f}  " in shown_row
    assert shown_row.endswith("  " + " ".join(f"{1000 * (mean or 0.0):.2f}" for mean in by_window))


@pytest.mark.slow
def test_what_never_begins_again_has_a_first_and_a_last_window(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "clip", count=9)
    (row,) = measured(PROTOCOL, [folder], optimizers=["sgd:0.1"], frames=5, segment=2)
    mse = learn(Trial((Piece(folder, 0, 5),), "sgd", 0.1)).mse
    assert row["first_visit_mse"] == pytest.approx(sum(mse[:2]) / 2)
    assert row["last_visit_mse"] == pytest.approx(sum(mse[3:]) / 2)


def test_what_diverges_is_a_row(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "clip", count=2)
    (row,) = measured(PROTOCOL, [folder], optimizers=["sgd:1e30"], frames=4, segment=2)
    assert row["diverged"]
    assert shown(row, PROTOCOL).endswith("diverged")
