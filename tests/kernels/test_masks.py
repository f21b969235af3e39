import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.measure import label

from stream_ae.kernels.masks import Least, find_ghosts, keep_regions, trim, weigh

Bytes = NDArray[np.uint8]


def random_mask(seed: int, *, size: tuple[int, int] = (23, 31), share: float = 0.4) -> Bytes:
    return (np.random.default_rng(seed).random(size) < share).astype(np.uint8)


def plainly(mask: Bytes, weights: Bytes, least: Least) -> Bytes:
    out = mask.copy()
    regions = label(mask, connectivity=2)
    for number in range(1, regions.max() + 1):
        region = regions == number
        total = weights[region].sum()
        if (region.sum() < least.size and total < least.alone) or total < least.support:
            out[region] = 0
    holes = label(1 - mask, connectivity=1)
    outside = {*holes[0], *holes[-1], *holes[:, 0], *holes[:, -1]}
    for number in range(1, holes.max() + 1):
        hole = holes == number
        is_doubtful = weights[hole].sum() >= least.doubt * hole.sum()
        if number not in outside and hole.sum() < least.hole and is_doubtful:
            out[hole] = 1
    return out


def test_what_lasts_speaks_more_for_an_object_than_what_is_beyond_doubt() -> None:
    mask, strong = random_mask(0), random_mask(1)
    lasting, is_clear = (random_mask(seed).view(np.bool_) for seed in (2, 3))
    expected = np.where(mask != 0, np.where(lasting, 5 * strong, strong), ~is_clear)
    found = weigh(mask, strong, lasting=lasting, is_clear=is_clear, weight=5)
    np.testing.assert_array_equal(found, expected)


@given(seed=st.integers(0, 10_000), share=st.floats(0.05, 0.95), size=st.integers(1, 40))
def test_regions_are_those_of_the_plain_operations(seed: int, share: float, size: int) -> None:
    mask = random_mask(seed, size=(size, 26), share=share)
    weights = 2 * random_mask(seed + 1, size=(size, 26))
    least = Least(size=4, support=3, alone=5, hole=5, doubt=0.5)
    expected = plainly(mask, weights, least)
    keep_regions(mask, weights, least=least)
    np.testing.assert_array_equal(mask, expected)


def test_a_region_needs_pixels_beyond_doubt() -> None:
    mask, strong = np.zeros((9, 9), np.uint8), np.zeros((9, 9), np.uint8)
    mask[1:4, 1:4] = mask[5:8, 5:8] = 1
    strong[2, 2] = 1
    keep_regions(mask, strong, least=Least(size=9, support=1, alone=9, hole=0, doubt=0))
    assert mask.sum() == 9
    assert mask[2, 2] == 1


def test_an_edge_that_is_mostly_background_goes() -> None:
    mask, distance = np.zeros((12, 12), np.uint8), np.zeros((12, 12), np.int16)
    mask[2:10, 2:10], distance[2:10, 2:10] = 1, 100
    distance[2:10, 2], distance[2:10, 9] = 30, 60
    distance[5, 5] = 10
    trimmed = trim(mask, distance, share=0.5)
    expected = mask.copy()
    expected[2:10, 2] = 0
    np.testing.assert_array_equal(trimmed, expected)
    np.testing.assert_array_equal(trim(mask, distance, share=0.0), mask)


def test_the_border_of_the_picture_is_no_edge() -> None:
    mask, distance = np.ones((3, 3), np.uint8), np.full((3, 3), 100, np.int16)
    distance[0, 1] = 1
    np.testing.assert_array_equal(trim(mask, distance, share=0.9), mask)


def test_a_region_whose_outline_is_in_the_background_is_a_ghost() -> None:
    empty = np.full((40, 60, 3), 90, np.uint8)
    here, gone = np.zeros((40, 60), np.uint8), np.zeros((40, 60), np.uint8)
    here[10:30, 5:20] = 1
    gone[10:30, 35:50] = 1
    frame = empty + 100 * here[..., None]
    background = empty + 100 * gone[..., None]
    found = find_ghosts(here | gone, rgb=frame, background=background, ratio=1.5)
    np.testing.assert_array_equal(found, gone)
