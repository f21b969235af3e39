import os
import resource
import shutil
from pathlib import Path

import pytest
from tests.support.full_disk import full_disk

from stream_ae.storage.atomic import (
    AppendedFile,
    read_lines,
    read_stored,
    remove_partial,
    write_atomically,
)


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_a_file_is_replaced_and_its_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "run" / "summary.json"
    write_atomically(path, b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert names(path.parent) == ["summary.json"]


def test_on_a_full_disk_the_old_file_stays_whole(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    write_atomically(path, b"old")
    with full_disk(at=10), pytest.raises(OSError, match="File too large"):
        write_atomically(path, bytes(100))
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["summary.json"]


def test_a_file_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            write_atomically(tmp_path / "summary.json", b"new")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert names(tmp_path) == []


def test_data_reaches_the_device_before_the_name_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, fsync = tmp_path / "state", os.fsync
    order: list[bool] = []

    def seen(descriptor: int) -> None:
        order.append(path.exists())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", seen)
    write_atomically(path, b"data")
    assert order == [False, True]  # the file before the renaming, the folder after it


def test_leftovers_of_a_killed_process_are_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in (".step-000000001.pt.partial", "step-000000001.pt", ".hidden", "other.partial"):
        (tmp_path / name).write_bytes(b"")
    remove_partial(tmp_path)
    remove_partial(tmp_path / "missing")
    assert names(tmp_path) == [".hidden", "other.partial", "step-000000001.pt"]


def test_records_are_in_the_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "run" / "metrics.jsonl"
    file = AppendedFile(path)
    assert not path.parent.exists()
    assert file.length == 0
    file.append(b"one\n")
    assert path.read_bytes() == b"one\n"
    file.append(b"two\n")
    assert path.read_bytes() == b"one\ntwo\n"
    assert file.length == 8
    file.close()


def test_a_file_that_is_there_grows(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b"old\n")
    file = AppendedFile(path)
    file.append(b"new\n")
    file.close()
    assert path.read_bytes() == b"old\nnew\n"


def test_on_a_full_disk_a_record_is_lost_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    file = AppendedFile(path)
    file.append(b"one\n")
    with full_disk(at=6), pytest.raises(OSError, match="File too large"):
        file.append(b"torn\n")
    assert path.read_bytes() == b"one\nto"  # what fits below 6 bytes
    file.append(b"three\n")
    assert path.read_bytes() == b"one\nthree\n"
    file.close()


def test_closing_removes_a_torn_record(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    file = AppendedFile(path)
    file.append(b"one\n")
    with full_disk(at=6), pytest.raises(OSError, match="File too large"):
        file.append(b"torn\n")
    file.close()
    file.close()
    assert path.read_bytes() == b"one\n"


def test_a_folder_that_cannot_be_made_is_tried_again(tmp_path: Path) -> None:
    blocker = tmp_path / "run"
    blocker.write_bytes(b"a file, no folder")
    file = AppendedFile(blocker / "metrics.jsonl")
    with pytest.raises(OSError, match=r"(exists|directory)"):
        file.append(b"one\n")
    blocker.unlink()
    file.append(b"two\n")
    file.close()
    assert (blocker / "metrics.jsonl").read_bytes() == b"two\n"


def test_a_file_that_was_removed_is_begun_again_in_its_folder_only(tmp_path: Path) -> None:
    path = tmp_path / "run" / "metrics.jsonl"
    file = AppendedFile(path)
    file.append(b"one\n")
    path.unlink()
    assert file.length == 0
    file.append(b"two\n")
    assert path.read_bytes() == b"two\n"
    shutil.rmtree(path.parent)
    with pytest.raises(FileNotFoundError, match=r"No such file or directory: '.*metrics\.jsonl'"):
        file.append(b"three\n")
    assert not path.parent.exists()
    file.close()


@pytest.mark.parametrize("makes_another", [False, True])
def test_a_file_that_was_renamed_is_left_whole_and_another_begun(
    tmp_path: Path, makes_another: bool
) -> None:
    path, older = tmp_path / "metrics.jsonl", tmp_path / "metrics.jsonl.1"
    file = AppendedFile(path)
    file.append(b"one\n")
    path.rename(older)
    if makes_another:
        path.touch()
    assert file.length == 0
    file.append(b"two\n")
    file.close()
    assert (older.read_bytes(), path.read_bytes()) == (b"one\n", b"two\n")


def test_a_file_that_was_cut_grows_from_there(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    file = AppendedFile(path)
    file.append(b"one\n")
    os.truncate(path, 0)
    file.append(b"two\n")
    assert path.read_bytes() == b"two\n"
    os.truncate(path, 0)
    file.close()
    assert path.read_bytes() == b""


def test_every_error_names_the_file(tmp_path: Path) -> None:
    with full_disk(at=10), pytest.raises(OSError, match="File too large") as error:
        write_atomically(tmp_path / "state", bytes(100))
    assert error.value.filename == str(tmp_path / "state")
    file = AppendedFile(tmp_path / "metrics.jsonl")
    with full_disk(at=10), pytest.raises(OSError, match="File too large") as error:
        file.append(bytes(100))
    assert error.value.filename == str(tmp_path / "metrics.jsonl")
    file.close()
    (tmp_path / "no folder").write_bytes(b"")
    with pytest.raises(OSError, match="exists") as error:
        write_atomically(tmp_path / "no folder" / "state", b"")
    assert error.value.filename == str(tmp_path / "no folder" / "state")


def test_only_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"whole")
    (tmp_path / "link").symlink_to("file")
    assert read_stored(tmp_path / "file") == read_stored(tmp_path / "link") == b"whole"
    (tmp_path / "endless").symlink_to("/dev/zero")
    with pytest.raises(OSError, match=r"no file but a pipe or a device: .*endless"):
        read_stored(tmp_path / "endless")
    with pytest.raises(IsADirectoryError):
        read_stored(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_stored(tmp_path / "missing")


def test_lines_are_read_one_by_one_but_for_an_unfinished_one(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"one\n\ntwo\nthr")
    assert list(read_lines(path)) == [b"one\n", b"\n", b"two\n"]


def test_lines_of_a_pipe_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no file but a pipe"):
        next(read_lines(tmp_path / "pipe"))
