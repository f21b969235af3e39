from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from stream_ae.bench.seeing.filters import closed, median

ELLIPSE = np.array(
    [
        [0, 0, 0, 0, 1, 0, 0, 0, 0],
        [0, 1, 1, 1, 1, 1, 1, 1, 0],
        [0, 1, 1, 1, 1, 1, 1, 1, 0],
        [1, 1, 1, 1, 1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1, 1, 1, 1, 1],
        [0, 1, 1, 1, 1, 1, 1, 1, 0],
        [0, 1, 1, 1, 1, 1, 1, 1, 0],
        [0, 0, 0, 0, 1, 0, 0, 0, 0],
    ],
    bool,
)


def masks() -> list[NDArray[np.bool_]]:
    random = np.random.default_rng(0)
    return [random.random((40, 53)) < share for share in (0.05, 0.3, 0.5, 0.9)]


def windows(
    mask: NDArray[np.bool_], side: int, *, mode: Literal["edge", "constant"]
) -> NDArray[np.bool_]:
    """What lies around each pixel, (H, W, side, side)."""
    padded = np.pad(mask, side // 2, mode=mode)
    return np.lib.stride_tricks.sliding_window_view(padded, (side, side))


@pytest.mark.parametrize("mask", masks())
def test_the_median_is_that_of_5_by_5_pixels(mask: NDArray[np.bool_]) -> None:
    assert np.array_equal(median(mask), np.median(windows(mask, 5, mode="edge"), axis=(2, 3)) > 0.5)


@pytest.mark.parametrize("mask", masks())
def test_closing_is_growing_and_shrinking_by_an_ellipse(mask: NDArray[np.bool_]) -> None:
    grown = (windows(mask, 9, mode="constant") & ELLIPSE).any(axis=(2, 3))
    assert np.array_equal(
        closed(mask), ~(windows(~grown, 9, mode="constant") & ELLIPSE).any(axis=(2, 3))
    )


@pytest.mark.parametrize("mask", masks())
def test_both_are_what_opencv_gives(mask: NDArray[np.bool_]) -> None:
    cv2 = pytest.importorskip("cv2", reason="OpenCV is not installed (the extra opencv)")
    picture = np.where(mask, 255, 0).astype(np.uint8)
    assert np.array_equal(median(mask), cv2.medianBlur(picture, 5) > 0)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    assert np.array_equal(closed(mask), cv2.morphologyEx(picture, cv2.MORPH_CLOSE, kernel) > 0)
