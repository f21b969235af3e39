"""What a run is: every setting once, with its type, its default and its meaning.

The options of the command line, the keys of a ``--config`` file, ``config.json`` and what a resumed
run keeps are all read from :class:`TrainConfig`. A default that a hand-written loop has as well is
a constant of the module that uses it, and named here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, NamedTuple, Self, TypeVar, get_args, get_origin, get_type_hints

from stream_ae.errors import ConfigError
from stream_ae.runs.identity import full_address, same_stream
from stream_ae.runs.validation import (
    Setting,
    check,
    count,
    patience,
    port_number,
    rate,
    seconds,
    thread_count,
)
from stream_ae.settings.choices import (
    DEVICE,
    FIT,
    GIVE_UP_AFTER,
    LOG_FORMAT,
    OBJECTIVE,
    OPTIMIZER,
    POLICY,
    SAVE_EVERY,
    SIZE,
    THREADS,
    Device,
    Fit,
    LogFormat,
    Objective,
    Policy,
    Size,
)

DEMO_SOURCE, DEMO_FRAMES = "scene:street", 2000
"""What ``demo`` and ``live`` learn, and how many frames ``demo`` does, unless told otherwise."""

METRICS_HOST = "127.0.0.1"
"""Where metrics are served: to this machine only, unless told otherwise."""

Plain = str | float | bool | tuple[str, ...] | None
"""A setting's value in ``config.json`` and in a checkpoint."""

Config = TypeVar("Config", bound="TrainConfig")

