import numpy as np
import pytest
from numpy.typing import NDArray

from stream_ae.kernels.squares import close, count_around, grow, outweigh

SIZES = [(1, 1), (2, 40), (23, 31)]


def random_mask(*, size: tuple[int, int], share: float) -> NDArray[np.uint8]:
    return (np.random.default_rng(0).random(size) < share).astype(np.uint8)


def counts(mask: NDArray[np.uint8], reach: int) -> NDArray[np.int64]:
    """Plainly, with nothing beyond the edges."""
    side = 2 * reach + 1
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(mask, reach), (side, side))
    summed: NDArray[np.int64] = windows.sum((2, 3), dtype=np.int64)
    return summed


@pytest.mark.parametrize("reach", [0, 1, 3, 7])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("share", [0.01, 0.4, 1.0])
def test_counts_are_those_of_the_plain_operations(
    reach: int, size: tuple[int, int], share: float
) -> None:
    mask = random_mask(size=size, share=share)
    np.testing.assert_array_equal(count_around(mask, reach), counts(mask, reach))
    np.testing.assert_array_equal(grow(mask, reach), counts(mask, reach) > 0)


@pytest.mark.parametrize("reach", [1, 4])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("share", [0.01, 0.4, 1.0])
def test_closing_shrinks_what_was_grown_and_keeps_the_edges(
    reach: int, size: tuple[int, int], share: float
) -> None:
    mask = random_mask(size=size, share=share)
    outside = 1 - (counts(mask, reach) > 0).astype(np.uint8)
    np.testing.assert_array_equal(close(mask, reach), counts(outside, reach) == 0)


def test_growing_reaches_so_far_and_no_farther() -> None:
    mask = np.zeros((9, 9), np.uint8)
    mask[4, 4] = 1
    grown = grow(mask, 2)
    assert grown.sum() == 25
    assert grown[2:7, 2:7].all()


def test_a_mask_outweighs_another_where_it_is_set_more_often() -> None:
    mask, other = (random_mask(size=(23, 31), share=share) for share in (0.6, 0.4))
    expected = 0.7 * counts(mask, 3) >= counts(other, 3)
    np.testing.assert_array_equal(outweigh(mask, other, weight=0.7, reach=3), expected)
    assert 0 < expected.mean() < 1
