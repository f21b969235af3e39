import json
from pathlib import Path

import pytest

from stream_ae.web import follow
from stream_ae.web.follow import FollowedLines, rows_between


def _line(step: int) -> bytes:
    return json.dumps({"step": step, "value": step / 2}).encode() + b"\n"


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def test_each_line_is_given_once_and_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    resets: list[int] = []
    lines = FollowedLines(path, on_reset=lambda: resets.append(1))
    assert list(lines.new()) == []
    _append(path, _line(1) + _line(2) + b'{"step": 3')
    assert [row["step"] for row in lines.new()] == [1, 2]
    assert list(lines.new()) == []
    _append(path, b', "value": 1.5}\nno JSON\n[1]\n' + _line(4))
    assert [row["step"] for row in lines.new()] == [3, 4]
    assert resets == []


def test_a_file_that_was_put_in_its_place_is_read_from_its_beginning(tmp_path: Path) -> None:
    path, other = tmp_path / "metrics.jsonl", tmp_path / "other"
    resets: list[int] = []
    lines = FollowedLines(path, on_reset=lambda: resets.append(1))
    path.write_bytes(_line(1) + _line(2) + _line(3))
    assert len(list(lines.new())) == 3
    other.write_bytes(_line(1))
    other.replace(path)
    assert [row["step"] for row in lines.new()] == [1]
    assert resets == [1]


def test_a_long_file_comes_in_chunks_with_no_line_torn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "_CHUNK", 7)
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b"".join(map(_line, range(1, 40))))
    lines = FollowedLines(path, on_reset=lambda: None)
    assert [row["step"] for row in lines.new()] == list(range(1, 40))


@pytest.mark.parametrize(("first", "last"), [(1, 2000), (777, 790), (1, 1), (1990, 3000), (5, 4)])
def test_a_part_is_found_without_reading_all(
    first: int, last: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "_CHUNK", 100)
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b"".join(map(_line, range(1, 2001))))
    found = [row["step"] for row in rows_between(path, first=first, last=last)]
    assert found == [step for step in range(1, 2001) if first <= step <= last]