SOURCE_SETTING = Setting(
    "a path, - (piped in), rtsp://…, http(s)://…, webcam:0, gym:<EnvId> or scene:<name>",
    "SOURCE",
    kept=True,
)
GIVE_UP_SETTING = Setting("how long a lost camera is waited for; 0: for ever", "SECONDS", patience)
_FRAMES = Setting("stop after N frames in all; 0: at the end of the stream", "N", count)


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """One run: what it learns, how, and what it writes down.

    Raises:
        ConfigError: a value is of another type than its field, or out of range.

    >>> TrainConfig(source="scene:street", frames=500).objective
    'full'
    """

    source: Annotated[str, SOURCE_SETTING]
    frames: Annotated[int, _FRAMES] = 0
    run_dir: Annotated[
        Path | None,
        Setting("where the run is written", "DIR", unset="runs/<time>-<source>"),
    ] = None
    resume: Annotated[bool, Setting("go on from the newest checkpoint of the run")] = False
    source_moved: Annotated[
        bool, Setting("resume though SOURCE is another address; it is the same stream")
    ] = False
    seed: Annotated[
        int, Setting("of the first weights and of made-up streams", "N", count, kept=True)
    ] = 0
    device: Annotated[Device, Setting("what computes", kept=True)] = DEVICE
    optimizer: Annotated[
        str,
        Setting(
            "bounded, obgd, adaptive-obgd, any of torch.optim, or package.module:Class",
            "NAME",
            kept=True,
        ),
    ] = OPTIMIZER
    lr: Annotated[
        float | None, Setting("learning rate", "X", rate, unset="the optimizer's own", kept=True)
    ] = None
    objective: Annotated[Objective, Setting("what is minimised", kept=True)] = OBJECTIVE
    size: Annotated[Size, Setting("of the network", kept=True)] = SIZE
    gate: Annotated[bool, Setting("sleep while nothing happens", kept=True)] = False
    private: Annotated[bool, Setting("write no pixel to disk", kept=True)] = False
    threads: Annotated[int, Setting("processor threads", "N", thread_count)] = THREADS
    loop: Annotated[bool, Setting("start a recorded stream again at its end", kept=True)] = False
    fit: Annotated[Fit, Setting("how a frame becomes square", kept=True)] = FIT
    policy: Annotated[Policy, Setting("who plays a gym: stream", kept=True)] = POLICY
    give_up_after: Annotated[float, GIVE_UP_SETTING] = GIVE_UP_AFTER
    tensorboard: Annotated[bool, Setting("write TensorBoard files")] = True
    progress: Annotated[bool, Setting("show progress")] = True
    checkpoint_every: Annotated[float, Setting("time between checkpoints", "SECONDS", seconds)] = (
        SAVE_EVERY
    )
    log_format: Annotated[
        LogFormat, Setting("json: what goes to metrics.jsonl and events.jsonl also to stdout")
    ] = LOG_FORMAT
    metrics_port: Annotated[
        int | None,
        Setting("serve Prometheus metrics and health there", "PORT", port_number, unset="none"),
    ] = None
    metrics_host: Annotated[str, Setting("address of the metrics port", "HOST")] = METRICS_HOST
    given: frozenset[str] = field(default=frozenset(), repr=False)
    """Names of settings that were asked for even where the value is the default. When a run is
    resumed, a setting that was asked for must be as the run began; any other is taken from it."""

    def __post_init__(self) -> None:
        """Check every value."""
        for name, declared in settings_of(type(self)).items():
            try:
                check(vars(self)[name], kind=declared.kind, number=declared.about.number)
            except ValueError as error:
                raise ConfigError(f"{name} {error}; leave it out for its default") from error
        if self.source_moved and not self.resume:
            raise ConfigError(
                "source_moved is for a run that is resumed, got a new one; add --resume"
                " --run-dir DIR"
            )

    def plain(self) -> dict[str, Plain]:
        """Every setting of a run as a plain value; the address in full, but without a password."""
        values: dict[str, Plain] = {name: vars(self)[name] for name in settings_of(TrainConfig)}
        directory = None if self.run_dir is None else str(self.run_dir)
        return {**values, "source": full_address(self.source), "run_dir": directory}

    def kept(self) -> dict[str, Plain]:
        """The settings that what is learned depends on, for a checkpoint."""
        declared = settings_of(type(self))
        return {name: value for name, value in self.plain().items() if declared[name].about.kept}

    def resumed(self, saved: Mapping[str, object]) -> Self:
        """The same run going on: what was not asked for is as the run began.

        Args:
            saved: what :meth:`kept` gave then.

        Raises:
            ConfigError: something was asked for that the run was not begun with. Another device
                may be, and another address of the same stream.
        """
        declared = settings_of(type(self))
        values = dict(vars(self))
        self._check_source(str(saved.get("source", self.source)))
        for name, value in self.kept().items():
            default = declared[name].default
            before = saved.get(name, default)
            if name == "source":
                continue
            if name not in self.given and value == default:
                values[name] = before
            elif value != before and name != "device":
                raise ConfigError(
                    f"the run was begun with {name} {before!r}, got {value!r};"
                    " resume it without that option, or begin another run"
                )
        return _made(type(self), values)

    def _check_source(self, before: str) -> None:
        if not self.source_moved and not same_stream(before, self.source):
            raise ConfigError(
                f"the run was begun with source {before!r}, got {full_address(self.source)!r};"
                " leave SOURCE out to go on with that, add --source-moved (with --run-dir) if this"
                " is the same stream at another place, or begin another run"
            )


@dataclass(frozen=True, kw_only=True)
class DemoConfig(TrainConfig):
    """A run of ``demo``, which ends with a report."""

    source: Annotated[str, SOURCE_SETTING] = DEMO_SOURCE
    frames: Annotated[int, _FRAMES] = DEMO_FRAMES


class Declared(NamedTuple):
    """A field of a configuration as its class declares it."""

    kind: type
    about: Setting
    default: object


def settings_of(kind: type[TrainConfig]) -> dict[str, Declared]:
    """All settings of a configuration by their names."""
    hints = get_type_hints(kind, include_extras=True)
    settings = {}
    for item in fields(kind):
        if get_origin(hints[item.name]) is Annotated:
            type_, about = get_args(hints[item.name])
            settings[item.name] = Declared(type_, about, item.default)
    return settings


def config_from(kind: type[Config], given: Mapping[str, object]) -> Config:
    """A configuration of what was asked for, with the defaults for all else.

    Args:
        kind: :class:`TrainConfig`, or one with more settings.
        given: values by the settings' names.

    Raises:
        ConfigError: a value is of another type than its field, or out of range.
    """
    values = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}
    return _made(kind, {**values, "given": frozenset(given)})


def _made(kind: Callable[..., Config], values: Mapping[str, object]) -> Config:
    return kind(**values)
