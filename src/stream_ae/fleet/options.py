"""The options of a camera: which there are, and the run that they make."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

from stream_ae.errors import ConfigError
from stream_ae.fleet.references import check_no_secret, is_reference, replaced
from stream_ae.fleet.spec import Value
from stream_ae.fleet.spread import spread
from stream_ae.runs.config import TrainConfig, config_from, settings_of
from stream_ae.runs.page_config import PageConfig
from stream_ae.runs.validation import is_list, shown
from stream_ae.runs.watch_config import WatchConfig
from stream_ae.settings.addresses import names_a_stream, unknown_stream

SEEN_TO = {
    "run_dir",
    "resume",
    "source_moved",
    "threads",
    "device",
    "progress",
    "log_format",
    "metrics_port",
    "metrics_host",
    *(settings_of(PageConfig).keys() - settings_of(TrainConfig).keys()),
}
"""Settings of a run that the fleet sees to itself; so it does to the page."""

_SETTINGS = {
    name: declared for name, declared in settings_of(WatchConfig).items() if name not in SEEN_TO
}
_WITH_LOGIN = ("source", "webhook", "mqtt")
_NOT_CHECKED_HERE = {"on_event"}  # whether there is such a program, another machine knows

CPUS, ASLEEP_CPUS = 0.5, 0.25
"""Cores that are set aside for a camera unless it says otherwise; the second with ``gate``."""

ALWAYS: Mapping[str, Value] = {"give_up_after": 0.0}
"""What a camera of a fleet has unless it says otherwise: a lost source is waited for for ever."""


def checked(options: Mapping[str, Value], *, folder: Path) -> dict[str, Value]:
    """Options as they are written in a file, with full paths, if they make a run.

    Args:
        options: of one camera, by their names with dashes or underscores.
        folder: where paths begin.

    Raises:
        ConfigError: one is unknown or wrong, or holds a password.
    """
    named = {name.replace("-", "_"): value for name, value in options.items()}
    for name in named:
        if name in SEEN_TO:
            raise ConfigError(f"{name} is seen to by the fleet, got {named[name]!r}; leave it out")
        if name not in _SETTINGS:
            raise ConfigError(f"unknown option {name!r}; see stream-ae watch --help")
    if "source" not in named:
        raise ConfigError("a camera must have a source, got none; add one")
    for name in _WITH_LOGIN:
        if isinstance(text := named.get(name), str):
            check_no_secret(text, name=name)
    placed = {name: _placed(name, value, folder=folder) for name, value in named.items()}
    watch_config(_without_references(placed), directory=Path("run"))
    return placed


def watch_config(options: Mapping[str, Value], *, directory: Path) -> WatchConfig:
    """The run of a camera.

    Args:
        options: of the camera; of references what they stand for.
        directory: its run folder, which has its name. The run goes on with what is there, and the
            stream may have another address than before: it is the name that makes a camera. It
            has its own interval of checkpoints, too.

    Raises:
        ConfigError: an option is wrong.
    """
    values: dict[str, object] = {**ALWAYS, **options}
    for name, value in values.items():
        if isinstance(value, str) and _is_path(name):
            values[name] = Path(value)
    own = {"run_dir": directory, "resume": True, "source_moved": True, "progress": False}
    config = config_from(WatchConfig, {**values, **own, "threads": 1})
    every = spread(config.checkpoint_every, name=directory.name)
    return replace(config, checkpoint_every=every)


def _placed(name: str, value: Value, *, folder: Path) -> Value:
    """A value whose path, if it is one, holds in every folder."""
    if not isinstance(value, str) or not value:
        return value
    if name == "source":
        return _placed_source(value, folder=folder)
    return str(folder / value) if _is_path(name) else value


def _placed_source(source: str, *, folder: Path) -> str:
    if source == "-":
        raise ConfigError("source must be a stream that can be opened again, got '-'; name a file")
    if "${" in source:
        return source
    if (path := folder / source).exists():
        return str(path)
    if not names_a_stream(source):
        raise ConfigError(unknown_stream(source))
    return source


def _without_references(options: Mapping[str, Value]) -> dict[str, Value]:
    """What can be checked before the secrets are known."""
    known: dict[str, Value] = {}
    for name, value in options.items():
        if name in _NOT_CHECKED_HERE or (isinstance(value, str) and is_reference(value)):
            known |= {name: "rtsp://x"} if name == "source" else {}
        else:
            known[name] = replaced(value, by=lambda _: "x") if isinstance(value, str) else value
    return known


def _is_path(name: str) -> bool:
    kind = _SETTINGS[name].kind if name in _SETTINGS else str
    return not is_list(kind) and Path in (kind, *get_args(kind))


def cpus_of(value: Value | None, *, gate: bool) -> float:
    """The share of a core that is set aside for a camera.

    Args:
        value: as a file has it; None for the usual one.
        gate: whether the camera sleeps while nothing happens.

    Raises:
        ConfigError: it is no number above 0.
    """
    if value is None:
        return ASLEEP_CPUS if gate else CPUS
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
        raise ConfigError(f"cpus must be a number above 0, got {shown(value)}; 0.5 is half a core")
    return float(value)
