"""A library that works until its fuse burns through: one call of it, at any depth, raises."""

from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np

_PLAIN = (str, bytes, int, float, bool, type(None), dict, np.ndarray, np.generic, Fraction, slice)


class Fuse:
    """Counts what is asked of a library, and raises once.

    Args:
        error: what is raised.
        after: how many uses go well before.
    """

    def __init__(self, error: BaseException, *, after: int) -> None:
        self.error, self.left = error, after

    def burn(self) -> None:
        self.left -= 1
        if self.left == -1:
            raise self.error


class Fused:
    """Anything of a library behind a fuse: its calls, its attributes, its items.

    Plain values, kinds of errors and what is read as memory come out as they are; the attributes
    of a module do not count as a use.
    """

    def __init__(self, real: Any, fuse: Fuse) -> None:
        self.__dict__.update(_real=real, _fuse=fuse)

    def __getattr__(self, name: str) -> Any:
        if not isinstance(self._real, ModuleType | type):
            self._fuse.burn()
        return self._wrap(getattr(self._real, name))

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._real, name, _bare(value))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._fuse.burn()
        bare = {name: _bare(value) for name, value in kwargs.items()}
        return self._wrap(self._real(*map(_bare, args), **bare))

    def __iter__(self) -> "Fused":
        self._fuse.burn()
        return Fused(iter(self._real), self._fuse)

    def __next__(self) -> Any:
        self._fuse.burn()
        return self._wrap(next(self._real))

    def __getitem__(self, key: Any) -> Any:
        self._fuse.burn()
        return self._wrap(self._real[_bare(key)])

    def __len__(self) -> int:
        self._fuse.burn()
        return len(self._real)

    def __bool__(self) -> bool:
        return bool(self._real)

    def __enter__(self) -> "Fused":
        self._real.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._real.__exit__(None, None, None)
        self._fuse.burn()

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        self._fuse.burn()
        return np.array(self._real)

    def __instancecheck__(self, other: object) -> bool:
        return isinstance(_bare(other), self._real)

    def _wrap(self, value: Any) -> Any:
        is_error = isinstance(value, type) and issubclass(value, BaseException)
        if isinstance(value, _PLAIN) or is_error or _is_memory(value):
            return value
        return Fused(value, self._fuse)


def _bare(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(map(_bare, value))
    return value._real if type(value) is Fused else value


def _is_memory(value: object) -> bool:
    try:
        memoryview(value)  # type: ignore[arg-type]
    except TypeError:
        return False
    return True
