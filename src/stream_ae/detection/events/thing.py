"""One thing in view, and what one more frame says of it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_ae.detection.events.clock import Moment
from stream_ae.detection.findings import Box
from stream_ae.kernels.blobs import Blobs
from stream_ae.storage.state_file import SavedState

_NEAR = 4  # pixels by which a box is grown to find its blobs where no pixel is shared
_OVERLAP = 0.3  # of the smaller of two boxes that belong together
_MOVES = 2  # pixels by which a box differs from the thing's first one, once it has moved
_STIRS = 0.02  # share of a thing's pixels that change while it moves
_TURNED_UP = 0.25  # seconds in which its pixels change because it has turned up
_USUAL = 0.1  # rate of the running mean of the area

Pixels = tuple[int, int, int, int]
"""A box in pixels: left, top, right and bottom; the last two lie outside."""


class Thing(NamedTuple):
    """What is known of a thing.

    Args:
        key: its label among the things in view, from 1.
        number: its own once it has appeared, else 0.
        box: around its blobs.
        origin: its first box.
        area: pixels that it covers.
        usual: pixels that it mostly covered while it moved.
        first: when it was seen first.
        last: when it was seen last.
        active: when it was last seen moving.
        peak: when it was largest.
        peak_area: pixels that it covered then.
        peak_box: where that was.
        age: seconds for which it has been seen.
        unseen: seconds since it was seen.
        host: key of the thing that it is with; 0 for none.
        has_moved: whether it has ever moved.
    """

    key: int
    number: int
    box: Pixels
    origin: Pixels
    area: int
    usual: float
    first: Moment
    last: Moment
    active: Moment
    peak: Moment
    peak_area: int
    peak_box: Pixels
    age: float = 0.0
    unseen: float = 0.0
    host: int = 0
    has_moved: bool = False


def are_near(one: Pixels, other: Pixels) -> bool:
    """Whether the first box, grown by four pixels, lies over 30 % of the smaller of both."""
    width = min(one[2] + _NEAR, other[2]) - max(one[0] - _NEAR, other[0])
    height = min(one[3] + _NEAR, other[3]) - max(one[1] - _NEAR, other[1])
    smaller = min((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other))
    return width > 0 and height > 0 and width * height > _OVERLAP * smaller


def are_beside(one: Pixels, other: Pixels, *, gap: int) -> bool:
    """Whether no more than some pixels lie between two boxes."""
    across = max(one[0], other[0]) - min(one[2], other[2])
    return max(across, max(one[1], other[1]) - min(one[3], other[3])) <= gap


def new_thing(key: int, *, blobs: Blobs, k: int, now: Moment) -> Thing:
    """What a blob is that belongs to no thing."""
    box, area = to_pixels(blobs.boxes[k]), int(blobs.areas[k])
    return Thing(key, 0, box, box, area, float(area), now, now, now, now, area, box)


def seen_again(
    thing: Thing,
    *,
    blobs: Blobs,
    mine: Sequence[int],
    stirring: Sequence[float],
    now: Moment,
) -> Thing:
    """A thing with one more frame that shows it; only its age is as it was."""
    boxes, areas = blobs.boxes[mine], blobs.areas[mine]
    box = to_pixels(np.concatenate((boxes[:, :2].min(0), boxes[:, 2:].max(0))))
    area = int(areas.sum())
    stirs = sum(int(blobs.areas[k]) * stirring[k] for k in mine) > _STIRS * area
    shifted = any(abs(a - b) >= _MOVES for a, b in zip(box, thing.origin, strict=True))
    is_peak = area > thing.peak_area
    return thing._replace(
        box=box,
        area=area,
        usual=thing.usual + _USUAL * (area - thing.usual) * stirs,
        last=now,
        active=now if stirs else thing.active,
        peak=now if is_peak else thing.peak,
        peak_area=area if is_peak else thing.peak_area,
        peak_box=box if is_peak else thing.peak_box,
        unseen=0.0,
        host=0,
        has_moved=thing.has_moved or (shifted and stirs and thing.age >= _TURNED_UP),
    )


def to_pixels(box: NDArray[np.int64]) -> Pixels:
    """A box of blobs as plain numbers."""
    left, top, right, bottom = box.tolist()
    return left, top, right, bottom


def saved(thing: Thing) -> SavedState:
    """A thing as plain values."""
    return {name: tuple(v) if isinstance(v, tuple) else v for name, v in thing._asdict().items()}


def restored(values: SavedState) -> Thing:
    """A thing from what :func:`saved` made of it."""
    moments = {name: Moment(*values[name]) for name in ("first", "last", "active", "peak")}
    return Thing(**{**values, **moments})


def to_share(box: Pixels, *, height: int, width: int) -> Box:
    """A box in pixels as shares of a picture of that size."""
    left, top, right, bottom = box
    return Box(left / width, top / height, (right - left) / width, (bottom - top) / height)
