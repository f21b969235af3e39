"""Loops compiled for the processor at hand, by Numba.

A tensor operation passes over its whole picture and leaves the next one to fetch it again. A loop
that takes a few rows from the first step to the last keeps them in the processor's nearest memory:
the loss of a frame in a quarter of the time. Nothing is to be installed but a wheel, and what was
compiled once is kept on disk: beside the source, or where that cannot be written in the user's
cache folder.

Tensors on another device, or of another type than float32, go the way of plain operations, which
are what the loops are tested against. Each module of this package decides that for its own
functions, so that nobody who calls them has to.
"""

import logging
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import ClassVar, Generic, ParamSpec, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import FunctionCtx

Given = ParamSpec("Given")
Result = TypeVar("Result")

Rows = NDArray[np.float32]
"""An array of float32, whose last axis is contiguous."""

_OURS = f"{__package__}."
_log = logging.getLogger("stream_ae")

_KEPT = "compiling loops, once, about 10 s"
_FOR_NOW = (
    "compiling loops, about 10 s; no folder was found that they can be kept in, so set"
    " NUMBA_CACHE_DIR to one, and it is done once"
)

_FREEDOMS = {"reassoc", "contract", "nsz"}
"""Of floating point: sums in any order. NaN and infinity stay what they are, a division one."""

_PLAIN = (Tensor, torch.nn.Parameter)
"""Types of tensors that have memory of their own; a subclass may stand for anything."""

_NOT_KEPT = (OSError, EOFError, pickle.UnpicklingError)
"""What Numba raises where a file of its cache cannot be written or read."""


class Loop(Generic[Given, Result]):
    """A function of numbers and arrays, compiled by ``numba.njit`` when it is called first.

    Not at import, which has to be quick: Numba alone takes half a second. Made by :func:`loop` and
    :func:`inner_loop`.

    Args:
        function: what to compile, in the part of Python that Numba knows.
        inline: whether its code becomes part of the loop that calls it; then it is not kept, and
            Python cannot call it, which saves a third of the time to compile.
    """

    are_kept: ClassVar[bool] = True
    """Whether what is compiled stays on disk for the next process."""

    def __init__(self, function: Callable[Given, Result], *, inline: bool) -> None:
        self.function, self._inline = function, inline
        self.__doc__ = function.__doc__

    def __call__(self, *args: Given.args, **kwargs: Given.kwargs) -> Result:
        """Run it.

        Raises:
            TypeError: it is an inner loop.
        """
        if self._inline:
            raise TypeError(
                f"an inner loop is called by other loops, got a call of {self.function.__name__}"
                " from Python; wrap its function in loop()"
            )
        try:
            return self.compiled(*args, **kwargs)
        except _NOT_KEPT:  # no loop raises these; the disk is full, or a file on it is damaged
            self.compiled = self._compile_for_now()
            return self.compiled(*args, **kwargs)

    @cached_property
    def compiled(self) -> Callable[Given, Result]:
        """The compiled function; it compiles when it is called."""
        try:
            return self._compile(keep=not self._inline)
        except RuntimeError:  # there is no folder that it could be kept in
            return self._compile_for_now()

    def _compile_for_now(self) -> Callable[Given, Result]:
        Loop.are_kept = False
        return self._compile(keep=False)

    def _compile(self, *, keep: bool) -> Callable[Given, Result]:
        import numba

        _import_arrays()
        _announce_compiling()
        compiled: Callable[Given, Result] = numba.njit(  # type: ignore[call-overload]
            cache=keep,
            nogil=True,
            error_model="numpy",
            fastmath=_FREEDOMS,
            forceinline=self._inline,
            no_cpython_wrapper=self._inline,
            no_cfunc_wrapper=self._inline,
        )(self.function)
        return compiled

    @property
    def folder(self) -> Path | None:
        """Where it and the other loops of its package are kept; None where none can be."""
        path: str | None = self.compiled.stats.cache_path  # type: ignore[attr-defined]
        return None if path is None else Path(path)

    @property
    def _numba_type_(self) -> object:
        """What Numba asks for where the name of a loop stands in another one."""
        import numba

        return numba.typeof(self.compiled)  # type: ignore[no-untyped-call]


