"""The events of a fleet on their way to a web hook, an MQTT broker, a command: each of them once.

Who restarts tells again: the hub its newest events, a camera those since its checkpoint. What was
handed over is known by its id, which is the same each time, also for the next command.
"""

import fcntl
import json
import logging
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

from stream_ae.errors import ConfigError
from stream_ae.fleet.roster import KEPT_EVENTS
from stream_ae.fleet.status import CameraStatus, NamedEvent
from stream_ae.observers.alerts import EventCommand, Mqtt, Webhook
from stream_ae.observers.alerts.alert import Alert, alert_of
from stream_ae.runs.watch_config import WatchConfig
from stream_ae.storage.atomic import write_atomically

_REMEMBERED = 4 * KEPT_EVENTS  # ids; all that the hub, and the cameras while it is away, tell again
_FILE = "handed-over.json"
_log = logging.getLogger("stream_ae")


class Delivery:
    """Hands over the events of a fleet; used as a context manager.

    Args:
        directory: where it is written what has been handed over, and what has not arrived.
        fleet: its name.
        config: where events go: ``webhook``, ``mqtt``, ``on_event``.

    Raises:
        ConfigError: another command does it already, or nothing can be written there.
    """

    def __init__(self, directory: Path, *, fleet: str, config: WatchConfig) -> None:
        self._path, self._fleet = directory / _FILE, fleet
        self._lock(directory)
        self._ids: dict[str, None] | None = None  # nothing was ever handed over
        with suppress(OSError, ValueError):
            self._ids = dict.fromkeys(json.loads(self._path.read_text(encoding="utf-8")))
        self._hook = self._mqtt = self._command = None
        if config.webhook is not None:
            self._hook = Webhook(config.webhook, directory=directory, source=fleet)
        if config.mqtt is not None:
            self._mqtt = Mqtt(config.mqtt, source=fleet, run=fleet)
        if config.on_event is not None:
            self._command = EventCommand(config.on_event, source=fleet, run=fleet)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for receiver in (self._hook, self._mqtt, self._command):
            if receiver is not None:
                receiver.close()
        self._stack.close()

    def take(self, events: Sequence[NamedEvent], cameras: Sequence[CameraStatus]) -> None:
        """Hand over those events that are new; when it is the first time ever, those after it.

        Args:
            events: of the hub, in order.
            cameras: as they stand.
        """
        told = [alert_of(e.event, source=e.camera, run=self._fleet) for e in events]
        is_first, known = self._ids is None, self._ids or {}
        new = list({each.id: each for each in told if each.id not in known}.values())
        if new or is_first:
            self._hand_over([] if is_first else new, cameras)
            ids = [*known, *(each.id for each in new)][-_REMEMBERED:]
            self._ids = dict.fromkeys(ids)
            self._write(ids)
        else:
            self._hand_over([], cameras)

    def _hand_over(self, new: Sequence[Alert], cameras: Sequence[CameraStatus]) -> None:
        if self._hook is not None:
            try:
                self._hook.tell(new)
            except OSError as error:  # they are sent all the same
                _log.warning("events cannot be kept until they have arrived: %s", error)
        if self._command is not None:
            self._command.tell(new)
        if self._mqtt is not None:
            things = sum(camera.things or 0 for camera in cameras)
            novelty = max((camera.novelty or 0.0 for camera in cameras), default=0.0)
            self._mqtt.tell(new, things=things, novelty=novelty)

    def _write(self, ids: Sequence[str]) -> None:
        try:
            write_atomically(self._path, json.dumps(ids).encode())
        except OSError as error:
            _log.warning("events may be told again by the next start: %s", error)

    def _lock(self, directory: Path) -> None:
        with ExitStack() as opened:
            try:
                directory.mkdir(parents=True, exist_ok=True)
                lock = opened.enter_context((directory / "lock").open("wb"))
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ConfigError(
                    f"the events of fleet {self._fleet!r} should go out from one place, got another"
                    f" command that holds {directory}; end that one"
                ) from error
            except OSError as error:
                raise ConfigError(
                    f"a folder for events that have not arrived was expected, got {directory}:"
                    f" {error.strerror}; name another with --outbox"
                ) from error
            self._stack = opened.pop_all()
