"""What every place of a synthetic scene must keep: called by the test of each."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from stream_ae.scenes.actors import Figure, Point, Traffic, Visit
from stream_ae.scenes.scene import HEIGHT, WIDTH, Scene
from stream_ae.scenes.sprite import Sprite


@lru_cache(maxsize=4)
def built(build: Callable[[int], Scene], seed: int = 0) -> Scene:
    """A scene, drawn once for all tests that follow one another; reading it changes nothing."""
    return build(seed)


def check_place(
    build: Callable[[int], Scene],
    *,
    size: tuple[int, int] = (HEIGHT, WIDTH),
    hidden: int = 0,
    busy: float = 0.9,
) -> Scene:
    """Every seed draws another one, things move, and none appears out of nothing.

    Args:
        build: the function that gives the place for a seed.
        size: of what the camera may see.
        hidden: how many of its kinds of traffic come into view from behind something.
        busy: in which share of the frames something must move.
    """
    scene, other = built(build), built(build, 1)
    picture = scene.picture(50)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert picture.dtype == np.float32
    assert picture.min() >= 0
    assert 30 < picture.mean() < 230, "neither black nor white"
    assert picture.std() > 20, "there is something to see"
    assert np.abs(picture - other.picture(50)).mean() > 5, "another seed, another picture"
    moving = [scene.cover(index, "mover").any() for index in range(0, 3000, 150)]
    assert np.mean(moving) >= busy
    assert not scene.cover(50, "novel").any()

    ways = [actor for actor in scene.actors if isinstance(actor, Traffic | Visit)]
    popping = [way for way in ways if not _comes_from_outside(way, size)]
    assert len(popping) == hidden, [way.way for way in popping]
    keys = [way.key for way in ways if isinstance(way, Traffic)]
    assert len(set(keys)) == len(keys), "two kinds of traffic would come in step"
    return scene


def _comes_from_outside(actor: Traffic | Visit, size: tuple[int, int]) -> bool:
    figures = actor.figures if isinstance(actor, Traffic) else (actor.figure,)
    return all(_is_outside(figure, end, size) for figure in figures for end in actor.way)


def _is_outside(figure: Figure, point: Point, size: tuple[int, int]) -> bool:
    sprite = figure[0]
    laid: list[Sprite] = [sprite] if sprite.shadow is None else [sprite, sprite.shadow]
    for piece in laid:
        left, top, patch = piece.place(*point)
        height, width = patch.keep.shape[:2]
        if left < size[1] and left + width > 0 and top < size[0] and top + height > 0:
            return False
    return True
