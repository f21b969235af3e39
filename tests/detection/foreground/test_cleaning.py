import numpy as np
from numpy.typing import NDArray

from stream_ae.detection.foreground.cleaning import find_objects

Bytes = NDArray[np.uint8]
RADIUS = 24.0
SIZE = (224, 224)


def clean(
    raw: Bytes, *, rgb: Bytes | None = None, weak: Bytes | None = None, lasts: bool = False
) -> Bytes:
    background = np.full((*SIZE, 3), 100, np.uint8)
    if rgb is None:
        rgb = background + 120 * raw[..., None]
    distance = 360 * raw.astype(np.int16)
    if weak is not None:
        distance = np.maximum(distance, 20 * weak.astype(np.int16))
    return find_objects(
        rgb,
        background,
        raw=raw,
        distance=distance,
        radius=RADIUS,
        lasting=np.full(SIZE, lasts, np.bool_),
    )


def square(top: int, left: int, side: int) -> Bytes:
    raw = np.zeros(SIZE, np.uint8)
    raw[top : top + side, left : left + side] = 1
    return raw


def test_an_object_stays_and_a_speck_goes() -> None:
    found = clean(square(50, 60, 20) | square(120, 120, 2))
    assert found[52:68, 62:78].all()
    assert not found[115:130, 115:130].any()


def test_a_hole_is_filled_unless_it_shows_the_background() -> None:
    raw = square(50, 60, 30) & (1 - square(60, 70, 12))
    assert clean(raw, weak=square(60, 70, 12))[55:75, 65:85].all()
    assert not clean(raw)[63:69, 73:79].any()


def test_a_small_thing_stays_where_it_lasts() -> None:
    hand = np.zeros(SIZE, np.uint8)
    hand[50:58, 100:102] = 1
    assert not clean(hand).any()
    assert clean(hand, lasts=True)[51:57, 100:102].all()


def test_a_shadow_goes() -> None:
    raw = square(50, 60, 30)
    darker = np.full((*SIZE, 3), 100, np.uint8)
    darker[raw == 1] = 65
    assert not clean(raw, rgb=darker).any()


def test_a_gap_is_closed_where_it_differs_a_little() -> None:
    raw = square(50, 60, 30) & (1 - np.eye(*SIZE, k=15, dtype=np.uint8))
    gap = raw.copy()
    gap[:, 72:76] = 0
    weak = square(50, 60, 30)
    assert clean(gap, weak=weak)[55:75, 65:85].mean() > clean(gap)[55:75, 65:85].mean()


def test_nothing_gives_nothing() -> None:
    assert not clean(np.zeros(SIZE, np.uint8)).any()


def test_a_thin_object_beyond_doubt_stays() -> None:
    raw = np.zeros(SIZE, np.uint8)
    raw[50:90, 100:102] = 1
    assert clean(raw)[52:88, 100:102].all()
