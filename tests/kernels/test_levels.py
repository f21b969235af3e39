import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.kernels.levels import to_levels


def test_every_level_comes_back() -> None:
    levels = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    image = torch.from_numpy(levels).permute(2, 0, 1)[None] / 255
    np.testing.assert_array_equal(to_levels(image), levels)


@given(st.lists(st.floats(-2, 3, width=32), min_size=12, max_size=12))
def test_values_are_clipped_and_rounded(values: list[float]) -> None:
    rows = np.array(values, np.float32).reshape(2, 2, 3)
    expected = np.rint(np.clip(rows * np.float32(255), 0, 255)).astype(np.uint8)
    image = torch.from_numpy(rows).permute(2, 0, 1)[None]
    np.testing.assert_array_equal(to_levels(image), expected)
    np.testing.assert_array_equal(to_levels(image.contiguous()), expected)
