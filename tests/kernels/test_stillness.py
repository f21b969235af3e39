import numpy as np
from numpy.typing import NDArray

from stream_ae.kernels.stillness import edge_energy, grow_older, smooth_luma

RNG = np.random.default_rng(0)


def plain_smooth(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    luma = np.pad(rgb @ np.array([0.299, 0.587, 0.114]), 1, mode="edge")
    h, w = rgb.shape[:2]
    return (
        sum((luma[y : y + h, x : x + w] for y in range(3) for x in range(3)), np.zeros((h, w))) / 9
    )


def test_the_luma_is_smoothed_over_3_by_3_pixels() -> None:
    for shape in ((1, 1), (1, 5), (6, 1), (7, 9)):
        rgb = RNG.integers(0, 256, (*shape, 3), np.uint8)
        np.testing.assert_allclose(smooth_luma(rgb), plain_smooth(rgb), rtol=1e-5)


def test_a_pixel_grows_older_until_it_leaves_its_anchor() -> None:
    luma = np.array([[10, 12, 17, 4]], np.float32)
    anchor = np.full((1, 4), 10, np.float32)
    age = np.full((1, 4), 3, np.float32)
    grow_older(luma, anchor=anchor, age=age, elapsed=0.5, threshold=5, rate=0.25)
    assert age.tolist() == [[3.5, 3.5, 0, 0]]
    assert anchor.tolist() == [[10, 10.5, 17, 4]]


def test_the_edge_along_an_outline_is_its_mean_steepness() -> None:
    luma = np.zeros((12, 12), np.float32)
    luma[4:8, 4:8] = 40
    labels = np.zeros((12, 12), np.uint8)
    labels[4:8, 4:8] = 3
    assert edge_energy(luma, labels, label=3) == 20  # central difference at a step of 40
    assert edge_energy(luma, labels, label=2) == 0
    assert edge_energy(np.zeros((12, 12), np.float32), labels, label=3) == 0


def test_a_mask_that_is_a_pixel_off_finds_the_same_edge() -> None:
    luma = np.zeros((12, 12), np.float32)
    luma[4:8, 4:8] = 40
    labels = np.zeros((12, 12), np.uint8)
    labels[3:9, 3:9] = 1
    assert edge_energy(luma, labels, label=1) > 15
