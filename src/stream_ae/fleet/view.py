"""A fleet as somebody sees it: asked once a second, shown on its page, exported, told of."""

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from stream_ae.errors import ConfigError, StreamAEError
from stream_ae.fleet.cards import cards
from stream_ae.fleet.delivery import Delivery
from stream_ae.fleet.metrics import FleetPages
from stream_ae.fleet.status import REPORT_EVERY, CameraStatus, NamedEvent
from stream_ae.web.process import PageServer

_EARLY = 0.1  # seconds by which a turn may come too soon
_log = logging.getLogger("stream_ae")


class Asked(Protocol):
    """What is asked of a fleet."""

    def watch(self, panels: Mapping[str, Collection[str]]) -> list[CameraStatus]:
        """How each camera stands, with the panels that are looked at."""

    def events(self, after: int) -> list[NamedEvent]:
        """What was seen by any camera, after the event of that number."""


class View:
    """Asks a fleet again and again, and passes on what it says.

    Args:
        fleet: that is asked.
        page: that shows it.
        runs: the folder of all run folders.
        pages: of the metrics port; None for none.
        delivery: of the events; None for none.
        clock: seconds since any fixed time.
    """

    def __init__(
        self,
        fleet: Asked,
        page: PageServer,
        *,
        runs: str,
        pages: FleetPages | None = None,
        delivery: Delivery | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fleet, self._page, self._runs = fleet, page, runs
        self._pages, self._delivery, self._clock = pages, delivery, clock
        self._asked_at = -REPORT_EVERY
        self._newest: NamedEvent | None = None
        self._is_silent = False

    def turn(self) -> bool:
        """Ask, if a second has passed; gives whether there is something to see any longer.

        Raises:
            ConfigError: the fleet is no longer there.
        """
        now = self._clock()
        if now - self._asked_at >= REPORT_EVERY - _EARLY:
            self._asked_at = now
            try:
                self._ask()
            except ConfigError:
                raise
            except StreamAEError as error:
                if not self._is_silent:
                    _log.warning("%s", error)
                self._is_silent = True
            else:
                self._is_silent = False
        return self._page.is_running

    def _ask(self) -> None:
        cameras = self._fleet.watch(self._page.wanted.cameras)
        values, pictures = cards(cameras, runs=self._runs)
        message = {"type": "cameras", "number": round(1000 * time.time()), "cameras": values}
        self._page.send_frame(message, pictures)
        if self._pages is not None:
            self._pages.cameras = cameras
        if self._delivery is not None:
            self._delivery.take(self._events(), cameras)

    def _events(self) -> Sequence[NamedEvent]:
        """What was seen since the last time, and more where the hub has begun to count again."""
        newest = self._newest
        if newest is None:
            events = self._fleet.events(0)
        else:
            events = self._fleet.events(newest.number - 1)
            if not events or events[0] != newest:
                events = self._fleet.events(0)
        self._newest = events[-1] if events else None
        return events
