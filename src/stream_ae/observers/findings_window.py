"""What watching finds as numbers: their tags, and means over a window of frames."""

import math
from collections.abc import Mapping

from stream_ae.detection.findings import Findings
from stream_ae.learning.running_stats import RunningMean
from stream_ae.observers.window import WINDOW

CHANGE = "change/ratio"
"""Share of the pixels that changed since the frame before; learning has the same tag."""

FOREGROUND = "change/foreground"
"""Share of the pixels that do not belong to the scene."""

NOVELTY = "change/novelty"
"""How rare it is, in [0, 1]: 0.99 is rarer than 1 in 100 frames so far."""


def scalars(findings: Findings) -> Mapping[str, float]:
    """Every number of this frame by its tag, but for what is not finite."""
    values = {
        CHANGE: findings.change_ratio,
        FOREGROUND: findings.foreground.ratio,
        NOVELTY: findings.novelty.score,
    }
    return {tag: value for tag, value in values.items() if math.isfinite(value)}


class FindingsWindow:
    """Means of every scalar over :data:`WINDOW` frames, ending at multiples of it."""

    def __init__(self) -> None:
        self._means: dict[str, RunningMean] = {}
        self._number = 0

    def add(self, findings: Findings) -> tuple[int, dict[str, float]] | None:
        """Add one frame; returns its number and all means where it completes the window."""
        for tag, value in scalars(findings).items():
            self._means.setdefault(tag, RunningMean()).add(value)
        self._number = findings.number
        return self.take() if findings.number % WINDOW == 0 else None

    def take(self) -> tuple[int, dict[str, float]] | None:
        """The means since the last window, and reset; None if there was no frame."""
        means = {tag: mean.value for tag, mean in self._means.items() if mean.value is not None}
        self._means = {}
        return (self._number, means) if means else None
