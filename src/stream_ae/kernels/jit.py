"""Loops compiled for the processor at hand, by Numba.

A tensor operation passes over its whole picture and leaves the next one to fetch it anew. A loop
that takes a few rows from the first step to the last keeps them in the processor's nearest memory:
the loss of a frame in a quarter of the time. Nothing is to be installed but a wheel, and what was
compiled once is kept on disk.

Tensors on another device, or of another type than float32, go the way of plain operations, which
are what the loops are tested against.
"""

from collections.abc import Callable
from functools import cached_property
from types import FunctionType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Rows = NDArray[np.float32]
"""An array of float32, whose last axis is contiguous."""

_FREEDOMS = {"reassoc", "contract", "nsz"}
"""Of floating point: sums in any order. NaN and infinity stay what they are, a division one."""


class Compiled:
    """A function of numbers and arrays, compiled when it is called first.

    It may call others of its kind from the same file. Not at import, which has to be quick.

    Args:
        function: what to compile, in the part of Python that Numba knows.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        assert isinstance(function, FunctionType)
        self._function = function
        self.__doc__ = function.__doc__

    def __call__(self, *arguments: Any) -> Any:
        """Run it."""
        return self.machine_code(*arguments)

    @cached_property
    def machine_code(self) -> Callable[..., Any]:
        """The compiled function, kept beside the source or in the user's cache if one can be."""
        import numba

        inner = {
            name: value.machine_code
            for name, value in self._function.__globals__.items()
            if isinstance(value, Compiled) and name in self._function.__code__.co_names
        }
        function = FunctionType(
            self._function.__code__,
            {**self._function.__globals__, **inner},
            self._function.__name__,
        )
        function.__module__ = self._function.__module__
        function.__qualname__ = self._function.__qualname__
        options: Any = {"nogil": True, "error_model": "numpy", "fastmath": _FREEDOMS}
        try:
            compiled: Callable[..., Any] = numba.njit(cache=True, **options)(function)
        except RuntimeError:  # there is no folder that it could be kept in
            compiled = numba.njit(**options)(function)
        return compiled


def can_loop(*tensors: Tensor) -> bool:
    """Whether compiled loops can work on all of them: float32, on the CPU, of one shape.

    Loops check nothing. What they can't take is left to plain operations, which say what is wrong.
    """
    shape = tensors[0].shape
    return all(t.is_cpu and t.dtype == torch.float32 and t.shape == shape for t in tensors)


def rows_of(image: Tensor) -> Rows:
    """A picture (1, C, h, w) as its rows (h, w C): a view of channels-last memory, else a copy."""
    rows = image.detach()[0].permute(1, 2, 0)
    array: Rows = rows.reshape(rows.shape[0], -1).numpy()
    return array
