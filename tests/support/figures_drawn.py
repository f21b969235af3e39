"""What every drawn figure must keep: called by the tests of the modules that draw them."""

import numpy as np

from stream_ae.scenes.actors import Figure
from stream_ae.scenes.sprite import SUBPIXELS


def check_figure(figure: Figure, *, height: float, width: float, poses: int) -> None:
    """It has its size in pixels, is no mere outline, and it moves."""
    assert figure.count == poses
    shapes = [figure[number].rgba for number in range(poses)]
    differing = len({shape.tobytes() for shape in shapes})
    assert differing >= poses / 2, "a tail that beats is in the same place twice in a turn"
    tall = max(shape.shape[0] for shape in shapes) / SUBPIXELS
    wide = max(shape.shape[1] for shape in shapes) / SUBPIXELS
    assert 0.75 * height < tall < 1.15 * height
    assert 0.75 * width < wide < 1.15 * width
    cover = shapes[0][..., 3] / 255
    assert cover.mean() > 0.12
    assert cover.max() == 1
    assert (shapes[0][..., :3].max(2) <= shapes[0][..., 3]).all(), "colour comes with coverage"
    inside = shapes[0][..., :3][cover == 1]
    assert len(np.unique(inside, axis=0)) >= 4, "it is drawn in more than one colour"
