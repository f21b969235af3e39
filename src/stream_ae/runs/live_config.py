"""What a run of ``live`` is: one that watches, with a page that shows it."""

from dataclasses import dataclass
from typing import Annotated

from stream_ae.runs.config import DEMO_SOURCE, GIVE_UP_SETTING, SOURCE_SETTING
from stream_ae.runs.watch_config import WatchConfig


@dataclass(frozen=True, kw_only=True)
class LiveConfig(WatchConfig):
    """A run of ``live``; it waits for its camera for ever."""

    source: Annotated[str, SOURCE_SETTING] = DEMO_SOURCE
    give_up_after: Annotated[float, GIVE_UP_SETTING] = 0.0
    live: bool = True

    @property
    def watches(self) -> bool:
        """Whether it is told what does not belong: of the whole picture only, as it comes."""
        return self.fit == "stretch"

    def _check_fit(self) -> None:
        """Any will do: what is cut or framed is learned and shown, and not watched."""
