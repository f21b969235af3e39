"""How well a mask meets the truth: precision, recall and F, over all pixels of all frames."""

from dataclasses import dataclass

import numpy as np

from stream_ae.bench.seeing.labelled import Truth
from stream_ae.detection.findings import Mask


@dataclass(frozen=True, slots=True)
class Counts:
    """Pixels of one mask, or of many together.

    Args:
        hit: that move, and are said to.
        false: that are said to, and don't.
        missed: that move, and are not said to.

    >>> both = Counts(hit=6, false=2) + Counts(missed=2)
    >>> both.precision, both.recall, both.f
    (0.75, 0.75, 0.75)
    """

    hit: int = 0
    false: int = 0
    missed: int = 0

    @classmethod
    def of(cls, mask: Mask, truth: Truth) -> "Counts":
        """The pixels of one frame that count."""
        said = mask & truth.scored
        moving = truth.moving & truth.scored
        hit = int(np.count_nonzero(said & moving))
        return cls(hit, int(np.count_nonzero(said)) - hit, int(np.count_nonzero(moving)) - hit)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.hit + other.hit, self.false + other.false, self.missed + other.missed)

    @property
    def precision(self) -> float | None:
        """Which share of what is said to move does; None where nothing is."""
        return _share(self.hit, self.hit + self.false)

    @property
    def recall(self) -> float | None:
        """Which share of what moves is said to; None where nothing does."""
        return _share(self.hit, self.hit + self.missed)

    @property
    def f(self) -> float | None:
        """Their harmonic mean, ``2 hit / (2 hit + false + missed)``."""
        return _share(2 * self.hit, 2 * self.hit + self.false + self.missed)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
