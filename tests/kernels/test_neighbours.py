import numpy as np

from stream_ae.kernels.neighbours import describe, nearest, remember


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


def test_a_reservoir_is_an_even_sample_of_all_that_it_was_given() -> None:
    chance, kept = np.zeros(1, np.uint64), []
    for _ in range(300):
        reservoir, seen = np.full((10, 1), -1, np.float32), 0
        for value in range(40):
            seen = remember(np.full((1, 1), value, np.float32), reservoir, seen=seen, chance=chance)
        assert seen == 40
        kept += reservoir[:, 0].tolist()
    counts = np.bincount(np.array(kept, int), minlength=40)
    assert counts.sum() == 3000
    assert 40 < counts.min() <= counts.max() < 115  # 75 ± 4.7 standard deviations


def test_one_of_many_is_taken_by_chance_and_the_same_chance_takes_the_same() -> None:
    many = np.arange(20, dtype=np.float32)[:, None]
    takes = []
    for _ in range(2):
        chance = np.full(1, 7, np.uint64)
        reservoir = np.zeros((200, 1), np.float32)
        for seen in range(200):
            remember(many, reservoir, seen=seen, chance=chance)
        takes.append(reservoir[:, 0].tolist())
    assert takes[0] == takes[1]
    assert len(set(takes[0])) == 20
