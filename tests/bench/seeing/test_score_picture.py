import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stream_ae.bench.seeing.score_picture import Scored, draw_scores, runs
from stream_ae.errors import MissingExtraError


def frames(level: float) -> list[Scored]:
    return [Scored(f"Test{k // 4}.mp4", k % 4 > 1, level, level) for k in range(8)]


def test_equal_neighbours_are_one_run() -> None:
    assert list(runs([True, True, False, True])) == [(True, 0, 2), (False, 2, 3), (True, 3, 4)]
    assert list(runs([])) == []


def test_the_picture_has_a_line_for_each_method_and_grey_where_it_is_abnormal(
    tmp_path: Path,
) -> None:
    path = tmp_path / "out" / "novelty.png"
    draw_scores(path, {"with": frames(0.9), "without": frames(0.4)})
    image = np.asarray(Image.open(path).convert("RGB"))
    height, width = image.shape[:2]
    assert (height, width) == (352, 1210)
    for colour in ((0, 0x72, 0xB2), (0xD5, 0x5E, 0)):
        assert (image == colour).all(axis=2).any(axis=0).mean() > 0.5, "from one side to the other"
    grey = (image == 0xE6).all(axis=2).mean()
    assert 0.25 < grey < 0.5, "half of the frames are abnormal"


def test_without_matplotlib_it_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match="report"):
        draw_scores(tmp_path / "a.png", {"a": frames(0.5)})
