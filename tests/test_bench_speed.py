from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stream_ae.bench_speed import as_lines, bench_speed
from stream_ae.step import PARTS


def test_a_row_says_where_the_time_of_a_frame_goes(tmp_path: Path) -> None:
    for index in range(3):
        Image.fromarray(np.full((24, 24, 3), 50 * index, np.uint8)).save(tmp_path / f"{index}.png")
    (row,) = bench_speed([str(tmp_path)], frames=4, repeats=2)
    assert row["frames"] == 4
    low, high = row["fps_range"]
    assert 0 < low <= row["fps"] <= high
    assert row["ms_by_part"].keys() == set(PARTS)
    total = sum(row["ms_by_part"].values())
    assert total == pytest.approx(1000 / row["fps"], rel=0.5)
    lines = as_lines(row).splitlines()
    assert len(lines) == 1 + len(PARTS)
    assert "frames/s" in lines[0]
