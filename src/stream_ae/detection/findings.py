"""What watching finds in one frame: plain values that travel, and change nothing.

Pictures are at the size that the learner has, 224 × 224; boxes are shares of the picture, so that
they hold at any size.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

SceneChange = Literal["cut", "light_switched", "camera_moved"]
"""What may happen to a whole picture from one frame to the next."""

Kind = Literal[
    "cut",
    "camera_moved",
    "light_switched",
    "covered",
    "black",
    "frozen",
    "appeared",
    "left",
    "left_behind",
    "removed",
    "novel",
]
"""What may be told of a stream: the first six of the whole scene, the others of things in it."""


class Box(NamedTuple):
    """A place in the picture, as shares of its width and height in [0, 1]; x to the right."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, eq=False)
class Foreground:
    """What does not belong to the scene, in one frame.

    Args:
        mask: (h, w) bool, cleaned: no specks, no holes, no shadows.
        background: (h, w, 3) uint8, the scene without it; valid until the next frame.
        noise: standard deviation of the camera's noise, in grey levels of 255.
        shift: how far the camera has moved since the frame before, (x, y) in pixels of the mask.
        change: what happened to the whole picture; None in nearly every frame.
        begins: whether another scene begins with it, as the frames alone say.
    """

    mask: Mask
    background: NDArray[np.uint8]
    noise: float
    shift: tuple[float, float] = (0.0, 0.0)
    change: SceneChange | None = None
    begins: bool = False

    @property
    def ratio(self) -> float:
        """Share of the pixels that are foreground, in [0, 1]."""
        return float(np.count_nonzero(self.mask)) / self.mask.size


@dataclass(frozen=True, slots=True, eq=False)
class Novelty:
    """How rare is what happens in one frame.

    Args:
        score: calibrated as it goes, in [0, 1]: 0.99 is rarer than 1 in 100 frames so far.
        raw: the score before it was calibrated, at least 0; around 1 is the rarest that is usual.
        heat: (rows, columns) float32, the same for each place; it covers the whole picture.
    """

    score: float
    raw: float
    heat: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """Something that was seen, told once.

    Args:
        kind: which of the things that can be told.
        start: number of the first frame that shows it, from 1.
        end: the last one so far; an event that has no length ends where it starts.
        peak: the frame that shows it best.
        start_time: of that frame by the stream's own clock, in seconds.
        end_time: likewise.
        peak_time: likewise.
        score: in [0, 1], how sure or how rare it is.
        box: where it is at its peak; None for the whole scene.
        track: number of the thing, the same from *appeared* to *left*; None for the whole scene.
        zone: name of the zone that it is in, where zones are watched.
    """

    kind: Kind
    start: int
    end: int
    peak: int
    start_time: float
    end_time: float
    peak_time: float
    score: float
    box: Box | None = None
    track: int | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """A thing that is in view now.

    Args:
        number: its own, from 1.
        box: where it is.
        start: number of the first frame that shows it.
        is_still: whether it has stopped moving.
    """

    number: int
    box: Box
    start: int
    is_still: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """All that watching says of one frame.

    Args:
        number: of the frame, from 1.
        time: of the frame by the stream's own clock, in seconds.
        change_ratio: share of the pixels that changed since the frame before, in [0, 1].
        foreground: what does not belong to the scene.
        novelty: how rare it is.
        events: told with this frame, in order.
        tracks: the things in view.
    """

    number: int
    time: float
    change_ratio: float
    foreground: Foreground
    novelty: Novelty
    events: tuple[WatchEvent, ...] = ()
    tracks: tuple[Track, ...] = ()
