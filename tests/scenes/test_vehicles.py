from collections.abc import Callable

import numpy as np
import pytest
from tests.support.figures_drawn import check_figure

from stream_ae.scenes.actors import Figure
from stream_ae.scenes.vehicles import balloon, boat, bus, car, chair, from_above, train, van


@pytest.mark.parametrize(
    ("draw", "height", "width"), [(car, 1.45, 4.3), (van, 2.4, 5.4), (bus, 3.0, 9.0)]
)
def test_it_has_its_size_in_metres_and_its_wheels_turn(
    draw: Callable[..., Figure], height: float, width: float
) -> None:
    check_figure(draw("#b3262e", scale=10.0), height=10 * height, width=10 * width, poses=4)


def test_it_has_the_colour_it_was_given() -> None:
    red, blue = (car(colour, scale=10.0)[0].rgba for colour in ("#d02020", "#2020d0"))
    assert red[..., 0].sum() > 1.3 * red[..., 2].sum()
    assert blue[..., 2].sum() > 1.3 * blue[..., 0].sum()


def test_headlights_shine_beyond_the_car_and_hide_nothing() -> None:
    dark, lit = car("#808080", scale=10.0)[0].rgba, car("#808080", scale=10.0, lit=True)[0].rgba
    assert lit.shape[1] > dark.shape[1] + 30
    beam = lit[:, -20:]
    assert beam[..., 0].max() > 10
    assert not beam[..., 3].any()


def test_other_craft_have_their_sizes() -> None:
    check_figure(balloon("#8e44ad", scale=5.0), height=5 * 8.2, width=5 * 6.0, poses=1)
    check_figure(train("#3b7d5b", scale=5.0), height=5 * 3.8, width=5 * 43.2, poses=1)
    check_figure(boat("#b3262e", scale=8.0), height=8 * 4.2, width=8 * 7.0, poses=12)
    check_figure(from_above("#b3262e", length=17.0), height=11.5, width=20.0, poses=1)
    check_figure(chair("#27ae60"), height=33.0, width=20.0, poses=1)


def test_a_sail_stands_high_above_the_hull() -> None:
    motor, sail = boat("#b3262e", scale=8.0), boat("#b3262e", scale=8.0, sail="#ffffff")
    assert sail[0].rgba.shape[0] > 1.4 * motor[0].rgba.shape[0]
    white = (sail[0].rgba[..., :3].min(2) > 240).mean()
    assert white > 0.08


def test_a_lorry_carries_a_box() -> None:
    car, lorry = from_above("#b3262e", length=17.0)[0], from_above("#b3262e", length=34.0)[0]
    pale = [np.mean(one.rgba[..., :3].min(2) > 180) for one in (car, lorry)]
    assert pale[1] > pale[0] + 0.2
