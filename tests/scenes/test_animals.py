import numpy as np
from tests.support.figures_drawn import check_figure

from stream_ae.scenes.animals import beast, bird, fish, flock


def test_they_have_their_sizes_and_move() -> None:
    dog = beast("#7a4f2c", scale=40.0, leg=0.35, length=0.6, neck=(0.2, 0.2))
    check_figure(dog, height=40 * 0.72, width=40 * 1.2, poses=8)
    check_figure(fish("#f39c12", "#ffffff", scale=20.0), height=20 * 1.1, width=20 * 1.8, poses=6)
    wings = [bird("#3a3d44", scale=20.0)[number].rgba.shape[0] for number in range(6)]
    assert max(wings) > 1.3 * min(wings)


def test_a_giraffe_is_tall_and_spotted_and_a_camel_has_a_hump() -> None:
    plain, spotted, humped = (
        beast("#e0b15e", scale=10.0, leg=1.5, length=1.7, neck=(0.8, 1.8), **marks)[0].rgba
        for marks in ({}, {"spots": "#402000"}, {"hump": 0.5})
    )
    assert spotted.shape == plain.shape
    dark = [(one[..., 0] < 90)[one[..., 3] == 255].mean() for one in (plain, spotted)]
    assert dark[1] > dark[0] + 0.05
    assert (humped[..., 3] > 0).sum() > 1.03 * (plain[..., 3] > 0).sum()


def test_a_flock_is_behind_everything_unless_said_otherwise() -> None:
    way = (-10.0, 50.0), (330.0, 20.0)
    far = flock((0, 1), way=way, scale=8.0, speed=60.0, every=1.0)
    near = flock((0, 1), way=way, scale=8.0, speed=60.0, every=1.0, depth=9.0)
    assert {one.depth for one in far.at(50.0)} == {0.0}
    assert {one.depth for one in near.at(50.0)} == {9.0}
    heights = [one.y for time in np.arange(0, 60, 3.0) for one in far.at(time)]
    assert max(heights) - min(heights) > 30
