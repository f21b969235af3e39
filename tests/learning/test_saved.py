from pathlib import Path

import pytest

from stream_ae.errors import CheckpointError
from stream_ae.learning.saved import read_learner, write_learner


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
