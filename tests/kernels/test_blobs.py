import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stream_ae.kernels.blobs import MOST, Blobs, count_shared, find_blobs, rename, shares_below

Mask = NDArray[np.bool_]


def flooded(mask: Mask) -> list[set[tuple[int, int]]]:
    """The parts of a mask in the order of their first pixels, found pixel by pixel."""
    left = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    parts = []
    while left:
        part, new = set(), [min(left)]
        while new:
            y, x = new.pop()
            if (y, x) in left:
                left.remove((y, x))
                part.add((y, x))
                new += [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
        parts.append(part)
    return parts


@given(st.integers(0, 2**32 - 1), st.floats(0, 1), st.integers(1, 12), st.integers(1, 12))
@settings(max_examples=60)
def test_blobs_are_what_a_flood_finds(seed: int, share: float, height: int, width: int) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < share
    blobs, parts = find_blobs(mask, least=1), flooded(mask)
    assert blobs.areas.tolist() == [len(part) for part in parts]
    for k, part in enumerate(parts):
        assert {(int(y), int(x)) for y, x in np.argwhere(blobs.labels == k + 1)} == part
        ys, xs = [y for y, _ in part], [x for _, x in part]
        assert blobs.boxes[k].tolist() == [min(xs), min(ys), max(xs) + 1, max(ys) + 1]
    assert np.count_nonzero(blobs.labels) == mask.sum()


def test_small_blobs_are_left_out() -> None:
    mask = np.zeros((9, 9), bool)
    mask[0, 0:2] = mask[4:6, 4:6] = True
    blobs = find_blobs(mask, least=3)
    assert blobs.areas.tolist() == [4]
    assert blobs.labels[0, 0] == 0
    assert blobs.labels[4, 4] == 1


def test_an_empty_mask_has_none() -> None:
    blobs = find_blobs(np.zeros((5, 6), bool), least=1)
    assert blobs.labels.shape == (5, 6)
    assert not blobs.labels.any()
    assert blobs.areas.shape == (0,)
    assert blobs.boxes.shape == (0, 4)


def test_of_too_many_the_largest_are_kept_in_the_order_of_the_picture() -> None:
    mask = np.zeros((224, 224), bool)
    mask[::3, ::3] = True
    mask[100:104, 0:4] = mask[0:2, 0:2] = True
    blobs = find_blobs(mask, least=1)
    assert len(blobs.areas) == MOST
    assert blobs.areas.max() >= 16
    assert blobs.labels.max() == MOST
    tops = blobs.boxes[:, 1].tolist()
    assert tops == sorted(tops)


def test_pixels_are_counted_by_blob() -> None:
    labels = np.array([[1, 1, 0], [2, 2, 2]], np.uint8)
    blobs = Blobs(labels, np.array([2, 3]), np.zeros((2, 4), np.int64))
    values = np.array([[1, 3, 0], [0, 2, 4]], np.float32)
    assert shares_below(blobs, values, limits=(2, 4)) == [[1 / 2, 1 / 3], [1, 2 / 3]]
    shared = count_shared(labels, np.array([[7, 0, 7], [0, 7, 5]], np.uint8))
    assert (shared[1, 7], shared[1, 0], shared[2, 7], shared[2, 5]) == (1, 1, 1, 1)
    assert shared.sum() == 5


def test_labels_get_other_names() -> None:
    labels = np.array([[0, 1, 2, 1]], np.uint8)
    assert rename(labels, np.array([0, 9, 4], np.uint8)).tolist() == [[0, 9, 4, 9]]
