import numpy as np
import pytest

from stream_ae.detection.novelty.appearance import LEARNED, REMEMBERED, Appearance
from stream_ae.kernels.jit import Rows

SHAPE = (16, 28, 28)


def strip() -> Rows:
    """Foreground from the top to the bottom."""
    cells = np.zeros(SHAPE[1:], np.float32)
    cells[:, 10:14] = 1
    return cells


def usual(rng: np.random.Generator) -> Rows:
    """A latent of which each position is one of two kinds."""
    kinds = np.stack([np.zeros(16), np.ones(16)]).astype(np.float32)
    latent = kinds[rng.integers(0, 2, SHAPE[1:])].transpose(2, 0, 1)
    return latent + 0.01 * rng.standard_normal(SHAPE).astype(np.float32)


def test_what_was_never_seen_is_far_and_what_was_seen_is_near() -> None:
    rng, appearance = np.random.default_rng(0), Appearance(seed=0)
    for _ in range(120):
        appearance.distances(usual(rng), cells=strip(), step=0.1)
    latent = usual(rng)
    latent[::2, 10:16, 10:14] = -3
    distances = appearance.distances(latent, cells=strip(), step=0.1)
    assert distances[12, 11] > 1.5 * distances[20:, 10:14].max()


def test_where_there_is_no_foreground_nothing_is_far() -> None:
    rng, appearance = np.random.default_rng(0), Appearance(seed=0)
    cells = np.zeros(SHAPE[1:], np.float32)
    cells[10:14, 20:23] = 1
    for _ in range(30):
        distances = appearance.distances(usual(rng), cells=cells, step=0.1)
    assert (distances[10:14, 20:23] > 0).all()
    assert np.count_nonzero(distances) <= 6 * 5


def test_memory_is_constant() -> None:
    rng, appearance = np.random.default_rng(0), Appearance(seed=0)
    for _ in range(REMEMBERED // LEARNED + 70):
        appearance.distances(usual(rng), cells=strip(), step=0.1)
    state = appearance.state_dict()
    assert tuple(state["remembered"].shape[:2]) == (8, REMEMBERED)
    assert (state["remembered"] != 0).any(dim=2).all()
    assert (state["seen"] == REMEMBERED + 50 * LEARNED).all()


@pytest.mark.parametrize("is_channels_last", [False, True])
def test_the_state_goes_on_bit_for_bit(is_channels_last: bool) -> None:
    rng, appearance, twin = np.random.default_rng(0), Appearance(seed=3), Appearance(seed=3)

    def seen() -> Rows:
        latent = usual(rng)
        by_place = np.ascontiguousarray(latent.transpose(1, 2, 0))
        return by_place.transpose(2, 0, 1) if is_channels_last else latent

    for _ in range(230):
        appearance.distances(seen(), cells=strip(), step=0.1)
    twin.load_state_dict(appearance.state_dict())
    for _ in range(5):
        latent = seen()
        found = appearance.distances(latent, cells=strip(), step=0.1)
        assert np.array_equal(found, twin.distances(latent, cells=strip(), step=0.1))
    assert np.array_equal(appearance.state_dict()["square"], twin.state_dict()["square"])
