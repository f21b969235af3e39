import pytest
import torch

from stream_ae.kernels import change

SIZES = [(1, 1), (1, 7), (2, 3), (5, 4), (33, 40), (224, 224)]
WEIGHTS = (0.299, 0.587, 0.114)


@pytest.mark.parametrize("size", SIZES)
def test_intensity_is_that_of_the_plain_operations(size: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(0)
    previous, current = torch.rand(2, 1, 3, *size, generator=generator).unbind()
    found = change.intensity(previous, current, weights=WEIGHTS)
    plain = change.intensity(previous.double(), current.double(), weights=WEIGHTS)
    torch.testing.assert_close(found.double(), plain, atol=1e-6, rtol=0)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("threshold", [0.1, 0.4, 0.6, 0.9])
def test_the_mask_is_that_of_the_plain_operations(size: tuple[int, int], threshold: float) -> None:
    intensity = torch.rand(size, generator=torch.Generator().manual_seed(0))
    limit = torch.tensor(threshold)
    plain = change.clean_mask(intensity.double(), limit.double())
    assert torch.equal(change.clean_mask(intensity, limit), plain)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_equals_the_threshold_did_not_change(dtype: torch.dtype) -> None:
    intensity = torch.full((6, 6), 0.25, dtype=dtype)
    assert not change.clean_mask(intensity, torch.tensor(0.25)).any()
    assert change.clean_mask(intensity, torch.tensor(0.249)).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_five_of_nine_pixels_are_the_majority(dtype: torch.dtype) -> None:
    for count in (4, 5):
        intensity = torch.zeros(9, 9, dtype=dtype)
        for k in range(count):
            intensity[3 + k // 3, 3 + k % 3] = 1.0
        assert change.clean_mask(intensity, torch.tensor(0.5))[4, 4] == (count == 5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_gap_of_four_pixels_is_filled_and_one_of_five_is_not(dtype: torch.dtype) -> None:
    for gap in (4, 5):
        intensity = torch.ones(12, 20, dtype=dtype)
        intensity[:, 8 : 8 + gap] = 0.0
        for frame in (intensity, intensity.T.contiguous()):
            assert change.clean_mask(frame, torch.tensor(0.5)).all() == (gap == 4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_intensity_is_at_most_one(dtype: torch.dtype) -> None:
    black, white = torch.zeros(1, 3, 5, 5, dtype=dtype), torch.ones(1, 3, 5, 5, dtype=dtype)
    found = change.intensity(black, white, weights=(0.3, 0.6, 0.3))
    assert torch.equal(found, torch.ones(5, 5, dtype=dtype))
