"""What somebody else wrote, by the place where Python finds it: ``package.module:name``."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PLAIN = (ImportError, AttributeError, SyntaxError, ValueError)  # whose words say what they are


def is_place(name: str) -> bool:
    """Whether a name says where something is, ``package.module:name``, and not which it is."""
    return ":" in name


def at_place(name: str) -> object:
    """What is at a place. Modules of the present folder can be imported, too.

    Args:
        name: ``package.module:name``.

    Raises:
        ValueError: nothing can be imported from there.

    >>> at_place("math:tau")
    6.283185307179586
    """
    place, _, attribute = name.partition(":")
    try:
        with _present_folder():
            module = importlib.import_module(place)
        found: object = getattr(module, attribute)
    except Exception as error:  # whatever somebody else's module raises
        kind = "" if isinstance(error, _PLAIN) else f"{type(error).__name__}: "
        raise ValueError(f"{kind}{' '.join(str(error).split())}") from error
    return found


@contextmanager
def _present_folder() -> Iterator[None]:
    """Let modules of the present folder be found, as ``python -m`` does."""
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path.remove(here)
