from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.support.labelled import labelled_folder

from stream_ae.bench.protocols.foreground import COLUMNS, bench_foreground
from stream_ae.bench.rows import number, text
from stream_ae.bench.seeing import methods
from stream_ae.bench.table import line
from stream_ae.detection.findings import Foreground
from stream_ae.errors import ConfigError
from stream_ae.frame import Rgb

OURS = [methods.OURS]


class Bright:
    """Stands for our detector: finds what is bright."""

    def update(self, rgb: Rgb, *, time: float, is_first: bool = False) -> Foreground:  # noqa: ARG002
        return Foreground(rgb[..., 0] > 150, rgb, noise=1.0)


@pytest.fixture(autouse=True)
def bright(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(methods, "ForegroundDetector", Bright)


def test_a_row_has_the_scores_of_the_frames_that_count(tmp_path: Path) -> None:
    (row,) = bench_foreground([labelled_folder(tmp_path / "a")], methods=OURS)
    assert [row[key] for key in ("source", "method", "frames", "scored")] == [
        "a",
        "stream-ae",
        12,
        10,
    ]
    assert number(row, "recall") == 1.0
    assert number(row, "precision") == 1.0
    assert 0.8 < number(row, "f_median") < 1, "corners are cut"
    assert 0.8 < number(row, "f_closing") < 1
    assert number(row, "ms") >= 0
    shown = line(row, columns=COLUMNS, second="method").split()
    assert shown[:3] == ["a", "stream-ae", "1.000"]


def test_masks_are_drawn_beside_the_frame_and_the_truth(tmp_path: Path) -> None:
    folder = labelled_folder(tmp_path / "a")
    list(bench_foreground([folder], methods=OURS, pictures=tmp_path / "out"))
    image = np.asarray(Image.open(tmp_path / "out" / "foreground-a.png"))
    assert image.shape == (16 + 4 * 24 + 3 * 4, 3 * 32 + 2 * 4, 3)
    truth, ours = image[-24:, 36:68], image[-24:, 72:]
    assert np.array_equal(truth, ours)
    assert truth.any()


def test_several_streams_have_a_mean(tmp_path: Path) -> None:
    folders = [labelled_folder(tmp_path / "a"), labelled_folder(tmp_path / "b", still=12)]
    one, other, mean = bench_foreground(folders, methods=OURS)
    assert text(mean, "source") == "mean of 2"
    assert number(mean, "ms") == pytest.approx((number(one, "ms") + number(other, "ms")) / 2)
    assert other["recall"] is None, "nothing moves in it"
    assert mean["recall"] is None


def test_what_is_wrong_is_said_before_anything_is_measured(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown method 'best'"):
        next(bench_foreground([labelled_folder(tmp_path / "a")], methods=["best"]))


def test_opencv_is_measured_on_the_same_frames(tmp_path: Path) -> None:
    pytest.importorskip("cv2.bgsegm", reason="OpenCV is not installed (the extra opencv)")
    folder = labelled_folder(tmp_path / "a", count=60, still=50)
    rows = list(bench_foreground([folder], frames=60))
    assert [row["method"] for row in rows] == list(methods.METHODS)
    assert {row["scored"] for row in rows} == {46}
    knn = rows[2]
    assert number(knn, "recall") > 0.5
