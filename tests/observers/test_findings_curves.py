import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.findings import make_findings, make_frame

from stream_ae.errors import CheckpointError
from stream_ae.observers import findings_curves
from stream_ae.observers.findings_curves import POINTS, FindingsCurves, read_curves


def _watch(curves: FindingsCurves, numbers: range, *, peak: int = 0) -> None:
    for number in numbers:
        novelty = 0.999 if number == peak else 0.5
        curves.on_findings(make_findings(number, novelty=novelty, covered=8), make_frame(number))


def test_a_short_run_has_a_point_for_every_frame(tmp_path: Path) -> None:
    curves = FindingsCurves(tmp_path, clock=lambda: 1000.0)
    _watch(curves, range(1, 4), peak=2)
    curves.close()
    every, points = read_curves(tmp_path / "findings.json")
    assert every == 1
    assert [point.step for point in points] == [1, 2, 3]
    assert [point.seconds for point in points] == [0.0, 0.1, 0.2]
    assert [point.novelty for point in points] == [0.5, 0.999, 0.5]
    assert points[0] == (1, 0.0, 1000.0, 0.0, 0.1, 0.5)


@given(frames=st.integers(1, 400), peak=st.integers(1, 400))
@settings(max_examples=30)
def test_a_long_run_keeps_its_peak_in_a_constant_number_of_points(
    tmp_path_factory: pytest.TempPathFactory, frames: int, peak: int
) -> None:
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(findings_curves, "POINTS", 20)
        curves = FindingsCurves(folder)
        _watch(curves, range(1, frames + 1), peak=peak)
        curves.close()
    every, points = read_curves(folder / "findings.json")
    assert len(points) <= 20
    assert points[-1].step == frames
    assert all(point.step % every == 0 for point in points[:-1])
    assert [p.step for p in points] == sorted({p.step for p in points})
    found = [point.step for point in points if point.novelty == 0.999]
    assert len(found) == (peak <= frames)
    assert all(peak <= step < peak + every for step in found)


def test_a_resumed_run_goes_on_as_if_it_had_never_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings_curves, "POINTS", 20)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    curves = FindingsCurves(whole, clock=lambda: 5.0)
    _watch(curves, range(1, 131), peak=70)
    curves.close()
    first = FindingsCurves(parts, clock=lambda: 5.0)
    _watch(first, range(1, 101), peak=70)
    first.close()
    second = FindingsCurves(parts, resumed_at=96, clock=lambda: 5.0)  # of a checkpoint before
    _watch(second, range(97, 131))
    second.close()
    assert (parts / "findings.json").read_bytes() == (whole / "findings.json").read_bytes()


def test_the_file_is_written_now_and_then(tmp_path: Path) -> None:
    now = iter(range(0, 10_000, 10))
    curves = FindingsCurves(tmp_path, clock=lambda: float(next(now)))
    _watch(curves, range(1, 3))
    assert not (tmp_path / "findings.json").exists()
    _watch(curves, range(3, 4))
    assert len(read_curves(tmp_path / "findings.json")[1]) == 3


def test_without_a_frame_there_is_no_file(tmp_path: Path) -> None:
    FindingsCurves(tmp_path / "run").close()
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "contents",
    [
        "",
        "[]",
        '{"every": 1}',
        '{"every": 1, "points": []}',
        '{"every": 0, "points": [[1, 0, 0, 0, 0, 0]]}',
        '{"every": 1, "points": [[1, 2, 3]]}',
        '{"every": 1, "points": [[1, 0, 0, 0, 0, "much"]]}',
        '{"every": 1, "points": [[1.5, 0, 0, 0, 0, 0]]}',
        '{"every": 1, "points": [[1, 0, 0, 0, 0, NaN]]}',
    ],
)
def test_a_damaged_file_is_named(
    tmp_path: Path, contents: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "findings.json"
    path.write_text(contents)
    with pytest.raises(CheckpointError, match=r"findings\.json should hold the curves"):
        read_curves(path)
    curves = FindingsCurves(tmp_path, resumed_at=50)
    assert "the curves of the report begin at frame 51" in caplog.text
    _watch(curves, range(51, 53))
    curves.close()
    assert [point.step for point in read_curves(path)[1]] == [51, 52]


def test_the_file_says_what_its_columns_are(tmp_path: Path) -> None:
    curves = FindingsCurves(tmp_path)
    _watch(curves, range(1, POINTS + 2))
    curves.close()
    contents = json.loads((tmp_path / "findings.json").read_text())
    assert contents["columns"] == ["step", "seconds", "time", "change", "foreground", "novelty"]
    assert contents["every"] == 2
    assert len(contents["points"]) == POINTS // 2 + 1
