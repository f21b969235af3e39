import shutil
from pathlib import Path

import pytest
from tests.support.full_disk import full_disk

from stream_ae.observers.alerts.alert import Alert
from stream_ae.observers.alerts.outbox import Outbox


def alert(number: int) -> Alert:
    return Alert(f"{number:032x}", b'{"number": %d}' % number)


def taken(outbox: Outbox) -> list[Alert]:
    """All that waits, in order; nothing waits after it."""
    found = []
    while (first := outbox.first()) is not None:
        found.append(first)
        outbox.remove(first)
    return found


def test_what_is_put_in_comes_out_in_order(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "queue")
    assert not (tmp_path / "queue").exists()
    assert [outbox.put(alert(number)) for number in (3, 1, 2)] == [0, 0, 0]
    assert len(outbox) == 3
    assert taken(outbox) == [alert(3), alert(1), alert(2)]
    assert list((tmp_path / "queue").iterdir()) == []


def test_it_is_there_again_after_a_kill(tmp_path: Path) -> None:
    before = Outbox(tmp_path)
    for number in range(12):
        before.put(alert(number))
    before.remove(alert(0))
    (tmp_path / ".000000099-x.json.partial").write_bytes(b"torn")
    outbox = Outbox(tmp_path)
    outbox.put(alert(99))
    assert taken(outbox) == [alert(number) for number in (*range(1, 12), 99)]
    assert list(tmp_path.iterdir()) == []


def test_what_waits_already_is_not_put_in_twice(tmp_path: Path) -> None:
    Outbox(tmp_path).put(alert(1))
    outbox = Outbox(tmp_path)
    outbox.put(alert(1))
    assert len(outbox) == 1


def test_the_oldest_is_dropped_when_it_is_full(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, most=3)
    assert [outbox.put(alert(number)) for number in range(5)] == [0, 0, 0, 1, 1]
    assert len(list(tmp_path.iterdir())) == 3
    assert taken(outbox) == [alert(2), alert(3), alert(4)]


def test_one_that_is_put_off_lets_the_others_go_first(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    for number in range(3):
        outbox.put(alert(number))
    outbox.put_off(alert(0))
    outbox.put_off(alert(7))
    assert taken(outbox) == [alert(1), alert(2), alert(0)]


def test_a_file_that_is_damaged_or_gone_is_passed_over(tmp_path: Path) -> None:
    before = Outbox(tmp_path)
    for number in range(4):
        before.put(alert(number))
    paths = sorted(tmp_path.iterdir())
    paths[0].write_bytes(b"")  # a power cut
    paths[1].write_bytes(b'{"number": ')
    paths[2].unlink()
    (tmp_path / "notes.json").write_text("{}")
    outbox = Outbox(tmp_path)
    assert taken(outbox) == [alert(3)]
    assert [path.name for path in tmp_path.iterdir()] == ["notes.json"]


def test_on_a_full_disk_it_waits_in_memory(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    outbox.put(alert(1))
    with full_disk(), pytest.raises(OSError, match="File too large"):
        outbox.put(alert(2))
    outbox.put(alert(3))
    assert taken(outbox) == [alert(1), alert(2), alert(3)]


def test_a_folder_that_is_removed_is_not_made_again(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "run" / "queue")
    outbox.put(alert(1))
    shutil.rmtree(tmp_path / "run")
    with pytest.raises(FileNotFoundError):
        outbox.put(alert(2))
    assert not (tmp_path / "run").exists()
    assert taken(outbox) == [alert(2)]
