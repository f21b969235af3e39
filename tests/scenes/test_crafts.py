import numpy as np
from tests.support.figures_drawn import check_figure

from stream_ae.scenes.crafts import balloon, boat, chair, from_above, train


def test_they_have_their_sizes() -> None:
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
