import numpy as np
import pytest
import torch

from stream_ae.detection import change
from stream_ae.kernels import change as change_loops
from stream_ae.kernels.jit import rows_of

SIZES = [(1, 1), (1, 7), (2, 3), (5, 4), (33, 40), (224, 224)]


@pytest.mark.parametrize("size", SIZES)
def test_intensity_is_that_of_the_plain_operations(size: int) -> None:
    generator = torch.Generator().manual_seed(0)
    previous, current = torch.rand(2, 1, 3, *size, generator=generator)
    found = change_loops.intensity(
        rows_of(previous), rows_of(current), weights=(0.299, 0.587, 0.114)
    )
    np.testing.assert_allclose(found, change._intensity(previous, current).numpy(), atol=1e-6)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("threshold", [0.1, 0.4, 0.6, 0.9])
def test_the_mask_is_that_of_the_plain_operations(size: int, threshold: float) -> None:
    intensity = torch.rand(size, generator=torch.Generator().manual_seed(0))
    expected = change._fill(change._without_specks(intensity > threshold))
    assert np.array_equal(change_loops.clean(intensity.numpy(), threshold), expected.numpy())
