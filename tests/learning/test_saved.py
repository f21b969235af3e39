from pathlib import Path

import pytest
import torch

from stream_ae.errors import CheckpointError
from stream_ae.learning.saved import read_learner, restore, write_learner
from stream_ae.storage.state_file import SavedState, write_state


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write_learner(tmp_path / "a.pt", {"frames": 3}, optimizer="sgd")
    assert read_learner(tmp_path / "a.pt", optimizer="sgd") == {"frames": 3}


def test_a_file_of_another_optimizer_is_refused_with_both_names(tmp_path: Path) -> None:
    write_learner(tmp_path / "a.pt", {"frames": 3}, optimizer="sgd")
    with pytest.raises(CheckpointError, match="learned with 'sgd' and this learner uses 'adam'"):
        read_learner(tmp_path / "a.pt", optimizer="adam")


def test_a_file_that_cannot_be_used_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"cannot load .*nothing\.pt: No such file"):
        read_learner(tmp_path / "nothing.pt", optimizer="sgd")
    (tmp_path / "text.pt").write_text("not a state")
    with pytest.raises(CheckpointError, match=r"text\.pt: bad checksum; a file written by"):
        read_learner(tmp_path / "text.pt", optimizer="sgd")


def test_a_checkpoint_of_a_run_has_a_learner_too(tmp_path: Path) -> None:
    run = {"learner": {"frames": 3}, "settings": {"optimizer": "sgd"}, "step": 3}
    write_state(tmp_path / "step-3.pt", run)
    assert read_learner(tmp_path / "step-3.pt", optimizer="sgd") == {"frames": 3}
    write_state(tmp_path / "other.pt", {"optimizer": "sgd"})
    with pytest.raises(CheckpointError, match=r"other\.pt: it holds no learner; a file written by"):
        read_learner(tmp_path / "other.pt", optimizer="sgd")


class Holder:
    """What has a state, and takes half of a wrong one."""

    def __init__(self) -> None:
        self.state: SavedState = {
            "frames": 1,
            "model": {"w": torch.zeros(2)},
            "optimizer": {"param_groups": [{"lr": 0.1, "betas": 0}]},
        }

    def load(self, state: SavedState) -> None:
        self.state["frames"] = state["frames"]
        self.state["model"] = state["model"]
        if "broken" in state:
            raise state["broken"]
        self.state["optimizer"] = state["optimizer"]

    def restore(self, **changes: object) -> None:
        restore({**self.state, **changes}, own=self.state, load=self.load)


def test_a_state_is_restored_whole() -> None:
    holder = Holder()
    holder.restore(frames=2, model={"w": torch.ones(2)})
    assert holder.state["frames"] == 2
    assert holder.state["model"]["w"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frames": -1}, "frames must be a whole number, got -1"),
        ({"frames": "2"}, "frames must be a whole number, got '2'"),
        ({"model": {"w": torch.zeros(3)}}, r"got \(3,\) torch.float32 for 'w', which is \(2,\)"),
        ({"model": {"w": torch.zeros(2).double()}}, r"got \(2,\) torch.float64 for 'w'"),
        ({"model": {"v": torch.zeros(2)}}, r"for 'v', which is no weight here"),
        ({"model": None}, "got no weight for 'w'"),
        ({"optimizer": {"param_groups": [{"lr": 0.1, "eps": 0}]}}, "with eps, which has betas"),
        ({"optimizer": None}, "got TypeError"),
        ({"optimizer": {}}, "got KeyError: 'param_groups'"),
        ({"frames": 9, "broken": RuntimeError("two\nlines")}, "got RuntimeError: two lines; make"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_changed(
    changes: dict[str, object], message: str
) -> None:
    holder = Holder()
    with pytest.raises(CheckpointError, match=message):
        holder.restore(**changes)
    assert holder.state["frames"] == 1
    assert holder.state["model"]["w"].tolist() == [0.0, 0.0]


def test_a_setting_more_or_less_is_another_version_of_the_same_optimizer() -> None:
    holder = Holder()
    holder.restore(optimizer={"param_groups": [{"lr": 0.2}]})
    assert holder.state["optimizer"]["param_groups"] == [{"lr": 0.2}]
