import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from stream_ae.kernels.scenes import (
    LEVELS,
    SIZE,
    coarsen,
    difference,
    find_shift,
    shrink,
)


def smooth(rows: int, columns: int, *, seed: int = 0) -> NDArray[np.float32]:
    """A picture in levels, whose blocks resemble their neighbours."""
    noise = np.random.default_rng(seed).uniform(0, 255, (rows + 4, columns + 4, 3))
    windows = np.lib.stride_tricks.sliding_window_view(noise, (5, 5), axis=(0, 1))
    return np.ascontiguousarray(windows.mean((3, 4)), np.float32)


def image(height: int, width: int) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))


def test_shrink_gives_the_means_of_blocks_in_levels() -> None:
    frame = image(24, 40)
    blocks = frame[0].numpy().reshape(3, 6, SIZE, 10, SIZE).mean((2, 4)).transpose(1, 2, 0)
    np.testing.assert_allclose(shrink(frame), LEVELS * blocks, rtol=1e-5)


def test_shrink_is_the_same_for_what_loops_cannot_take() -> None:
    frame = image(24, 40)
    np.testing.assert_allclose(shrink(frame.double()), shrink(frame), rtol=1e-5)


def test_difference_is_the_square_of_the_mean_root() -> None:
    now, then = smooth(12, 16, seed=1), smooth(12, 16, seed=2)
    expected = np.sqrt(np.abs(now - then).sum(2)).mean() ** 2
    assert difference(now, then) == pytest.approx(expected, rel=1e-5)


@settings(max_examples=20)
@given(st.integers(-3, 3), st.integers(-3, 3))
def test_a_shift_by_whole_blocks_is_found_and_leaves_nothing(down: int, right: int) -> None:
    large = smooth(40, 44)
    then = np.ascontiguousarray(large[4:36, 4:40])
    now = np.ascontiguousarray(large[4 + down : 36 + down, 4 + right : 40 + right])
    found = find_shift(now, then)
    assert np.round(found).tolist() == [down, right]
    assert difference(now, then, shift=(float(down), float(right))) == 0.0


def test_a_shift_by_half_a_block_is_found_between_two() -> None:
    then = smooth(32, 32)
    now = np.ascontiguousarray((then + np.roll(then, -1, axis=1)) / 2, np.float32)
    down, right = find_shift(now, then)
    assert down == pytest.approx(0.0, abs=0.1)
    assert right == pytest.approx(0.5, abs=0.1)


def test_between_blocks_the_earlier_picture_is_read_linearly() -> None:
    then = smooth(16, 16, seed=1)
    now = smooth(16, 16, seed=2)
    read = 0.5 * (0.75 * then[1:-1, 2:-1] + 0.25 * then[1:-1, 3:]) + 0.5 * (
        0.75 * then[2:, 2:-1] + 0.25 * then[2:, 3:]
    )
    apart = np.abs(now[:-2, :-3] - read).sum(2)
    expected = np.sqrt(apart).mean() ** 2
    assert difference(now, then, shift=(1.5, 2.25)) == pytest.approx(expected, rel=1e-5)


def test_pictures_of_one_colour_are_not_shifted() -> None:
    flat = np.full((16, 16, 3), 50.0, np.float32)
    assert find_shift(flat, flat) == (0.0, 0.0)


def test_coarsen_gives_the_means_of_whole_blocks() -> None:
    small = smooth(13, 18)
    expected = small[:12, :16].reshape(3, 4, 4, 4, 3).mean((1, 3))
    np.testing.assert_allclose(coarsen(small), expected, rtol=1e-5)
