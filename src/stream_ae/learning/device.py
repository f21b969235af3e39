"""Where the network computes, with how many threads, and from which seed.

Set once, before anything else: the same seed, machine and number of threads then give the same
weights, bit for bit.
"""

import ctypes
import os
import platform
from functools import cache
from numbers import Integral
from pathlib import Path
from typing import get_args

import torch

from stream_ae.errors import ConfigError
from stream_ae.settings.choices import DEVICE, Device

DEVICES: tuple[Device, ...] = get_args(Device)
"""What a user may ask for."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # mallopt(3)
_LARGEST_KEPT, _MOST_KEPT = 32 * 2**20, 512 * 2**20  # bytes; glibc allows no more for the first

_MADV_HUGEPAGE, _MADV_COLLAPSE, _LARGE_PAGE = 14, 25, 2 * 2**20  # madvise(2); bytes
_MAPS, _LARGE_PAGES = Path("/proc/self/maps"), Path("/sys/kernel/mm/transparent_hugepage/enabled")


def pick_device(name: str | torch.device = DEVICE) -> torch.device:
    """The device of that name; ``auto`` prefers CUDA where it is there.

    Args:
        name: one of :data:`DEVICES`, or such a device of PyTorch.

    Raises:
        ConfigError: an unknown name, or ``cuda`` where there is none.

    >>> pick_device("cpu")
    device(type='cpu')
    """
    given = name if isinstance(name, torch.device) else None
    kind, shown = (given.type, str(given)) if given else (name, name)
    if not isinstance(kind, str) or kind not in DEVICES:
        raise ConfigError(f"unknown device {shown!r}; choose one of {', '.join(DEVICES)}")
    available = torch.cuda.is_available()
    number = (given.index if given else None) or 0
    if kind == "cuda" and not (available and number < torch.cuda.device_count()):
        built = torch.version.cuda is not None
        raise ConfigError(
            f"the device {shown!r} was asked for, but "
            + ("no CUDA device was found" if built else "this PyTorch is built without CUDA")
            + "; use --device auto or cpu, or install a driver and a PyTorch with CUDA"
        )
    return given or torch.device("cuda" if available and kind != "cpu" else "cpu")


def set_up(*, threads: int | None = None, seed: int) -> None:
    """Prepare this process for learning.

    Numbers too small for float32's normal range become zero on the CPU, which computes with them
    a hundred times slower. CUDA is told to prefer operations that give the same result each time.

    Args:
        threads: of one tensor operation on the CPU, at most one for each processor; None leaves
            it to PyTorch.
        seed: of PyTorch's random numbers on every device, 0 to 2⁶³ − 1.

    Raises:
        ConfigError: ``threads`` or ``seed`` out of range.
    """
    check_threads(threads)
    check_seed(seed)
    if threads is not None:
        torch.set_num_threads(threads)
    _keep_freed_memory()
    torch.set_flush_denormal(True)  # False where the processor cannot: then it is only slower
    torch.manual_seed(seed)
    if torch.cuda.is_available():
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when cuBLAS starts
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.deterministic = True
        torch.set_deterministic_debug_mode("warn")


def check_threads(threads: int | None) -> None:
    """See that so few or many threads can be had; None is any number.

    Raises:
        ConfigError: fewer than one, or more than there are processors, which would only wait.
    """
    most = os.cpu_count() or 1
    counts = isinstance(threads, Integral) and not isinstance(threads, bool)
    if threads is not None and not (counts and 1 <= threads <= most):
        raise ConfigError(
            f"threads must be from 1 to {most}, the processors here, got {threads!r}; 1 will do"
        )


def check_seed(seed: int) -> None:
    """See that PyTorch takes a seed.

    Raises:
        ConfigError: it is out of range.
    """
    if not (isinstance(seed, Integral) and 0 <= seed < 2**63):
        raise ConfigError(f"seed must be from 0 to 2**63 - 1, got {seed!r}; 0 will do")


def _keep_freed_memory() -> None:
    """Let glibc keep what a frame frees instead of giving it back to the system.

    Every frame frees the same hundred pictures and asks for them again. Returned and taken again,
    each page is cleared by the kernel at its first touch: 2,000 page faults a frame, a fifth of
    its time. What a run holds does not grow by this; it is what one frame needs at most.
    """
    _set_malloc(_M_MMAP_THRESHOLD, _LARGEST_KEPT)
    _set_malloc(_M_TRIM_THRESHOLD, _MOST_KEPT)


def _set_malloc(parameter: int, value: int) -> None:
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(parameter, value)


@cache
def use_large_pages() -> None:
    """Put the heap into pages of 2 MiB, once, where Linux has them on request (from 6.1 on).

    A frame goes through tens of MiB, and the processor forgets where pages of 4 KiB are before they
    come again: a twentieth of its time, and more beside other programs. The heap is used to its
    end by then, so that it does not grow; where this is refused, all is as it was.
    """
    if platform.libc_ver()[0] != "glibc" or not _MAPS.exists() or not _LARGE_PAGES.exists():
        return
    if "[never]" in _LARGE_PAGES.read_text():
        return
    libc = ctypes.CDLL(None)
    for line in _MAPS.read_text().splitlines():
        where, *_, name = line.split()
        if name == "[heap]":
            first, last = (int(address, 16) for address in where.split("-"))
            start = -(-first // _LARGE_PAGE) * _LARGE_PAGE
            size = last // _LARGE_PAGE * _LARGE_PAGE - start
            for advice in (_MADV_HUGEPAGE, _MADV_COLLAPSE) if size > 0 else ():
                libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), advice)
