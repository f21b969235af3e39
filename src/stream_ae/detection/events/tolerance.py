"""Where it takes more to be told of something, because somebody has said that it was false."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from stream_ae.detection.findings import Box, Kind, WatchEvent
from stream_ae.storage.state_file import SavedState

_CELLS = 16  # rows and columns of places that are told apart
_STEP = 0.5  # of the way from the false event's score to 1


class Tolerance:
    """The score that an event of each kind must be above, place by place.

    What is marked as false raises it there, halfway from the false event's score to 1: the next
    one that is no surer is not told, one that is much surer still is. After several marks little
    is told of that place.

    >>> lamp = WatchEvent("novel", 1, 9, 5, 0.0, 0.3, 0.2, score=0.99, box=Box(0, 0, 0.1, 0.1))
    >>> tolerance = Tolerance()
    >>> tolerance.lets(lamp)
    True
    >>> tolerance.mark_false("novel", box=lamp.box, score=lamp.score)
    >>> tolerance.lets(lamp)
    False
    """

    def __init__(self) -> None:
        self._least: dict[str, NDArray[np.float32]] = {}
        self._silent: set[int] = set()  # tracks that appeared and were not told

    def mark_false(self, kind: Kind, *, box: Box, score: float) -> None:
        """Tell less of a place.

        Args:
            kind: of the event that was false.
            box: where it was.
            score: that it had, in [0, 1].
        """
        least = self._least.setdefault(kind, np.zeros((_CELLS, _CELLS), np.float32))
        place = least[_cells(box)]
        np.maximum(place, score + _STEP * (1.0 - score), out=place)

    def lets(self, event: WatchEvent) -> bool:
        """Whether an event is told. A thing whose coming was not told goes untold."""
        if event.kind == "left" and event.track in self._silent:
            self._silent.discard(event.track)
            return False
        least = self._least.get(event.kind)
        if least is None or event.box is None:
            return True
        is_told = event.score > float(least[_cells(event.box)].mean())
        if event.kind == "appeared" and event.track is not None and not is_told:
            self._silent.add(event.track)
        return is_told

    def state_dict(self) -> SavedState:
        """Its state, as tensors and plain values."""
        least = {kind: torch.from_numpy(values.copy()) for kind, values in self._least.items()}
        return {"least": least, "silent": sorted(self._silent)}

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a state."""
        saved: Mapping[str, torch.Tensor] = state["least"]
        self._least = {kind: values.numpy().copy() for kind, values in saved.items()}
        self._silent = set(state["silent"])


def _cells(box: Box) -> tuple[slice, slice]:
    """The cells that a box touches."""
    top, left = int(box.y * _CELLS), int(box.x * _CELLS)
    bottom = int(np.ceil((box.y + box.height) * _CELLS))
    right = int(np.ceil((box.x + box.width) * _CELLS))
    rows = slice(min(top, _CELLS - 1), max(bottom, top + 1))
    return rows, slice(min(left, _CELLS - 1), max(right, left + 1))
