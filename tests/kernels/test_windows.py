import numpy as np
import pytest

from stream_ae.kernels.windows import block_shares, cell_shares, window_speeds


@pytest.mark.parametrize("size", [(16, 16), (37, 42)])
def test_shares_are_means_over_blocks_and_cells(size: tuple[int, int]) -> None:
    mask = np.random.default_rng(0).random(size) < 0.3
    rows, columns = size[0] // 4, size[1] // 4
    whole = mask[: 4 * rows, : 4 * columns].reshape(rows, 4, columns, 4)
    flat = np.full(size, 9, np.float32)
    blocks = block_shares(mask, current=flat, usual=flat + 3, least=3)
    np.testing.assert_allclose(blocks, whole.mean(axis=(1, 3)))
    cells = cell_shares(blocks)
    assert cells.shape == (rows // 2, columns // 2)
    assert cells[0, 1] == pytest.approx(mask[:8, 8:16].mean())


def test_what_differs_from_the_usual_counts_beside_the_mask() -> None:
    mask = np.zeros((16, 16), np.bool_)
    mask[0, :2] = True
    usual = np.full((16, 16), 50, np.float32)
    current = usual.copy()
    current[0, 1:4], current[5, 5], current[9, 9] = 63, 37, 62
    blocks = block_shares(mask, current=current, usual=usual, least=12)
    assert blocks[0, 0] == 4 / 16
    assert blocks[1, 1] == 1 / 16
    assert blocks.sum() == 5 / 16


def test_the_speed_is_that_of_the_mean_vector_of_the_foreground() -> None:
    rng = np.random.default_rng(0)
    flow = rng.standard_normal((12, 16, 2)).astype(np.float32)
    blocks = (rng.random((12, 16)) * (rng.random((12, 16)) < 0.3)).astype(np.float32)
    expected = np.zeros((12, 16))
    for i in range(12):
        for j in range(16):
            window = slice(max(i - 4, 0), i + 5), slice(max(j - 2, 0), j + 3)
            weight = blocks[window].sum()
            vector = (blocks[window][..., None] * flow[window]).sum(axis=(0, 1))
            part = min(1, weight / (0.15 * 45))
            expected[i, j] = part * np.hypot(*vector) / (weight + 0.1 * 45)
    cells = expected.reshape(6, 2, 8, 2).max(axis=(1, 3))
    np.testing.assert_allclose(window_speeds(flow, blocks), cells, rtol=1e-5)


def test_legs_that_swing_cancel() -> None:
    flow, blocks = np.zeros((12, 12, 2), np.float32), np.ones((12, 12), np.float32)
    flow[::2, :, 0], flow[1::2, :, 0] = 1.5, -0.5
    speeds = window_speeds(flow, blocks)
    assert 0.4 < speeds[3, 3] < 0.6


def test_a_speck_hardly_counts() -> None:
    flow = np.ones((12, 12, 2), np.float32)
    blocks = np.zeros((12, 12), np.float32)
    blocks[6, 6] = 1
    assert window_speeds(flow, blocks).max() < 0.15
