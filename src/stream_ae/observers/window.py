"""Means over a window of frames: one point of TensorBoard, one line of the journal."""

from collections.abc import Mapping

from stream_ae.learning.running_stats import RunningMean
from stream_ae.learning.step import Step
from stream_ae.observers.memory import peak_rss_mib

WINDOW = 50
"""Frames in one window of the board, the journal and the progress line."""


class Window:
    """Means of every scalar over at most ``length`` frames, ending at multiples of ``length``.

    Args:
        length: frames in a window, at least 1. A window that starts in the middle (after resuming)
            ends early, so that two runs of the same stream have their points at the same frames.
    """

    def __init__(self, length: int = WINDOW) -> None:
        if length < 1:
            raise ValueError(f"a window must hold at least 1 frame, got {length}")
        self._length = length
        self._means: dict[str, RunningMean] = {}
        self._number = self._frames = 0
        self._seconds = 0.0

    def note(self, scalars: Mapping[str, float]) -> None:
        """Add further numbers of the step that is added next."""
        for tag, value in scalars.items():
            self._means.setdefault(tag, RunningMean()).add(value)

    def add(self, step: Step) -> tuple[int, dict[str, float]] | None:
        """Add one step; returns its number and all means where it completes the window."""
        self.note(step.scalars())
        self._number = step.number
        self._frames += 1
        self._seconds += sum(step.seconds.values())
        return self.take() if step.number % self._length == 0 else None

    def take(self) -> tuple[int, dict[str, float]] | None:
        """The means of the steps since the last window, and reset; None if there was no step."""
        if not self._frames:
            return None
        means = {tag: mean.value for tag, mean in self._means.items() if mean.value is not None}
        if self._seconds > 0:
            means["speed/fps"] = self._frames / self._seconds
        means["speed/memory_mib"] = peak_rss_mib()
        self._means, self._frames, self._seconds = {}, 0, 0.0
        return self._number, means
