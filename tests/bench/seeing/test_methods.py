import sys

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.labelled import scene_with_square

from stream_ae.bench.seeing import methods
from stream_ae.bench.seeing.methods import METHODS, OURS, check_methods, method
from stream_ae.detection.findings import Foreground
from stream_ae.errors import ConfigError, MissingExtraError
from stream_ae.frame import Rgb

THEIRS = [name for name in METHODS if name != OURS]


class Told:
    """Stands for our detector: writes down what it is told, and finds what is bright."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self.times: list[float] = []
        self.firsts: list[bool] = []

    def update(self, rgb: Rgb, *, time: float, is_first: bool = False) -> Foreground:
        self.shapes.append(rgb.shape)
        self.times.append(time)
        self.firsts.append(is_first)
        return Foreground(rgb[..., 0] > 150, rgb, noise=1.0)


def test_ours_sees_the_picture_of_the_network_and_its_mask_is_enlarged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Told()
    monkeypatch.setattr(methods, "ForegroundDetector", lambda: told)
    ours = method(OURS)
    found = [ours.find(scene_with_square(2, left=4), time=time) for time in (0.0, 0.04)]
    assert told.shapes == [(224, 224, 3)] * 2
    assert told.times == [0.0, 0.04]
    assert told.firsts == [True, False]
    expected = np.zeros((24, 32), bool)
    expected[8:16, 4:12] = True
    assert np.array_equal(found[1].mask, expected)
    assert 0 <= found[1].ms < 1000


@pytest.mark.slow
def test_ours_finds_what_comes_into_a_still_scene() -> None:
    ours = method(OURS)
    frames = [scene_with_square(k) for k in range(20)] + [scene_with_square(0, left=9)] * 3
    masks = [ours.find(rgb, time=k / 25).mask for k, rgb in enumerate(frames)]
    square = np.zeros((24, 32), bool)
    square[8:16, 9:17] = True
    assert not masks[-4].any()
    assert masks[-1][square].mean() > 0.9
    assert masks[-1][~square].mean() < 0.05


@pytest.mark.parametrize("name", THEIRS)
def test_theirs_find_what_comes_into_a_still_scene(name: str) -> None:
    pytest.importorskip("cv2.bgsegm", reason="OpenCV is not installed (the extra opencv)")

    def masks() -> list[NDArray[np.bool_]]:
        theirs = method(name)
        frames = [scene_with_square(k) for k in range(40)] + [scene_with_square(0, left=9)] * 3
        return [theirs.find(rgb, time=0.0).mask for rgb in frames]

    once, twice = masks(), masks()
    assert np.array_equal(once, twice), "seeded"
    square = np.zeros((24, 32), bool)
    square[8:16, 9:17] = True
    assert once[-1].shape == (24, 32)
    assert once[-1][square].mean() > 0.6
    assert once[-1][~square].mean() < 0.05


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown method 'mog3'; there are stream-ae, mog2, knn"):
        check_methods([OURS, "mog3"])


@pytest.mark.parametrize("missing", ["cv2", "cv2.bgsegm"])
def test_a_missing_library_is_named_with_its_extra(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing == "cv2.bgsegm":
        cv2 = pytest.importorskip("cv2", reason="OpenCV is not installed (the extra opencv)")
        monkeypatch.delattr(cv2, "bgsegm")
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtraError, match=r"comparing with knn .* needs OpenCV .*\[opencv\]"):
        check_methods([OURS, "knn"])
    check_methods([OURS])
