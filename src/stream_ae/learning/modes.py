"""How PyTorch computes while a learner is at work, whatever the caller has set around it.

``no_grad``, ``inference_mode`` and ``autocast`` are made for a network that is only used. Under
them a learner would not learn, or learn something else, and nobody would be told.
"""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch

_SMALLEST = sys.float_info.min  # half of it is below the normal range


@contextmanager
def at_work(device: torch.device, *, threads: int | None) -> Iterator[None]:
    """Compute with gradients, in the network's own precision, with this number of threads.

    Numbers too small for the normal range become zero, as in a run of the command line. All is as
    before afterwards. Other threads of Python are left alone: PyTorch keeps the number of threads
    for each of them.

    Args:
        device: where it is computed.
        threads: of one operation on the processor; None leaves them as they are.
    """
    flushes, before = _SMALLEST / 2.0 == 0.0, torch.get_num_threads()
    if threads is not None:
        torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    try:
        with (
            torch.inference_mode(False),
            torch.enable_grad(),
            torch.autocast(device.type, enabled=False),
            _home(device),
        ):
            yield
    finally:
        torch.set_flush_denormal(flushes)
        if threads is not None:
            torch.set_num_threads(before)


def _home(device: torch.device) -> AbstractContextManager[object]:
    """Where tensors are made that nobody says a device for, if that is neither here nor the CPU.

    Only then: with it, PyTorch asks Python at every call.
    """
    elsewhere = torch.get_default_device().type not in ("cpu", device.type)
    return device if elsewhere else nullcontext()
