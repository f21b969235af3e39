"""How the camera moves: the shift of each frame against the background.

Against the background and not against the frame before, so that nothing adds up. A shift must make
most parts of the picture better that it changes at all: what moves in one of them is no camera.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_ae.frame import Rgb
from stream_ae.kernels.jit import Rows
from stream_ae.kernels.registration import fit_shift, half_luma, rest_by_tile
from stream_ae.storage.state_file import SavedState

STILL = 0.15
"""Pixels of the mask below which the camera stands."""

MOVED = 2.0
"""Pixels of the mask from which on a camera has moved."""

_SETTLED = 25  # frames for which it must stand to move again
_LIMIT = 25.0  # levels by which a place may differ
_COARSE = 12.0  # mean rest in levels above which a coarse picture is tried
_STEPS = 10  # of the least squares at most
_EXACT = 0.02  # pixels of a step that is the last
_LONGEST = 2.0  # pixels of one step
_JUMP = 1.0  # pixels off what was foreseen
_BETTER, _MUCH_BETTER = 0.97, 0.75  # of what is left of a tile, if the camera moved, if it jumped
_LEAST_TILES, _AGREE = 5, 3  # of 16 that are better, and as a multiple of those that are worse
_GAIN, _LEFT = 0.25, 0.75  # share that each pixel of a shift explains, and that may be left at most
_STRAIGHT = 0.7  # share of its path that a camera is away: what sways comes back
_SMALLEST = 12  # pixels of a picture that a coarse one is made of

Point = tuple[float, float]
Bytes = NDArray[np.uint8]


class Shift(NamedTuple):
    """How the background must be moved to lie on a frame, in pixels of the mask.

    Args:
        whole: (x, y) by which it must be moved.
        rest: (x, y) by which the frame must then be moved back, within half a pixel.
        moved: (x, y) by which the camera moved since the frame before.
        has_moved: whether it has begun to move with this frame.
    """

    whole: tuple[int, int]
    rest: Point
    moved: Point
    has_moved: bool


class Camera:
    """The shift of each frame against the background, followed from frame to frame."""

    def __init__(self) -> None:
        self._rest: Point = (0.0, 0.0)
        self._moved: Point = (0.0, 0.0)
        self._way: Point = (0.0, 0.0)  # from where it stood
        self._path = 0.0  # its length
        self._is_told = False
        self._standing = _SETTLED

    @property
    def is_standing(self) -> bool:
        """Whether it has not moved for a second or so."""
        return self._standing >= _SETTLED

    def follow(self, rgb: Rgb, background: Rgb, *, skip: Bytes, may_jump: bool = False) -> Shift:
        """Find where a frame lies.

        Args:
            rgb: (h, w, 3) uint8.
            background: likewise, as it lay on the frame before.
            skip: (h, w) uint8, 1 where nothing is compared.
            may_jump: whether it is looked for farther away, too.
        """
        start = (self._rest[0] + self._moved[0], self._rest[1] + self._moved[1])
        x, y = _find(rgb, background, skip, start, may_jump=may_jump)
        whole = round(x), round(y)
        self._moved = x - self._rest[0], y - self._rest[1]
        self._rest = x - whole[0], y - whole[1]
        return Shift(whole, self._rest, self._moved, self._has_begun())

    def stay(self) -> Shift:
        """A frame that lies where the one before lay."""
        self._moved = (0.0, 0.0)
        return Shift((0, 0), self._rest, self._moved, self._has_begun())

    def _has_begun(self) -> bool:
        """Whether the way from where it stood has become long enough, and is no to and fro."""
        step = _longer(self._moved)
        self._way = self._way[0] + self._moved[0], self._way[1] + self._moved[1]
        self._path += step
        self._standing = 0 if step > STILL else self._standing + 1
        if self.is_standing:
            self._way, self._path, self._is_told = (0.0, 0.0), 0.0, False
        way = _longer(self._way)
        has_begun = not self._is_told and way > max(MOVED, _STRAIGHT * self._path)
        self._is_told |= has_begun
        return has_begun

    def state_dict(self) -> SavedState:
        """All of it, as plain values."""
        return {
            "rest": self._rest,
            "moved": self._moved,
            "way": self._way,
            "path": self._path,
            "is_told": self._is_told,
            "standing": self._standing,
        }

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a saved state."""
        self._rest, self._moved, self._way = state["rest"], state["moved"], state["way"]
        self._path, self._is_told = state["path"], state["is_told"]
        self._standing = state["standing"]


def _find(rgb: Rgb, background: Rgb, skip: Bytes, start: Point, *, may_jump: bool) -> Point:
    """The shift in pixels; none where it explains nothing."""
    picture, reference = half_luma(rgb), half_luma(background)
    h, w = picture.shape
    hidden = np.ascontiguousarray(skip[: 2 * h : 2, : 2 * w : 2])
    shift, rest = _refine(picture, reference, hidden, _times(start, 1 / 2))
    if (may_jump or rest > _COARSE) and min(picture.shape) >= _SMALLEST:
        small = _quarter(picture), _quarter(reference)
        small_hidden = np.ascontiguousarray(hidden[: h // 4 * 4 : 4, : w // 4 * 4 : 4])
        rough, _ = _refine(*small, small_hidden, _times(start, 1 / 8))
        other = _refine(picture, reference, hidden, _times(rough, 4))
        shift, rest = min((shift, rest), other, key=lambda found: found[1])
    if _longer(shift) < STILL / 2:
        return 0.0, 0.0
    moved, still = (
        rest_by_tile(picture, reference, skip=hidden, shift=each, limit=_LIMIT)
        for each in (shift, (0.0, 0.0))
    )
    is_jump = max(abs(2 * shift[0] - start[0]), abs(2 * shift[1] - start[1])) > _JUMP
    better = int(np.sum(moved < (_MUCH_BETTER if is_jump else _BETTER) * still))
    agrees = better >= max(_LEAST_TILES, _AGREE * int(np.sum(moved > still)))
    found = _times(shift, 2)
    explains = moved.sum() < max(_LEFT, 1.0 - _GAIN * _longer(found)) * still.sum()
    return found if agrees and explains else (0.0, 0.0)


def _refine(picture: Rows, reference: Rows, skip: Bytes, shift: Point) -> tuple[Point, float]:
    """Least squares, step by step; the shift and the mean rest in levels just before the last."""
    rest = _LIMIT
    for _ in range(_STEPS):
        fit = fit_shift(picture, reference, skip=skip, shift=shift, limit=_LIMIT)
        if fit.change is None:
            return (0.0, 0.0), _LIMIT
        x, y = (min(max(part, -_LONGEST), _LONGEST) for part in fit.change)
        shift, rest = (shift[0] + x, shift[1] + y), fit.rest
        if max(abs(x), abs(y)) < _EXACT:
            break
    return shift, rest


def _longer(point: Point) -> float:
    """Of its two parts."""
    return max(abs(part) for part in point)


def _times(point: Point, factor: float) -> Point:
    return factor * point[0], factor * point[1]


def _quarter(picture: Rows) -> Rows:
    """The mean of 4 × 4 pixels each."""
    h, w = picture.shape[0] // 4, picture.shape[1] // 4
    blocks = picture[: 4 * h, : 4 * w].reshape(h, 4, w, 4)
    return np.ascontiguousarray(blocks.mean((1, 3)))