def loop(function: Callable[Given, Result]) -> Loop[Given, Result]:
    """Compile a function that Python calls, and that may call inner loops of its own file."""
    return Loop(function, inline=False)


def inner_loop(function: Callable[Given, Result]) -> Loop[Given, Result]:
    """Compile a function that other loops call; its code becomes part of theirs.

    Left to itself, the compiler may call it instead. Then the process that compiles runs the inner
    loop's own code, and every later one the copy that was kept with the caller, whose sums run in
    another order: the first run of all would have other last bits than the rest.
    """
    return Loop(function, inline=True)


@contextmanager
def compilations() -> Iterator[list[str]]:
    """Collect the names of the loops that a ``with`` block compiles, not those that it reads."""
    from numba.core import event

    names: list[str] = []
    with event.install_recorder("numba:compile") as recorder:
        yield names
    started = [entry.data["dispatcher"].py_func for _, entry in recorder.buffer if entry.is_start]
    names += [function.__name__ for function in started if function.__module__.startswith(_OURS)]


@cache
def _import_arrays() -> None:
    """Import what Numba knows of arrays, but not SciPy's linear algebra with it: 15 MiB.

    It asks for that at once where SciPy is installed. No loop here needs it, and one of the user's
    that does still gets it, since Numba asks once more then.
    """
    with _hidden("scipy.linalg"):
        import numba.np.arraymath  # noqa: F401


@contextmanager
def _hidden(module: str) -> Iterator[None]:
    """Let a module seem not to be installed, unless it is imported already."""
    is_new = module not in sys.modules
    if is_new:
        sys.modules[module] = None  # type: ignore[assignment]  # that is how it is said
    try:
        yield
    finally:
        if is_new:
            sys.modules.pop(module, None)  # another thread may have been here, too


@cache
def _announce_compiling() -> None:
    """Say once what the first frame waits for; nothing where all was kept."""
    from numba.core import event

    class Announcer(event.Listener):
        told = False

        def on_start(self, started: event.Event) -> None:
            module = started.data["dispatcher"].py_func.__module__
            if not self.told and module.startswith(_OURS):
                self.told = True
                _log.info(_KEPT if Loop.are_kept else _FOR_NOW)

        def on_end(self, _: event.Event) -> None: ...

    event.register("numba:compile", Announcer())  # type: ignore[no-untyped-call]


def can_loop(*tensors: Tensor) -> bool:
    """Whether compiled loops can work on all of them: float32, on the CPU, of one shape.

    And PyTorch must compute: loops cannot be followed where it writes a program down
    (``torch.export``) or transforms a function (``torch.func``). Loops check nothing. What they
    can't take is left to plain operations, which say what is wrong.
    """
    if torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active():
        return False
    shape = tensors[0].shape
    return all(
        t.is_cpu and t.dtype == torch.float32 and t.shape == shape and type(t) in _PLAIN
        for t in tensors
    )


def rows_of(image: Tensor) -> Rows:
    """A picture (1, C, h, w) as its rows (h, w C): a view of channels-last memory, else a copy."""
    rows = image.detach()[0].permute(1, 2, 0)
    array: Rows = rows.reshape(rows.shape[0], -1).numpy()
    return array


def plain_gradients(
    ctx: FunctionCtx,
    plain: Callable[..., Tensor],
    inputs: Sequence[Tensor | None],
    *,
    by_output: Tensor,
) -> tuple[Tensor | None, ...]:
    """Gradients of a looped function that are to be differentiated themselves, by autograd's.

    Args:
        ctx: of its backward pass.
        plain: the same function in plain operations.
        inputs: all of its arguments; None for one left out.
        by_output: the gradient by its output.

    Returns:
        For each argument its gradient, with a graph; None where it is not needed.
    """
    needed: tuple[bool, ...] = ctx.needs_input_grad  # type: ignore[attr-defined]
    differentiated = [x for x, is_so in zip(inputs, needed, strict=True) if is_so and x is not None]
    again = plain(*inputs)
    found = iter(torch.autograd.grad(again, differentiated, by_output, create_graph=True))
    return tuple(next(found) if is_so else None for is_so in needed)
