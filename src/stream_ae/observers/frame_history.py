"""Small pictures of the past, the older the sparser.

What is told now may have been seen best a minute ago, and no frame of the stream is kept. So the
last frames are all here, of those before them every second one, then every fourth: a constant
number of pictures reaches far back.
"""

from collections import deque
from dataclasses import dataclass

from stream_ae.detection.findings import Box
from stream_ae.frame import Rgb

LEVELS, PER_LEVEL = 6, 8
"""48 shots, of a 16:9 stream 8 MiB. They reach 8 · (1 + 2 + 4 + 8 + 16 + 32) = 504 shots back."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A frame as it is kept.

    Args:
        number: of the frame, from 1.
        picture: small, (h, w, 3) uint8.
        boxes: where each thing in view was, by the number of its track.
    """

    number: int
    picture: Rgb
    boxes: dict[int, Box]


class FrameHistory:
    """Keep shots; of the older ones fewer."""

    def __init__(self) -> None:
        self._levels: list[deque[Shot]] = [deque() for _ in range(LEVELS)]
        self._is_odd = [False] * LEVELS

    def add(self, shot: Shot) -> None:
        """Keep the newest shot; of those that leave a level, every second goes to the next."""
        for index, level in enumerate(self._levels):
            level.append(shot)
            if len(level) <= PER_LEVEL:
                return
            shot = level.popleft()
            self._is_odd[index] = not self._is_odd[index]
            if not self._is_odd[index]:
                return

    def nearest(self, number: int) -> Shot | None:
        """The shot that was taken closest to a frame; None where there is none."""
        shots = [shot for level in self._levels for shot in level]
        return min(shots, key=lambda shot: abs(shot.number - number), default=None)
