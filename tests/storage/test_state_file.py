import hashlib
import io
import os
import re
import zipfile
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.support.full_disk import full_disk

from stream_ae.errors import CheckpointError
from stream_ae.storage import state_file
from stream_ae.storage.state_file import (
    FORMAT,
    DamagedStateError,
    SavedState,
    read_state,
    write_state,
)


def some_state() -> SavedState:
    generator = torch.Generator().manual_seed(0)
    return {
        "step": 7,
        "learner": {
            "weights": [torch.rand(40, 3, generator=generator)],
            "rng": generator.get_state(),
        },
        "settings": {"source": "scene:street", "lr": None},
    }


def same(one: object, other: object) -> bool:
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def test_a_state_is_read_back_bit_for_bit(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints" / "step-000000007.pt"
    write_state(path, some_state())
    state = read_state(path)
    assert state.pop("format") == FORMAT
    assert state.pop("torch") == torch.__version__
    assert re.match(r"\d+\.\d+", state.pop("stream_ae"))
    assert same(state, some_state())


def test_the_name_of_a_file_that_is_no_text_is_kept(tmp_path: Path) -> None:
    write_state(tmp_path / "a.pt", {"source": "caf\udce9.mp4"})
    assert read_state(tmp_path / "a.pt")["source"] == "caf\udce9.mp4"


def test_torch_alone_reads_it(tmp_path: Path) -> None:
    write_state(tmp_path / "a.pt", some_state())
    state = torch.load(tmp_path / "a.pt", weights_only=True)
    assert state["step"] == 7


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("states") / "whole.pt"
    write_state(path, some_state())
    return path.read_bytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_is_noticed(tmp_path: Path, written: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(written) - 1))
    wrong = data.draw(st.binary(min_size=1, max_size=8))
    spoiled = (written[:place] + wrong + written[place + len(wrong) :])[: len(written)]
    assume(spoiled != written)
    path = tmp_path / "damaged.pt"
    path.write_bytes(spoiled)
    with pytest.raises(DamagedStateError, match=r"^bad checksum$"):
        read_state(path)


def test_a_file_that_ends_early_is_noticed(tmp_path: Path, written: bytes) -> None:
    path = tmp_path / "damaged.pt"
    for length in [0, 1, 64, *range(100, len(written), 331), len(written) - 1]:
        path.write_bytes(written[:length])
        with pytest.raises(DamagedStateError, match=r"^bad checksum$"):
            read_state(path)


def test_it_is_a_sound_zip_archive(written: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        assert archive.testzip() is None
        assert len(archive.comment) == 64


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(DamagedStateError, match="No such file"):
        read_state(tmp_path / "missing.pt")


def test_a_pipe_is_no_state(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "step-000000001.pt")
    with pytest.raises(DamagedStateError, match="a pipe or a device"):
        read_state(tmp_path / "step-000000001.pt")


def seal(path: Path, content: bytes) -> Path:
    archive = content[:-2] + (64).to_bytes(2, "little")
    path.write_bytes(archive + hashlib.sha256(archive).hexdigest().encode())
    return path


def saved(content: object) -> bytes:
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def test_a_file_that_torch_alone_wrote_has_no_seal(tmp_path: Path) -> None:
    torch.save({"format": FORMAT}, tmp_path / "weights.pt")
    with pytest.raises(DamagedStateError, match="bad checksum"):
        read_state(tmp_path / "weights.pt")


@pytest.mark.parametrize("content", [{"weight": torch.ones(2)}, torch.ones(2)])
def test_a_sealed_file_of_another_kind_is_no_state(tmp_path: Path, content: object) -> None:
    with pytest.raises(DamagedStateError, match="not a state of stream-ae"):
        read_state(seal(tmp_path / "a.pt", saved(content)))


class Code:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (print, ("run",))


def test_code_in_a_file_is_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DamagedStateError, match=r"torch 2.* cannot read it"):
        read_state(seal(tmp_path / "a.pt", saved({"format": FORMAT, "step": Code()})))
    assert capsys.readouterr().out == ""


def test_another_format_names_both_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_file, "FORMAT", FORMAT + 1)
    write_state(tmp_path / "new.pt", some_state())
    monkeypatch.undo()
    said = rf"new\.pt .*format {FORMAT}.*got format {FORMAT + 1}.*another run"
    with pytest.raises(CheckpointError, match=said):
        read_state(tmp_path / "new.pt")


def test_a_full_disk_leaves_the_old_state(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    write_state(path, some_state())
    with full_disk(at=100), pytest.raises(OSError, match="File too large"):
        write_state(path, {"step": 8})
    assert read_state(path)["step"] == 7
