"""One frame of a stream: the only thing that a source gives and a learner takes."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
"""A picture as it came: (H, W, 3) uint8, red first."""

EventKind = Literal[
    "decode_error",
    "episode",
    "loop",
    "size_changed",
    "source_lost",
    "reconnected",
    "dropped",
    "passed_over",
    "cannot_write",
    "known_place",
    "new_place",
]

PLACES: tuple[EventKind, ...] = ("known_place", "new_place")
"""What a learner tells; the others are a source's, or a disk's."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: to the stream, or to what is written down of it.

    Args:
        kind: which of the few things that can happen.
        text: one line for a person.
    """

    kind: EventKind
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame of a stream.

    Args:
        rgb: the picture as it came, (H, W, 3) uint8, red first, any size.
        index: position in the stream, from 0; a live source counts only what it delivers.
        time: seconds since the stream began, by the stream's own clock.
        source: the address it came from.
        is_first: no frame came before it, or the one before is no neighbour of it
            (a file started again, an episode ended, a camera reconnected).
        dropped: frames lost between the one before and this one.
        events: what happened to the stream just before this frame.
        image: the picture as the network takes it, (1, 3, h, w) float32 in [0, 1], if a reader
            has already prepared it; None means that the learner does so.
        pixel_aspect: width over height of a pixel as it is meant to be seen; 1 is square.

    Raises:
        TypeError: ``rgb`` is not an array of uint8.
        ValueError: ``rgb`` is not (H, W, 3) with at least one pixel, or ``pixel_aspect`` is not
            positive.

    >>> Frame(np.zeros((480, 640, 3), np.uint8)).size
    (480, 640)
    """

    rgb: Rgb
    index: int = 0
    time: float = 0.0
    source: str = ""
    is_first: bool = False
    dropped: int = 0
    events: tuple[Event, ...] = ()
    image: torch.Tensor | None = None
    pixel_aspect: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.rgb, np.ndarray):
            raise TypeError(
                f"Frame.rgb must be a NumPy array (H, W, 3) uint8, got {type(self.rgb).__name__};"
                " convert it with stream_ae.nn.to_rgb"
            )
        shape, dtype = self.rgb.shape, self.rgb.dtype
        if len(shape) != 3 or shape[2] != 3 or 0 in shape or dtype != np.uint8:
            error = TypeError if dtype != np.uint8 else ValueError
            raise error(
                f"Frame.rgb must be (H, W, 3) uint8, got {shape} {dtype};"
                " convert it with stream_ae.nn.to_rgb"
            )
        if not 0 < self.pixel_aspect < float("inf"):
            raise ValueError(
                f"Frame.pixel_aspect must be positive and finite, got {self.pixel_aspect};"
                " give the width of a pixel over its height, 1 for a square one"
            )

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels, as the source gave it."""
        return self.rgb.shape[0], self.rgb.shape[1]
