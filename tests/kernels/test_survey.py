import numpy as np

from stream_ae.kernels.survey import block_means


def test_a_block_is_the_mean_luma_of_its_pixels() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (13, 9, 3), np.uint8)
    luma = (rgb @ np.array([0.299, 0.587, 0.114]))[:12, :8]
    np.testing.assert_allclose(block_means(rgb), luma.reshape(3, 4, 2, 4).mean((1, 3)), rtol=1e-5)
