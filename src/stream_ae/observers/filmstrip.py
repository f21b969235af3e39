"""A dozen pictures out of a whole run, for its report.

The stream is let go as it comes, so the pictures must be taken on the way, and without knowing how
long it will last: at frames 1, 2, 5, 10, 20, 50, … the network changes about as much from each to
the next. When there are too many, the one that is missed least is dropped; an endless run keeps as
few as a short one.
"""

from dataclasses import dataclass
from itertools import pairwise

from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.observers.images import jpeg, panel

CAPACITY = 12
"""Pictures kept at most."""

_LATEST_EVERY = 50


@dataclass(frozen=True, slots=True)
class Picture:
    """One panel of the strip.

    Args:
        number: of the step, from 1.
        mse: of the reconstruction, before the frame was learned.
        changed: share of changed pixels, in [0, 1].
        jpeg: input, reconstruction, change mask and error side by side.
    """

    number: int
    mse: float
    changed: float
    jpeg: bytes


class Strip(Observer):
    """Keep panels at roughly logarithmic distances, and one of the last 50 frames."""

    def __init__(self) -> None:
        self._kept: list[Picture] = []
        self._latest: Picture | None = None

    @property
    def pictures(self) -> list[Picture]:
        """What is kept, in the order of the stream; at most :data:`CAPACITY`."""
        if self._latest is None or self._latest.number <= self._kept[-1].number:
            return list(self._kept)
        return [*self._kept, self._latest]

    def on_step(self, step: Step) -> None:
        """Take a picture where one is due."""
        keep = not self._kept or _is_milestone(step.number)
        if not keep and step.number % _LATEST_EVERY:
            return
        picture = Picture(
            number=step.number,
            mse=step.losses.mse,
            changed=step.change.ratio,
            jpeg=jpeg(panel(step)),
        )
        self._latest = picture
        if keep:
            self._kept.append(picture)
            if len(self._kept) == CAPACITY:  # one place is the latest's
                del self._kept[_least_missed([kept.number for kept in self._kept])]


def _is_milestone(number: int) -> bool:
    """Whether the number is 1, 2 or 5 times a power of ten."""
    while number % 10 == 0:
        number //= 10
    return number in (1, 2, 5)


def _least_missed(numbers: list[int]) -> int:
    """The index, neither first nor last, whose neighbours lie closest: by ratio, not distance."""
    spans = [after / before for (before, _), (_, after) in pairwise(pairwise(numbers))]
    return 1 + spans.index(min(spans))
