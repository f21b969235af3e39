"""How PyTorch computes while a learner is at work, whatever the caller has set around it.

``no_grad``, ``inference_mode`` and ``autocast`` are made for a network that is only used. Under
them a learner would not learn, or learn something else, and nobody would be told.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_SMALLEST = sys.float_info.min  # half of it is below the normal range


class _Team:
    """How many threads an operation has, which PyTorch knows once for the whole process.

    Learners may be at work in several threads of Python: the first to begin sets the number, and
    the last to end sets it back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at_work = 0
        self._outside = 0

    def begin(self, threads: int) -> None:
        """Have this number."""
        with self._lock:
            if not self._at_work:
                self._outside = torch.get_num_threads()
            self._at_work += 1
            if torch.get_num_threads() != threads:
                torch.set_num_threads(threads)

    def end(self) -> None:
        """Have the number from before, unless another is still at work."""
        with self._lock:
            self._at_work -= 1
            if not self._at_work and torch.get_num_threads() != self._outside:
                torch.set_num_threads(self._outside)


_team = _Team()


@contextmanager
def at_work(device: torch.device, *, threads: int | None) -> Iterator[None]:
    """Compute with gradients, in the network's own precision, with this number of threads.

    Numbers too small for the normal range become zero, as they do in a run of the command line.
    All is as before afterwards.

    Args:
        device: where it is computed.
        threads: of one operation on the processor; None leaves them as they are.
    """
    flushes = _SMALLEST / 2.0 == 0.0
    if threads is not None:
        _team.begin(threads)
    torch.set_flush_denormal(True)
    try:
        with (
            torch.inference_mode(False),
            torch.enable_grad(),
            torch.autocast(device.type, enabled=False),
        ):
            yield
    finally:
        torch.set_flush_denormal(flushes)
        if threads is not None:
            _team.end()
