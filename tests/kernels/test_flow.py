import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stream_ae.kernels.flow import block_flow, smooth_luma

KERNEL = np.array([1, 4, 6, 4, 1]) / 16


def scene(height: int = 96, width: int = 128) -> NDArray[np.float64]:
    """Soft blobs, of grey levels, periodic."""
    noise = np.random.default_rng(0).standard_normal((height, width))
    y, x = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None]
    soft = np.real(np.fft.ifft2(np.fft.fft2(noise) * np.exp(-((x**2 + y**2) / 0.07**2))))
    return np.asarray(128 + 30 * soft / soft.std())


def moved(picture: NDArray[np.float64], x: float, y: float) -> NDArray[np.float64]:
    down, right = np.fft.fftfreq(picture.shape[0])[:, None], np.fft.fftfreq(picture.shape[1])[None]
    phase = np.exp(-2j * np.pi * (right * x + down * y))
    return np.asarray(np.real(np.fft.ifft2(np.fft.fft2(picture) * phase)))


def as_rgb(picture: NDArray[np.float64]) -> NDArray[np.uint8]:
    grey = picture.round().clip(0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def test_brightness_is_weighed_as_the_eye_does_and_blurred() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    luma = np.pad(rgb @ np.array([0.299, 0.587, 0.114]), 2, mode="edge")
    across = np.apply_along_axis(np.convolve, 1, luma, KERNEL, mode="valid")
    expected = np.apply_along_axis(np.convolve, 0, across, KERNEL, mode="valid")
    np.testing.assert_allclose(smooth_luma(rgb), expected, atol=1e-3)


@settings(max_examples=20)
@given(x=st.floats(-6, 6), y=st.floats(-6, 6))
def test_a_picture_that_moves_is_measured_to_a_tenth_of_a_pixel(x: float, y: float) -> None:
    before, after = (smooth_luma(as_rgb(p)) for p in (scene(), moved(scene(), x, y)))
    flow = block_flow(before, after, blocks=np.ones((24, 32), np.float32), start=(0, 0))
    inner = flow[4:-4, 4:-4].reshape(-1, 2)
    np.testing.assert_allclose(np.median(inner, axis=0), (x, y), atol=0.1)


def test_a_start_reaches_what_is_too_far_otherwise() -> None:
    before, after = (smooth_luma(as_rgb(p)) for p in (scene(), moved(scene(), 20, -15)))
    flow = block_flow(before, after, blocks=np.ones((24, 32), np.float32), start=(19, -14.5))
    np.testing.assert_allclose(np.median(flow[6:-6, 6:-6], axis=(0, 1)), (20, -15), atol=0.1)


def test_only_what_is_wanted_has_a_flow_and_it_needs_nothing_else() -> None:
    before, after = (smooth_luma(as_rgb(p)) for p in (scene(), moved(scene(), 2, 1)))
    some = np.zeros((24, 32), np.float32)
    some[8:14, 10:18] = 0.5
    flow = block_flow(before, after, blocks=some, start=(0, 0))
    assert not flow[some == 0].any()
    np.testing.assert_allclose(np.median(flow[some > 0], axis=0), (2, 1), atol=0.1)


@pytest.mark.parametrize("level", [0, 255])
def test_where_there_is_nothing_to_see_nothing_moves(level: int) -> None:
    flat = smooth_luma(np.full((32, 32, 3), level, np.uint8))
    flow = block_flow(flat, flat, blocks=np.ones((8, 8), np.float32), start=(0, 0))
    assert not flow.any()


@pytest.mark.parametrize("size", [(16, 16), (17, 35), (50, 21)])
def test_sizes_that_are_no_whole_blocks_are_cut_off(size: tuple[int, int]) -> None:
    before, after = (smooth_luma(as_rgb(p)) for p in (scene(*size), moved(scene(*size), 1, 0)))
    blocks = np.ones((size[0] // 4, size[1] // 4), np.float32)
    flow = block_flow(before, after, blocks=blocks, start=(0, 0))
    assert flow.shape == (*blocks.shape, 2)
    assert np.isfinite(flow).all()
