"""What a run that watches is: that of :class:`TrainConfig`, and what it looks for and tells."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from stream_ae.errors import ConfigError
from stream_ae.runs.config import Plain, TrainConfig, settings_of
from stream_ae.runs.page_config import PageConfig
from stream_ae.runs.validation import Setting, seconds
from stream_ae.settings.alerts import broker_address, command_words, web_address
from stream_ae.settings.choices import ABSORB
from stream_ae.settings.zones import Zone, parse_zone

_OF_THE_STREAM = {"source", "seed", "loop", "policy"}
"""Settings that another stream of the same scene may have otherwise."""

_ALERTS: Mapping[str, Callable[[str], object]] = {
    "webhook": web_address,
    "mqtt": broker_address,
    "on_event": command_words,
}


@dataclass(frozen=True, kw_only=True)
class WatchConfig(PageConfig):
    """A run of ``watch``.

    Raises:
        ConfigError: as for :class:`PageConfig`; or a zone, an address or a combination is none.
    """

    run: Annotated[
        Path | None, Setting("begin with what another run has learned", "RUN", unset="nothing")
    ] = None
    frozen: Annotated[bool, Setting("only watch; the network does not learn")] = False
    absorb: Annotated[
        float,
        Setting("until what stays becomes part of the scene", "SECONDS", seconds, kept=True),
    ] = ABSORB
    zone: Annotated[
        tuple[str, ...],
        Setting(
            "watch only in such parts of the picture, shares of it; ignore:NAME=… leaves one out",
            "NAME=x,y,…",
            unset="all of it",
            kept=True,
        ),
    ] = ()
    masks: Annotated[
        Path | None, Setting("write each frame's foreground mask", "DIR", unset="none")
    ] = None
    scores: Annotated[
        Path | None, Setting("write each frame's numbers", "FILE.csv", unset="none")
    ] = None

    webhook: Annotated[
        str | None, Setting("POST each event to a web address", "URL", unset="none")
    ] = None
    mqtt: Annotated[
        str | None, Setting("tell an MQTT broker of each event", "HOST", unset="none")
    ] = None
    on_event: Annotated[str | None, Setting("run for each event", "COMMAND", unset="nothing")] = (
        None
    )

    clips: Annotated[bool, Setting("keep a clip of each event, as the camera encoded it")] = False

    def __post_init__(self) -> None:
        """Check every value, and what may not go together."""
        super().__post_init__()
        try:
            self.zones()
        except ValueError as error:
            raise ConfigError(str(error)) from error
        for name, checked in _ALERTS.items():
            try:
                if (value := vars(self)[name]) is not None:
                    checked(value)
            except ValueError as error:
                raise ConfigError(f"{name} {error}") from error
        if self.run is not None and self.resume:
            raise ConfigError(
                "a run goes on with what it has learned itself, got run and resume; leave one out"
            )
        if self.clips and self.private:
            raise ConfigError("a private run writes no pixel, got clips and private; leave one out")
        self._check_fit()

    def _check_fit(self) -> None:
        if self.fit != "stretch":
            raise ConfigError(
                f"watch sees the whole picture and nothing else, got fit {self.fit!r}; leave it out"
            )

    @property
    def watches(self) -> bool:
        """Whether it is told what does not belong."""
        return True

    def zones(self) -> tuple[Zone, ...]:
        """The zones to watch and to ignore."""
        return tuple(map(parse_zone, self.zone))

    def plain(self) -> dict[str, Plain]:
        """Every setting as a plain value; no address with its password."""
        own = settings_of(WatchConfig).keys() - settings_of(PageConfig).keys()
        values = {name: vars(self)[name] for name in own}
        shown = {name: str(v) if isinstance(v, Path) else v for name, v in values.items()}
        if self.webhook is not None:  # many a hook has its secret in the path
            shown["webhook"] = web_address(self.webhook).origin
        return {**super().plain(), **shown}

    def begun_from(self, saved: Mapping[str, object]) -> Self:
        """The settings for a network that another run has learned, on a stream of this one.

        Args:
            saved: what :meth:`kept` gave in that run.

        Raises:
            ConfigError: something was asked for that the network was not begun with.
        """
        own = {name: vars(self)[name] for name in _OF_THE_STREAM}
        network = {name: value for name, value in saved.items() if name in settings_of(TrainConfig)}
        return self.resumed({**self.kept(), **network, **own})
