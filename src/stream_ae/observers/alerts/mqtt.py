"""Events and state over MQTT (OASIS, version 3.1.1), for home automation and dashboards.

Paho's own thread talks to the broker and says when it is there; only the stream's thread leaves
messages with it, so they keep their order.
"""

import json
import logging
import os
import ssl
import threading
import time
import uuid
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from stream_ae.detection.findings import Findings
from stream_ae.errors import ConfigError, MissingExtraError
from stream_ae.frame import Frame
from stream_ae.observers.alerts.alert import Alert, alerts
from stream_ae.observers.alerts.home_assistant import Topics, discovery
from stream_ae.observers.findings import FindingsObserver
from stream_ae.settings.alerts import broker_address

USER, PASSWORD = "STREAM_AE_MQTT_USER", "STREAM_AE_MQTT_PASSWORD"
"""The environment variables that hold the login of the broker."""

SAY_EVERY = 1.0
"""Seconds between two messages of state, and of novelty, at least."""

CLOSING_TIME = 2.0
"""Seconds that the broker has, when a run ends, to take what is left."""

MOST_WAITING = 1000
"""Events that may wait in memory for the broker; of more, the oldest are lost."""

_NEWS = 0.01  # change of novelty that is worth a message
_CONNECT_S, _KEEPALIVE_S = 3.0, 30
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1, 60  # between two attempts to connect, doubling

_log = logging.getLogger("stream_ae")


