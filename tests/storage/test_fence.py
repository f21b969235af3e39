import json
import os
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.errors import ReplacedError
from stream_ae.storage.fence import FRESH, Fence


def test_each_writer_has_a_larger_number_than_the_one_before(tmp_path: Path) -> None:
    folder = tmp_path / "door"
    assert Fence(folder, "fleet").newest() == 0
    assert [Fence(folder, "fleet").take() for _ in range(3)] == [1, 2, 3]
    assert Fence(folder, "fleet").newest() == 3
    assert [path.name for path in folder.iterdir()] == ["writer-000003"]


def test_a_later_writer_of_the_same_owner_replaces_the_earlier_one(tmp_path: Path) -> None:
    earlier, later = Fence(tmp_path, "fleet"), Fence(tmp_path, "fleet")
    earlier.take()
    earlier.check()
    later.take()
    with pytest.raises(ReplacedError, match="a later one has taken it over; nothing more is"):
        earlier.check()
    later.check()


def test_another_owner_is_refused_as_long_as_the_first_one_lives(tmp_path: Path) -> None:
    held = Fence(tmp_path, "one fleet")
    held.take()
    refused = rf"should be free, but process {os.getpid()} on .* learns into it \(0 s ago\)"
    with pytest.raises(ReplacedError, match=refused):
        Fence(tmp_path, "another").take()
    with pytest.raises(ReplacedError, match=refused):
        Fence(tmp_path, "").refuse_held()
    held.check()
    silent = time.time() - FRESH - 1
    os.utime(tmp_path / "writer-000001", (silent, silent))
    assert Fence(tmp_path, "another").take() == 2
    with pytest.raises(ReplacedError, match="taken it over"):
        held.check()


def test_what_was_released_is_free_at_once_and_its_number_is_not_used_again(tmp_path: Path) -> None:
    first = Fence(tmp_path, "one fleet")
    first.take()
    first.release()
    first.check()  # who has let go writes nothing that could be guarded
    Fence(tmp_path, "").refuse_held()
    assert Fence(tmp_path, "another").take() == 2


def test_a_sign_of_life_is_given_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fence = Fence(tmp_path, "fleet")
    fence.take()
    path = tmp_path / "writer-000001"
    os.utime(path, (1, 1))
    fence.check()
    assert path.stat().st_mtime == 1
    later = time.monotonic() + 6
    monkeypatch.setattr("stream_ae.storage.fence.time.monotonic", lambda: later)
    fence.check()
    assert path.stat().st_mtime > 1


def test_nothing_is_held_where_there_is_no_folder_or_a_writer_without_a_name(
    tmp_path: Path,
) -> None:
    Fence(tmp_path / "none", "").refuse_held()
    (tmp_path / "writer-000007").write_text("{")
    Fence(tmp_path, "").refuse_held()
    assert Fence(tmp_path, "fleet").take() == 8


@given(st.lists(st.integers(1, 10**7), max_size=5, unique=True))
def test_the_number_is_the_largest_so_far_and_one_more(numbers: list[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in numbers:
            (folder / f"writer-{number:06d}").write_text(
                json.dumps({"owner": "fleet", "host": "h", "pid": 1})
            )
        assert Fence(folder, "fleet").take() == max(numbers, default=0) + 1
        assert len(list(folder.iterdir())) == 1
