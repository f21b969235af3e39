from dataclasses import replace

import numpy as np
import pytest

from stream_ae.scenes.actors import FPS, Figure, Fixture, Role
from stream_ae.scenes.scene import (
    HEIGHT,
    NOISE_LIMIT,
    READ_NOISE,
    SHOT_NOISE,
    WIDTH,
    Floats,
    Light,
    Scene,
    composite,
    drift,
)
from stream_ae.scenes.sprite import Sprite, with_shadow


def even(*colour: int) -> Floats:
    return np.full((HEIGHT, WIDTH, 3), colour, np.float32)


def block(
    x: float, y: float, *, colour: int = 200, role: Role = "mover", depth: float | None = None
) -> Fixture:
    """Ten by ten pixels that stand at (x, y)."""
    rgba = np.full((40, 40, 4), (colour, colour, colour, 255), np.uint8)
    return Fixture(Figure(lambda _: Sprite(rgba)), (x, y), depth=depth, role=role)


def scene(*actors: Fixture, seed: int = 0, noise: float = 1.0) -> Scene:
    lights = (Light(even(100, 120, 140)),)
    return Scene(seed=seed, lights=lights, actors=actors, noise=noise)


def test_the_nearer_thing_hides_the_farther_one() -> None:
    near, far = block(50, 60, colour=250), block(55, 55, colour=20)
    for order in ((near, far), (far, near)):
        picture = scene(*order).picture(0)
        assert (picture[50:60, 45:55] == 250).all()
        assert (picture[45:50, 50:60] == 20).all()
        assert (picture[50:55, 55:60] == 20).all()
    picture = scene(near, block(55, 55, colour=20, depth=100)).picture(0)
    assert (picture[45:55, 50:60] == 20).all(), "said otherwise"


def test_cover_tells_who_is_seen_where() -> None:
    place = scene(block(50, 60), block(55, 55, role="novel"), block(100, 60, role="scenery"))
    mover, novel, both = (
        place.cover(0, *roles) for roles in (("mover",), ("novel",), ("mover", "novel"))
    )
    assert mover.dtype == bool
    assert (mover.sum(), novel.sum(), both.sum()) == (100, 75, 175)
    assert mover[50:60, 45:55].all()
    hidden = scene(block(50, 60), block(52, 61, role="scenery"))
    assert hidden.cover(0, "mover").sum() == 100 - 8 * 9


def test_shadows_darken_the_ground_but_no_thing_and_cover_nothing() -> None:
    rgba = np.full((160, 40, 4), (200, 200, 200, 255), np.uint8)
    shaded = Figure(lambda _: with_shadow(Sprite(rgba)))
    place = scene(Fixture(shaded, (50, 100), role="mover"), block(64, 106, colour=250))
    picture = place.picture(0)
    dark = (picture[..., 0] < 90).sum()
    assert dark > 50
    assert (picture[96:106, 59:69] == 250).all(), "it does not fall on what stands nearer"
    assert place.cover(0, "mover").sum() == 400 + 100


def test_the_light_switches_when_it_is_told() -> None:
    gain = np.full((HEIGHT, WIDTH, 3), 0.5, np.float32)
    lights = (Light(even(100, 100, 100)), Light(even(60, 60, 60), gain))
    place = replace(scene(block(50, 60)), lights=lights, switches=(90, 40))
    held = [place.light(index) for index in (0, 89, 90, 129, 130, 169, 170)]
    assert held == [0, 0, 1, 1, 0, 0, 1]
    assert place.picture(89)[0, 0, 0] == 100
    assert place.picture(90)[0, 0, 0] == 30
    assert place.picture(90)[55, 50, 0] == 100, "things stand in the same light"


def test_noise_has_its_strength_and_its_bound() -> None:
    picture = scene().picture(0)
    frames = np.stack([scene(noise=1.5).frame(index) for index in range(12)]).astype(float)
    difference = frames / np.array([drift(index) for index in range(12)])[:, None, None, None]
    difference -= picture
    expected = 1.5 * (READ_NOISE + SHOT_NOISE * picture[0, 0] / 255)
    assert difference.std((0, 1, 2)) == pytest.approx(expected, rel=0.05)
    assert difference.mean((0, 1, 2)) == pytest.approx(0, abs=0.05)
    assert np.abs(difference).max() <= NOISE_LIMIT * expected.max() + 1
    neighbours = np.corrcoef(difference[0].ravel(), difference[1].ravel())[0, 1]
    assert abs(neighbours) < 0.02, "every frame has noise of its own"


def test_a_frame_depends_on_seed_and_index_alone() -> None:
    assert np.array_equal(scene(seed=3).frame(17), scene(seed=3).frame(17))
    assert not np.array_equal(scene(seed=3).frame(17), scene(seed=3).frame(18))
    assert not np.array_equal(scene(seed=3).frame(17), scene(seed=4).frame(17))


def test_light_drifts_slowly_and_not_far() -> None:
    light = np.array([drift(index) for index in range(12 * 60 * FPS)])
    assert 1.04 < light.max() < 1.081
    assert 0.919 < light.min() < 0.96
    assert np.abs(np.diff(light)).max() * 255 < 0.2, "in grey levels of white"


def test_a_camera_moves_between_pixels() -> None:
    wide = np.zeros((HEIGHT + 10, WIDTH + 10, 3), np.float32)
    wide[:] = np.arange(WIDTH + 10)[None, :, None] + 3 * np.arange(HEIGHT + 10)[:, None, None]
    place = replace(
        scene(block(50, 60)),
        lights=(Light(wide),),
        camera=lambda time: (4 * time, 2 + 0.5 * time),
    )
    picture = place.picture(FPS)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert picture[0, 0, 0] == pytest.approx(4 + 3 * 2.5)
    assert picture[100, 200, 0] == pytest.approx(204 + 3 * 102.5)
    rows, columns = np.nonzero(place.cover(FPS, "mover"))
    assert (columns.min(), columns.max()) == (41, 50)
    assert place.picture(0)[0, 0, 0] == pytest.approx(6)
    assert 47 <= rows.min() <= 48


@pytest.mark.parametrize(
    ("x", "y", "pixels"), [(-30, 50, 0), (0, 50, 50), (50, 5, 50), (320, 240, 50), (50, 400, 0)]
)
def test_what_reaches_over_the_edge_is_cut_off(x: float, y: float, pixels: int) -> None:
    canvas = even(0, 0, 0)
    composite(canvas, block(x, y).figure[0].place(x, y))
    assert (canvas[..., 0] == 200).sum() == pixels
