from pathlib import Path

import pytest
from tests.support.folders import picture_folder
from tests.support.results import measured, shown, width

from stream_ae.bench.baselines.predictors import NAMES
from stream_ae.bench.contestants import read_contestants
from stream_ae.bench.protocols.in_stream import OPTIMIZERS, PROTOCOL
from stream_ae.bench.rows import number, numbers, section
from stream_ae.errors import ConfigError


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return picture_folder(tmp_path / "pictures")


@pytest.mark.slow
def test_a_row_for_each_optimizer_over_seeds(folder: str) -> None:
    names = ["sgd:0.01", "obgd"]
    rows = measured(PROTOCOL, [folder], optimizers=names, frames=6, repeats=2)
    assert [row["optimizer"] for row in rows] == names
    for row in rows:
        assert row["source"] == "pictures"
        assert row["seeds"] == 2
        assert row["frames"] == 6
        assert not row["baseline"]
        assert 0 < number(row, "mse") < 1
        assert number(row, "mse_spread") > 0
        assert len(numbers(row, "mse_by_seed")) == 2
        assert len(numbers(row, "curve")) == 1
        assert shown(row, PROTOCOL).startswith("pictures ")
        assert len(shown(row, PROTOCOL)) == width(PROTOCOL)
    assert rows[0]["copy_last_frame"] == rows[1]["copy_last_frame"]
    assert number(rows[0], "copy_last_frame") > 0


def test_baselines_stand_beside_on_the_same_frames(folder: str) -> None:
    names = ["sgd:0.01", "copy", "frozen"]
    rows = measured(PROTOCOL, [folder], optimizers=names, frames=3, repeats=2)
    sgd, copy = rows[:2]
    assert [row["baseline"] for row in rows] == [False, True, True]
    assert copy["mse"] == pytest.approx(sgd["copy_last_frame"])
    assert [row["seeds"] for row in rows] == [2, 1, 2]
    assert all(len(shown(row, PROTOCOL)) == width(PROTOCOL) for row in rows)


def test_a_network_of_somebody_elses_takes_part_with_baselines_of_its_own(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_small_networks.py").write_text(
        "from torch import nn\ndef tiny():\n    return nn.Conv2d(3, 3, 1)\n"
    )
    monkeypatch.chdir(tmp_path)
    names = ["sgd:0.01", "frozen", "bounded"]
    model = "my_small_networks:tiny"
    rows = measured(PROTOCOL, [folder], optimizers=names, frames=3, repeats=2, model=model)
    bounded, sgd, frozen = rows
    assert [row["optimizer"] for row in rows] == ["bounded", "sgd:0.01", "frozen"]
    assert {row["model"] for row in rows} == {model}
    assert number(sgd, "mse") < number(frozen, "mse")
    found = section(section(sgd, "difference"), "mse")
    assert found["mean"] == pytest.approx(number(sgd, "mse") - number(bounded, "mse"))
    assert shown(sgd, PROTOCOL).count(str(found["verdict"])) == 1
    assert len(numbers(section(sgd, "by_seed"), "last_50_ssim")) == 2


def test_another_network_has_no_map_to_leave_out(folder: str) -> None:
    with pytest.raises(ConfigError, match="has, got 'sgd-no-map:1' beside --model a:b"):
        measured(PROTOCOL, [folder], optimizers=["sgd-no-map:1"], model="a:b")


@pytest.mark.slow
def test_all_take_the_same_number_of_steps_on_the_same_frames() -> None:
    names = ["bounded", "adam:0.03", "sgd:1"]  # the losses of the last two jump at once
    rows = measured(PROTOCOL, ["scene:street"], optimizers=names, frames=20, repeats=1)
    wanted = (12 * 6 + 8) / 20  # there is one scene
    assert [number(row, "updates_per_frame") for row in rows] == [pytest.approx(wanted)] * 3


def test_all_that_is_compared_by_default_can_be_had() -> None:
    assert [contestant.text for contestant in read_contestants(OPTIMIZERS)] == [*OPTIMIZERS]
    assert not set(OPTIMIZERS) & set(NAMES)
    assert PROTOCOL.defaults.optimizers == (*OPTIMIZERS, "frozen", *NAMES)
    assert (PROTOCOL.defaults.frames, PROTOCOL.defaults.repeats) == (500, 5)


def test_what_diverges_is_a_row_and_not_the_end(folder: str) -> None:
    names = ["sgd:1e30", "sgd:0.01"]
    rows = measured(PROTOCOL, [folder], optimizers=names, frames=3, repeats=1)
    assert [row["diverged"] for row in rows] == [True, False]
    assert rows[0]["diverged_seeds"] == [0]
    assert shown(rows[0], PROTOCOL).endswith("diverged")


def test_nothing_is_measured_before_all_is_known_to_be_there(folder: str) -> None:
    with pytest.raises(ConfigError, match="name or name:lr, got 'sgd:fast'"):
        measured(PROTOCOL, [folder], optimizers=["sgd:0.1", "sgd:fast"])
