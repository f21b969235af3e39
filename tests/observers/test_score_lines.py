from pathlib import Path

import numpy as np
import pytest
from tests.support.findings import make_findings

from stream_ae.detection.findings import Findings
from stream_ae.frame import Frame
from stream_ae.observers.score_lines import ScoreLines

FRAME = Frame(np.zeros((2, 2, 3), np.uint8))


def findings(number: int) -> Findings:
    mask = np.zeros((4, 8), bool)
    mask[0, :2] = True
    return make_findings(number, mask=mask, change_ratio=0.125, novelty=1 / 3)


def write(path: Path, first: int, last: int, *, resumed_at: int = 0) -> None:
    lines = ScoreLines(path, resumed_at=resumed_at)
    for number in range(first, last + 1):
        lines.on_findings(findings(number), FRAME)
    lines.close()


def test_every_frame_has_a_line(tmp_path: Path) -> None:
    path = tmp_path / "new" / "scores.csv"
    write(path, 1, 2)
    assert path.read_text() == (
        "frame,change_ratio,foreground_ratio,novelty\n1,0.125,0.0625,0.333333333\n"
        "2,0.125,0.0625,0.333333333\n"
    )


def test_another_run_begins_the_file_again(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    write(path, 1, 5)
    write(path, 1, 2)
    assert [line.split(",")[0] for line in path.read_text().splitlines()] == ["frame", "1", "2"]


@pytest.mark.parametrize("torn", [b"", b"6,0.1", b"6,0.125,0.0625,0.33", b"\xff\xfe\n"])
def test_a_resumed_run_goes_on_after_its_frame(tmp_path: Path, torn: bytes) -> None:
    path, whole = tmp_path / "scores.csv", tmp_path / "whole.csv"
    write(path, 1, 5)
    path.write_bytes(path.read_bytes() + torn)
    write(path, 4, 7, resumed_at=3)
    write(whole, 1, 7)
    assert path.read_bytes() == whole.read_bytes()


def test_nothing_is_written_before_the_first_frame(tmp_path: Path) -> None:
    ScoreLines(tmp_path / "scores.csv").close()
    assert list(tmp_path.iterdir()) == []
