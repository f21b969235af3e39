import numpy as np
from tests.support.figures_drawn import check_figure

from stream_ae.scenes.people import crowd, cyclist, person, skier


def test_they_have_their_sizes_and_move_their_limbs() -> None:
    check_figure(
        person("#c0392b", "#2c3e50", scale=20.0), height=20 * 1.78, width=20 * 1.1, poses=8
    )
    check_figure(
        cyclist("#c0392b", "#1f5fa8", scale=20.0), height=20 * 1.75, width=20 * 1.9, poses=8
    )
    check_figure(skier("#c0392b"), height=24.0, width=22.0, poses=1)


def test_clothes_have_their_colours() -> None:
    red, green = (person(shirt, "#202020", scale=20.0)[0].rgba for shirt in ("#d02020", "#20b020"))
    assert red[..., 0].sum() > 1.2 * green[..., 0].sum()
    assert green[..., 1].sum() > 1.2 * red[..., 1].sum()


def test_a_crowd_goes_both_ways() -> None:
    way = (-40.0, 200.0), (340.0, 200.0)
    right, left = crowd((0, 5), np.random.default_rng(0), way=way, scale=10, speed=30, every=5)
    assert right.way == way
    assert left.way == way[::-1]
    assert right.key != left.key
    now, later = (next(left.at(time)) for time in (100.0, 100.2))
    assert later.x < now.x
    assert now.sprite.shadow is not None