class Mqtt(FindingsObserver):
    """Publish events, state and novelty of a stream, and tell Home Assistant of them.

    ================================  ============================================================
    ``stream-ae/<name>/event``        each event as JSON, as a webhook gets it; delivered at least
                                      once (QoS 1)
    ``stream-ae/<name>/state``        ``{"occupancy": "ON", "tracks": 2}``; retained
    ``stream-ae/<name>/novelty``      the highest since the last message, 0 to 1; retained
    ``stream-ae/<name>/availability`` ``online``, or ``offline`` also after a kill (last will);
                                      retained
    ================================  ============================================================

    A broker that is away is tried again for ever. Login from :data:`USER` and :data:`PASSWORD`.

    Args:
        broker: ``HOST``, ``HOST:PORT`` or ``mqtts://HOST[:PORT]`` (with TLS).
        source: a short name of the stream, the ``<name>`` of its topics.
        run: name of the run.

    Raises:
        ValueError: that is no broker.
        ConfigError: there is a password and no user.
        MissingExtraError: paho-mqtt is not installed.
    """

    def __init__(self, broker: str, *, source: str, run: str) -> None:
        self._broker, login = broker_address(broker), _login()
        self._source, self._run, self._topics = source, run, Topics.of(source)
        try:
            from paho.mqtt.client import Client
            from paho.mqtt.enums import CallbackAPIVersion
        except ImportError as error:
            raise MissingExtraError("paho-mqtt", purpose="MQTT", extra="mqtt") from error
        self._client = client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"stream-ae-{uuid.uuid4().hex[:12]}"
        )
        client.max_queued_messages_set(MOST_WAITING)
        client.reconnect_delay_set(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
        client.connect_timeout = _CONNECT_S
        client.will_set(self._topics.availability, "offline", qos=1, retain=True)
        if login is not None:
            client.username_pw_set(*login)
        if self._broker.tls:
            client.tls_set_context(ssl.create_default_context())
        client.on_connect = lambda _client, _data, _flags, code, _properties: self._answered(
            str(code) if code.is_failure else ""
        )
        client.on_connect_fail = lambda _client, _data: self._away("cannot be reached")
        client.on_disconnect = lambda *_: self._hung_up()
        self._retained = {**discovery(source, self._topics), self._topics.availability: "online"}
        self._waiting: deque[bytes] = deque(maxlen=MOST_WAITING)
        self._is_up, self._is_down = threading.Event(), threading.Event()
        self._is_down.set()
        self._connections = self._greeted = 0
        self._begun = self._closing = self._is_away = False
        self._highest, self._told_novelty = 0.0, -1.0
        self._told_state_at = self._told_novelty_at = -SAY_EVERY

    def on_findings(self, findings: Findings, frame: Frame) -> None:  # noqa: ARG002
        """Leave what is new with the client; the first call connects it."""
        told = alerts(findings, source=self._source, run=self._run)
        self.tell(told, things=len(findings.tracks), novelty=findings.novelty.score)

    def tell(self, told: Sequence[Alert], *, things: int, novelty: float) -> None:
        """Likewise, of what is known already.

        Args:
            told: new events.
            things: how many are in view.
            novelty: of now, in [0, 1].
        """
        if self._closing:
            return
        if not self._begun:
            self._begun = True
            self._client.connect_async(self._broker.host, self._broker.port, _KEEPALIVE_S)
            self._client.loop_start()
        self._waiting.extend(alert.body for alert in told)
        self._send_waiting()
        self._say_state(things)
        self._say_novelty(novelty)

    def close(self) -> None:
        """Say that the stream is offline, and hang up; harmless when called twice."""
        if not self._begun or self._closing:
            return
        if self._is_up.wait(CLOSING_TIME):
            self._send_waiting()
            last = self._client.publish(self._topics.availability, "offline", qos=1, retain=True)
            with suppress(ValueError, RuntimeError):  # it hung up just now
                last.wait_for_publish(CLOSING_TIME)
        self._closing = True
        self._client.disconnect()
        if self._is_down.wait(CLOSING_TIME):  # a broker that hangs is left to paho's thread
            self._client.loop_stop()
        if self._waiting:
            _log.warning("%d events did not reach %s", len(self._waiting), self._shown)

    def _send_waiting(self) -> None:
        """Say all that is kept to a broker that was not there, then the events."""
        if not self._is_up.is_set():
            return
        if self._greeted != self._connections:
            self._greeted = self._connections
            for topic, text in self._retained.items():
                self._client.publish(topic, text, qos=1, retain=True)
        while self._waiting:
            self._client.publish(self._topics.event, self._waiting.popleft(), qos=1)

    def _say_state(self, tracks: int) -> None:
        state = json.dumps({"occupancy": "ON" if tracks else "OFF", "tracks": tracks})
        now = time.monotonic()
        is_news = state != self._retained.get(self._topics.state)
        if is_news and now >= self._told_state_at + SAY_EVERY:
            self._told_state_at = now
            self._say(self._topics.state, state)

    def _say_novelty(self, score: float) -> None:
        self._highest = max(self._highest, score)
        now = time.monotonic()
        if now < self._told_novelty_at + SAY_EVERY:
            return
        if abs(self._highest - self._told_novelty) >= _NEWS:
            self._say(self._topics.novelty, f"{self._highest:.4f}")
            self._told_novelty = self._highest
        self._told_novelty_at, self._highest = now, 0.0

    def _say(self, topic: str, text: str) -> None:
        """Publish what whoever comes later should know, too."""
        self._retained[topic] = text
        if self._is_up.is_set():
            self._client.publish(topic, text, qos=1, retain=True)

    @property
    def _shown(self) -> str:
        return f"the MQTT broker at {self._broker.host}:{self._broker.port}"

    # These are called in paho's thread.

    def _answered(self, failure: str) -> None:
        if failure:
            self._away(f"refused the connection: {failure}")
            return
        if self._is_away:
            _log.warning("%s is there again", self._shown)
        self._is_away = False
        self._connections += 1
        self._is_down.clear()
        self._is_up.set()

    def _away(self, what: str) -> None:
        if not (self._is_away or self._closing):
            _log.warning("%s %s; it is tried again", self._shown, what)
        self._is_away = True

    def _hung_up(self) -> None:
        if self._is_up.is_set():
            self._away("hung up")
        self._is_up.clear()
        self._is_down.set()


def _login() -> tuple[str, str | None] | None:
    user, password = os.environ.get(USER), os.environ.get(PASSWORD)
    if user is None and password is not None:
        raise ConfigError(f"{PASSWORD} must come with {USER}, got no user; set both or none")
    return None if user is None else (user, password)
