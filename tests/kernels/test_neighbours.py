import numpy as np

from stream_ae.kernels.neighbours import describe, nearest


def test_distances_are_the_mean_of_the_three_smallest() -> None:
    rng = np.random.default_rng(0)
    ours = rng.standard_normal((7, 48)).astype(np.float32)
    remembered = rng.standard_normal((40, 48)).astype(np.float32)
    each = np.linalg.norm(ours[:, None] - remembered[None], axis=2)
    expected = np.sort(each, axis=1)[:, :3].mean(axis=1)
    np.testing.assert_allclose(nearest(ours, remembered), expected, rtol=1e-5)


def test_what_was_seen_three_times_has_no_distance() -> None:
    one = np.random.default_rng(0).standard_normal((1, 48)).astype(np.float32)
    remembered = np.concatenate([one, one + 5, one, one + 9, one])
    assert nearest(one, remembered)[0] == 0


def test_a_description_is_the_projection_of_its_window() -> None:
    rng = np.random.default_rng(0)
    latent = rng.standard_normal((9, 8, 4)).astype(np.float32)
    directions = rng.standard_normal((5, 3, 4, 6)).astype(np.float32)
    places = np.array([[0, 0], [4, 3], [8, 7]])
    padded = np.pad(latent, ((2, 2), (1, 1), (0, 0)), mode="edge")
    windows = np.stack([padded[i : i + 5, j : j + 3] for i, j in places])
    expected = np.einsum("nijk,ijkd->nd", windows, directions)
    found = describe(latent, places, directions=directions)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
