import numpy as np
import pytest
from numpy.typing import NDArray

from stream_ae.kernels.shadow import find_shadow

Bytes = NDArray[np.uint8]


def ground(seed: int = 0) -> Bytes:
    generator = np.random.default_rng(seed)
    return generator.integers(60, 220, (20, 20, 3)).astype(np.uint8)


def shadow_in(rgb: Bytes, background: Bytes) -> Bytes:
    where = np.ones(rgb.shape[:2], np.uint8)
    return find_shadow(rgb, background, where=where, colour=0.04, texture=0.2)


@pytest.mark.parametrize("factor", [0.45, 0.7, 0.95])
def test_less_light_is_shadow(factor: float) -> None:
    assert shadow_in((ground() * factor).astype(np.uint8), ground()).all()


@pytest.mark.parametrize("factor", [0.3, 1.1])
def test_what_is_too_dark_or_brighter_is_none(factor: float) -> None:
    assert not shadow_in((ground() * factor).astype(np.uint8), ground()).any()


def test_another_colour_is_none() -> None:
    tinted = (ground() * np.array([0.8, 0.6, 0.6])).astype(np.uint8)
    assert not shadow_in(tinted, ground()).any()


def test_another_texture_is_none() -> None:
    grey = np.repeat(ground()[..., :1], 3, axis=2)
    other = np.repeat(ground(1)[..., :1], 3, axis=2)
    darker = (other * 0.7).astype(np.uint8)
    assert shadow_in(darker, grey).mean() < 0.02


def test_only_what_is_asked_for_is_looked_at() -> None:
    where = np.zeros((20, 20), np.uint8)
    where[3:5, 6:9] = 1
    darker = (ground() * 0.7).astype(np.uint8)
    found = find_shadow(darker, ground(), where=where, colour=0.04, texture=0.2)
    np.testing.assert_array_equal(found, where)


def test_black_on_black_is_none() -> None:
    black = np.zeros((6, 6, 3), np.uint8)
    assert not shadow_in(black, black).any()


def test_an_edge_of_a_shadow_is_not_blurred_by_what_is_beside_it() -> None:
    darker, where = ground(), np.zeros((20, 20), np.uint8)
    darker[5:15, 8:11] = (darker[5:15, 8:11] * 0.6).astype(np.uint8)
    where[5:15, 8:11] = 1
    found = find_shadow(darker, ground(), where=where, colour=0.04, texture=0.2)
    np.testing.assert_array_equal(found, where)
