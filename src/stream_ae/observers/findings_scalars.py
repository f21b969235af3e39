"""What watching finds as numbers: their tags, and how they come to the board and the journal."""

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from stream_ae.detection.findings import Findings
from stream_ae.frame import Frame
from stream_ae.observers.findings import FindingsObserver

FOREGROUND = "change/foreground"
"""Share of the pixels that do not belong to the scene."""

NOVELTY = "change/novelty"
"""How rare it is, in [0, 1]: 0.99 is rarer than 1 in 100 frames so far."""


class TakesNotes(Protocol):
    """What keeps means of windows, as the board and the journal do."""

    def note(self, scalars: Mapping[str, float]) -> None:
        """Take further numbers of the step that comes next, by their tags, into its window."""


class FindingsScalars(FindingsObserver):
    """Let the means of a window have what was found, too.

    Args:
        recorders: told of a frame before they are told of the learner's step on it.
    """

    def __init__(self, recorders: Sequence[TakesNotes]) -> None:
        self._recorders = recorders

    def on_findings(self, findings: Findings, frame: Frame) -> None:  # noqa: ARG002 - numbers only
        """Pass the numbers of a frame on, but for what is not finite."""
        values = {FOREGROUND: findings.foreground.ratio, NOVELTY: findings.novelty.score}
        finite = {tag: value for tag, value in values.items() if math.isfinite(value)}
        for recorder in self._recorders:
            recorder.note(finite)
