"""What a benchmark measures, as JSON holds it: a row of plain values, and how they are read again.

Rows travel between processes and through files, so they hold nothing but what JSON knows. What is
read from one has no type yet; the functions here give it one, or say what is wrong with it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, TypeVar

from stream_ae.errors import ConfigError

T = TypeVar("T")

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
"""Any value that a results file can hold."""

Row: TypeAlias = Mapping[str, JSON]
"""One measurement: a line of a table, with all that is behind it."""


def maybe(row: Mapping[str, object], key: str) -> float | None:
    """A number of a row; None where it is null or missing.

    Raises:
        ConfigError: it is no number.

    >>> maybe({"mse": 0.25}, "mse"), maybe({"mse": None}, "mse"), maybe({}, "mse")
    (0.25, None, None)
    """
    value = row.get(key)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise _unexpected(key, value, expected="a number")


def number(row: Mapping[str, object], key: str) -> float:
    """A number of a row that has to be there.

    Raises:
        ConfigError: it is missing, null, or no number.
    """
    value = maybe(row, key)
    if value is None:
        raise _unexpected(key, value, expected="a number")
    return value


def numbers(row: Mapping[str, object], key: str) -> list[float | None]:
    """A list of numbers, where null stands for one that does not exist.

    Raises:
        ConfigError: it is missing or something else.
    """
    return _each(row, key, maybe)


def text(row: Mapping[str, object], key: str) -> str:
    """A text of a row.

    Raises:
        ConfigError: it is missing or no text.
    """
    value = row.get(key)
    if not isinstance(value, str):
        raise _unexpected(key, value, expected="a text")
    return value


def texts(row: Mapping[str, object], key: str) -> list[str]:
    """A list of texts; raises ConfigError if it is none."""
    return _each(row, key, text)


def section(row: Mapping[str, object], key: str) -> dict[str, object]:
    """An object within a row.

    Raises:
        ConfigError: it is missing or something else.
    """
    value = row.get(key)
    if not isinstance(value, Mapping):
        raise _unexpected(key, value, expected="an object")
    return {str(name): inner for name, inner in value.items()}


def sections(row: Mapping[str, object], key: str) -> list[dict[str, object]]:
    """A list of objects within a row; raises ConfigError if it is none."""
    return _each(row, key, section)


def diverged(row: Mapping[str, object]) -> bool:
    """Whether learning left the finite numbers, so that the row has no means."""
    return bool(row.get("diverged"))


def _each(
    row: Mapping[str, object], key: str, read: Callable[[Mapping[str, object], str], T]
) -> list[T]:
    """Every entry of a list, read by a function that reads one value of a row."""
    values = row.get(key)
    if not isinstance(values, list | tuple):
        raise _unexpected(key, values, expected="a list")
    return [read({key: value}, key) for value in values]


def _unexpected(key: str, value: object, *, expected: str) -> ConfigError:
    return ConfigError(
        f"{key!r} of a row must be {expected}, got {value!r}; measure it again with stream-ae bench"
    )
