"""The file of a fleet: its cameras, what all of them have, and where their runs are written."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stream_ae.errors import ConfigError
from stream_ae.fleet.options import checked, cpus_of
from stream_ae.fleet.spec import CameraSpec, Value
from stream_ae.fleet.store import is_store
from stream_ae.runs.validation import shown

NAME = "fleet"
"""Of a fleet that has none in its file."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_KEYS = {"name", "runs", "defaults", "camera"}
_CPUS = "cpus"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file asks for.

    Args:
        name: of the fleet.
        runs: the folder of all run folders.
        cameras: by their names, in the file's order.
    """

    name: str
    runs: str
    cameras: Mapping[str, CameraSpec]


def read_plan(path: Path) -> Plan:
    """Read a fleet's file; paths in it begin in its folder.

    Raises:
        ConfigError: it cannot be read, or something in it is wrong; the message says where.
    """
    try:
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise ConfigError(f"a fleet's file was expected: {reason}; name one") from error
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"TOML was expected: {error}; mend it") from error
        return _plan(table, folder=path.resolve().parent)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def camera(name: str, options: Mapping[str, Value], *, runs: str, folder: Path) -> CameraSpec:
    """A camera as it is asked for, if all of it makes sense.

    Args:
        name: of it.
        options: of ``watch``, and ``cpus``.
        runs: the folder of all run folders.
        folder: where paths begin.

    Raises:
        ConfigError: something does not.
    """
    check_name(name, what="a camera")
    own = dict(options)
    share = own.pop(_CPUS, None)
    try:
        of_watch = checked(own, folder=folder)
        cpus = cpus_of(share, gate=of_watch.get("gate") is True)
    except ConfigError as error:
        raise ConfigError(f"camera {name}: {error}") from error
    return CameraSpec(name, of_watch, cpus=cpus, runs=runs)


def check_name(name: str, *, what: str) -> None:
    """See that something may have a name, which is also that of a file.

    Raises:
        ConfigError: it may not.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"the name of {what} must be letters, digits, - and _, 63 at most, got {shown(name)};"
            " choose another"
        )


def _plan(table: Mapping[str, object], *, folder: Path) -> Plan:
    for key in table:
        if key not in _KEYS:
            raise ConfigError(f"unknown key {key!r}; there are name, runs, [defaults], [camera.…]")
    name, runs = _text(table, "name", NAME), _text(table, "runs", "runs")
    check_name(name, what="a fleet")
    defaults = _options(table.get("defaults", {}), where="defaults")
    if "source" in defaults:
        raise ConfigError("each camera has a source of its own, got one in [defaults]; move it")
    placed = runs if is_store(runs) else str(folder / runs)
    tables = table.get("camera", {})
    if not isinstance(tables, Mapping) or not tables:
        raise ConfigError("a fleet must have a camera, got none; add [camera.NAME] with a source")
    cameras = {
        each: camera(each, {**defaults, **options}, runs=placed, folder=folder)
        for each, options in _tables(tables)
    }
    return Plan(name, placed, cameras)


def _tables(tables: Mapping[str, object]) -> Iterator[tuple[str, dict[str, Value]]]:
    for name, table in tables.items():
        yield name, _options(table, where=f"camera.{name}")


def _options(table: object, *, where: str) -> dict[str, Value]:
    if not isinstance(table, Mapping):
        raise ConfigError(f"[{where}] must be a table, got {shown(table)}; write options below it")
    options: dict[str, Value] = {}
    for key, value in table.items():
        is_texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
        if not isinstance(value, str | int | float) and not is_texts:
            raise ConfigError(
                f"{key} in [{where}] must be one value or a list of texts, got {shown(value)};"
                " change it"
            )
        options[key.replace("-", "_")] = value
    return options


def _text(table: Mapping[str, object], key: str, default: str) -> str:
    value = table.get(key, default)
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{key} must be a text, got {shown(value)}; change it")
    return value
