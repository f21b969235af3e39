"""A dozen images out of a whole run, for its report.

No frame of the stream is kept, so the images must be made while it runs, and without knowing how
long it will last. At frames 1, 2, 5, 10, 20, 50, … the network changes about as much from each to
the next. When there are too many, the one that leaves the smallest gap is removed, so an endless
run keeps as few as a short one.
"""

from dataclasses import dataclass
from itertools import pairwise

from stream_ae.learning.observer import Observer
from stream_ae.learning.step import Step
from stream_ae.observers.images import jpeg, panel

CAPACITY = 12
"""Images kept at most."""

_LATEST_EVERY = 50


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One image of the filmstrip.

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


class Filmstrip(Observer):
    """Keep snapshots at roughly logarithmic distances, and one of the last 50 frames.

    Raises:
        MissingExtraError: on the first step, Pillow is not installed.
    """

    def __init__(self) -> None:
        self._kept: list[Snapshot] = []
        self._latest: Snapshot | None = None

    @property
    def snapshots(self) -> list[Snapshot]:
        """What is kept, in the order of the stream; at most :data:`CAPACITY`."""
        if self._latest is None or self._latest.number <= self._kept[-1].number:
            return list(self._kept)
        return [*self._kept, self._latest]

    def on_step(self, step: Step) -> None:
        """Make a snapshot where one is due."""
        keep = not self._kept or _is_milestone(step.number)
        if not keep and step.number % _LATEST_EVERY:
            return
        snapshot = Snapshot(
            number=step.number,
            mse=step.losses.mse,
            changed=step.change.ratio,
            jpeg=jpeg(panel(step)),
        )
        self._latest = snapshot
        if keep:
            self._kept.append(snapshot)
            if len(self._kept) == CAPACITY:  # one place is for the latest
                del self._kept[_smallest_gap([each.number for each in self._kept])]


def _is_milestone(number: int) -> bool:
    """Whether the number is 1, 2 or 5 times a power of ten."""
    while number % 10 == 0:
        number //= 10
    return number in (1, 2, 5)


def _smallest_gap(numbers: list[int]) -> int:
    """The index, neither first nor last, whose neighbours have the smallest ratio."""
    ratios = [after / before for (before, _), (_, after) in pairwise(pairwise(numbers))]
    return 1 + ratios.index(min(ratios))
