"""Statistics of an endless stream in constant memory: means of numbers and of pictures.

Plain Python numbers and one tensor per quantity; nothing here keeps a sample.
"""

from collections import deque
from collections.abc import Mapping

import torch


class RunningMean:
    """Arithmetic mean of all values so far, in float64.

    >>> mean = RunningMean()
    >>> mean.add(1.0), mean.add(3.0), mean.value
    (None, None, 2.0)
    """

    def __init__(self) -> None:
        self.total = 0.0
        self.count = 0

    def add(self, value: float) -> None:
        """Take one value in."""
        self.total += value
        self.count += 1

    @property
    def value(self) -> float | None:
        """The mean, or None before the first value."""
        return self.total / self.count if self.count else None

    def state_dict(self) -> dict[str, float]:
        """What :meth:`load_state_dict` takes."""
        return {"total": self.total, "count": self.count}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Go on from a saved state."""
        self.total, self.count = float(state["total"]), int(state["count"])


class RecentMean:
    """Mean of the values that fell within the last ``window`` frames.

    A frame without a value (an index that is measured on every tenth frame) is added as None: it
    takes its place in the window and does not count in the mean.
    """

    def __init__(self, window: int) -> None:
        self._values: deque[float | None] = deque(maxlen=window)

    def add(self, value: float | None) -> None:
        """Take one frame's value in."""
        self._values.append(value)

    @property
    def value(self) -> float | None:
        """The mean over the window, or None where it holds no value."""
        present = [value for value in self._values if value is not None]
        return sum(present) / len(present) if present else None

    def state_dict(self) -> dict[str, list[float | None]]:
        """What :meth:`load_state_dict` takes."""
        return {"values": list(self._values)}

    def load_state_dict(self, state: Mapping[str, list[float | None]]) -> None:
        """Go on from a saved state."""
        self._values = deque(state["values"], maxlen=self._values.maxlen)


class RunningImage(torch.nn.Module):
    """Mean picture of all frames so far, as a buffer.

    ``mean ← mean + (frame − mean) / count`` (Welford 1962), constant memory.

    Args:
        shape: of one frame, e.g. (1, 3, 224, 224).
    """

    mean: torch.Tensor

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        zeros = torch.zeros(shape, dtype=torch.float32)
        # As frames lie in memory, or every one of them would have to be turned over.
        self.register_buffer("mean", zeros.to(memory_format=torch.channels_last))
        self.count = 0  # a plain number: asking for it must not wait for a device

    def update(self, frame: torch.Tensor) -> None:
        """Take one frame of the given shape in."""
        self.count += 1
        self.mean.lerp_(frame, 1.0 / self.count)

    def get_extra_state(self) -> int:
        """The count, saved beside the buffer."""
        return self.count

    def set_extra_state(self, state: int) -> None:
        """Go on from a saved count."""
        self.count = state
