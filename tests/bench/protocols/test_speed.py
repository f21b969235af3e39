from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stream_ae.bench.protocols.speed import _growth, as_lines, bench_speed
from stream_ae.bench.rows import number, numbers, section
from stream_ae.errors import StreamAEError
from stream_ae.learning.step import PARTS


@pytest.fixture
def pictures(tmp_path: Path) -> str:
    for index in range(3):
        Image.fromarray(np.full((24, 24, 3), 50 * index, np.uint8)).save(tmp_path / f"{index}.png")
    return str(tmp_path)


@pytest.mark.slow
def test_a_row_says_where_the_time_of_a_frame_goes(pictures: str) -> None:
    (row,) = bench_speed([pictures], frames=4, repeats=2, threads=[1])
    assert (row["frames"], row["threads"]) == (4, 1)
    low, high = numbers(row, "fps_range")
    assert low is not None
    assert high is not None
    assert 0 < low <= number(row, "fps") <= high
    by_part = section(row, "ms_by_part")
    assert by_part.keys() == set(PARTS)
    total = sum(number(by_part, part) for part in by_part)
    assert total == pytest.approx(1000 / number(row, "fps"), rel=0.5)
    assert number(row, "overhead") > 1
    assert 0 < number(row, "matmul_share") < 1
    assert number(row, "first_frame_s") > 0
    lines = as_lines(row).splitlines()
    assert len(lines) == 3 + len(PARTS)
    assert "frames/s" in lines[0]
    assert "MiB at most" in lines[1]
    assert "× the bare network" in lines[2]


def test_memory_grows_by_what_the_second_half_of_a_run_adds() -> None:
    lines = [{"step": step, "speed/memory_mib": 400.0 + step} for step in (0, 50, 100, 150)]
    assert _growth(lines) == 100_000
    assert _growth(lines[:1]) == 0.0


@pytest.mark.slow
def test_a_stream_that_breaks_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream_ae.bench.protocols.speed._run", lambda *_args, **_options: {})
    with pytest.raises(StreamAEError, match=r"one frame of missing\.mp4 failed: .*missing\.mp4"):
        list(bench_speed(["missing.mp4"], frames=1, repeats=1))
