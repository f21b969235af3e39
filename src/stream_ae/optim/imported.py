"""An optimizer of somebody else's, by the place where Python finds it."""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from torch.optim.optimizer import Optimizer

from stream_ae.errors import ConfigError

_EXPECTED = "package.module:Class, a subclass of torch.optim.Optimizer that can be imported here"


def is_place(name: str) -> bool:
    """Whether a name says where an optimizer is, ``package.module:Class``, and not which it is."""
    return ":" in name


def imported(name: str) -> Callable[..., Optimizer]:
    """The optimizer at a place. Modules of the present folder can be imported, too.

    Args:
        name: ``package.module:Class``.

    Raises:
        ConfigError: nothing can be imported from there, or what is there is no optimizer.

    >>> imported("torch.optim:RMSprop").__name__
    'RMSprop'
    """
    place, _, attribute = name.partition(":")
    try:
        with _present_folder():
            module = importlib.import_module(place)
        kind: object = getattr(module, attribute)
    except (ImportError, AttributeError, ValueError) as error:  # of a module's own code, too
        raise ConfigError(f"the optimizer must be {_EXPECTED}, got {name!r}: {error}") from error
    if not (inspect.isclass(kind) and issubclass(kind, Optimizer)):
        raise ConfigError(f"the optimizer must be {_EXPECTED}, got {name!r}: {kind!r} is none")
    return kind


@contextmanager
def _present_folder() -> Iterator[None]:
    """Let modules of the present folder be found, as ``python -m`` does."""
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path.remove(here)
