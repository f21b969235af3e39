import json
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from tests.support.findings import make_event, make_findings, make_frame
from tests.support.mqtt_broker import Message, MqttBroker

from stream_ae.detection.findings import Box, Track, WatchEvent
from stream_ae.errors import ConfigError, MissingExtraError
from stream_ae.observers.alerts import mqtt as mqtt_module
from stream_ae.observers.alerts.mqtt import PASSWORD, USER, Mqtt

EVENT = "stream-ae/door/event"
STATE = "stream-ae/door/state"
NOVELTY = "stream-ae/door/novelty"
AVAILABILITY = "stream-ae/door/availability"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (USER, PASSWORD):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(mqtt_module, "SAY_EVERY", 0.0)
    monkeypatch.setattr(mqtt_module, "CLOSING_TIME", 5.0)
    monkeypatch.setattr(mqtt_module, "_FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(mqtt_module, "_LONGEST_PAUSE_S", 0.01)


@pytest.fixture
def begin() -> Iterator[Callable[[str], Mqtt]]:
    begun: list[Mqtt] = []

    def make(broker: str) -> Mqtt:
        begun.append(Mqtt(broker, source="door", run="a"))
        return begun[-1]

    yield make
    for each in begun:
        each.close()
    assert [t.name for t in threading.enumerate() if "paho" in t.name] == []


Begin = Callable[[str], Mqtt]


def tell(
    observer: Mqtt, number: int, *events: WatchEvent, tracks: int = 0, novelty: float = 0.5
) -> None:
    in_view = tuple(Track(n, Box(0, 0, 1, 1), number) for n in range(tracks))
    findings = make_findings(number, events=events, tracks=in_view, novelty=novelty)
    observer.on_findings(findings, make_frame(number))


def connect(observer: Mqtt, *, tracks: int = 0) -> None:
    """Frames until the broker is there, and one more."""
    deadline = time.monotonic() + 20
    tell(observer, 1, tracks=tracks)
    while not observer._is_up.is_set():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    tell(observer, 2, tracks=tracks)


def test_events_arrive_as_a_webhook_gets_them(begin: Begin) -> None:
    with MqttBroker() as broker:
        observer = begin(broker.address)
        tell(observer, 7, make_event("cut", start=7), make_event("novel", start=5))
        observer.close()
        first, second = (json.loads(text) for text in broker.texts(EVENT))
        assert (first["kind"], first["step"], first["source"]) == ("cut", 7, "door")
        assert (second["kind"], second["start"]) == ("novel", 5)
        message = next(message for message in broker.messages if message.topic == EVENT)
        assert (message.qos, message.retain) == (1, False)


def test_whoever_comes_later_knows_how_it_is(begin: Begin) -> None:
    with MqttBroker() as broker:
        observer = begin(broker.address)
        connect(observer)
        tell(observer, 3, tracks=2, novelty=0.9)
        tell(observer, 4, tracks=2, novelty=0.9)
        tell(observer, 5, tracks=0, novelty=0.25)
        observer.close()
        states = [json.loads(text) for text in broker.texts(STATE)]
        assert states == [
            {"occupancy": "OFF", "tracks": 0},
            {"occupancy": "ON", "tracks": 2},
            {"occupancy": "OFF", "tracks": 0},
        ]
        assert broker.texts(NOVELTY) == ["0.5000", "0.9000", "0.2500"]
        assert broker.texts(AVAILABILITY) == ["online", "offline"]
        kept = [message for message in broker.messages if message.topic != EVENT]
        assert all(message.retain for message in kept)
        assert sum(message.topic.startswith("homeassistant/") for message in kept) == 3


def test_state_and_novelty_are_said_at_most_so_often(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    with MqttBroker() as broker:
        observer = begin(broker.address)
        connect(observer)
        monkeypatch.setattr(mqtt_module, "SAY_EVERY", 1.0)
        monkeypatch.setattr(time, "monotonic", lambda: now[0])
        observer._told_state_at = observer._told_novelty_at = now[0]
        for number, novelty in enumerate((0.6, 0.99, 0.7), start=3):
            tell(observer, number, tracks=number, novelty=novelty)
        now[0] += 1
        tell(observer, 6, tracks=6, novelty=0.1)
        tell(observer, 7, tracks=7, novelty=0.1)
        now[0] += 1
        tell(observer, 8, tracks=8, novelty=0.2)
        monkeypatch.undo()
        observer.close()
        assert [json.loads(text)["tracks"] for text in broker.texts(STATE)] == [0, 6, 8]
        assert broker.texts(NOVELTY) == ["0.5000", "0.9900", "0.2000"]


def test_a_process_that_is_killed_is_offline(begin: Begin) -> None:
    with MqttBroker() as broker:
        observer = begin(broker.address)
        connect(observer)
        broker.wait_for(AVAILABILITY, "online")
        broker.hang_up()
        message = broker.wait_for(AVAILABILITY, "offline")
        assert message == Message(AVAILABILITY, "offline", qos=1, retain=True)
        connect(observer)
        observer.close()


def test_a_broker_that_comes_back_is_told_all(
    begin: Begin, caplog: pytest.LogCaptureFixture
) -> None:
    with MqttBroker() as broker:
        observer = begin(broker.address)
        connect(observer)
        broker.wait_for(AVAILABILITY, "online")
    deadline = time.monotonic() + 20
    while observer._is_up.is_set():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    tell(observer, 3, make_event("removed", start=3), tracks=1, novelty=0.75)
    with MqttBroker(port=broker.port) as again:
        connect(observer, tracks=1)
        observer.close()
        # What the first connection left unanswered may come again, before all else.
        assert [json.loads(text)["kind"] for text in again.texts(EVENT)] == ["removed"]
        assert again.texts(AVAILABILITY)[-2:] == ["online", "offline"]
        assert json.loads(again.texts(STATE)[-1]) == {"occupancy": "ON", "tracks": 1}
        configs = {m.topic for m in again.messages if m.topic.startswith("homeassistant/")}
        assert len(configs) == 3
    shown = f"the MQTT broker at {broker.address}"
    assert caplog.messages == [f"{shown} hung up; it is tried again", f"{shown} is there again"]


def test_a_broker_that_is_never_there_is_told_of_once(
    begin: Begin, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt_module, "CLOSING_TIME", 0.1)
    monkeypatch.setattr(mqtt_module, "MOST_WAITING", 2)
    with MqttBroker() as broker:
        pass
    observer = begin(broker.address)
    for number in (1, 2, 3):
        tell(observer, number, make_event(start=number))
    deadline = time.monotonic() + 20
    while not observer._is_away:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    observer.close()
    tell(observer, 4, make_event())
    shown = f"the MQTT broker at {broker.address}"
    assert caplog.messages == [
        f"{shown} cannot be reached; it is tried again",
        f"2 events did not reach {shown}",
    ]


def test_the_login_comes_from_the_environment(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(USER, "me")
    monkeypatch.setenv(PASSWORD, "secret — ß")
    with MqttBroker(login=("me", "secret — ß")) as broker:
        observer = begin(broker.address)
        connect(observer)
        observer.close()
        assert broker.texts(AVAILABILITY) == ["online", "offline"]


def test_a_broker_that_refuses_is_told(
    begin: Begin, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt_module, "CLOSING_TIME", 0.1)
    monkeypatch.setenv(USER, "me")
    monkeypatch.setenv(PASSWORD, "wrong-secret")
    with MqttBroker(login=("me", "secret")) as broker:
        observer = begin(broker.address)
        tell(observer, 1)
        deadline = time.monotonic() + 20
        while not observer._is_away:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        observer.close()
    assert caplog.messages == [
        f"the MQTT broker at {broker.address} refused the connection: Not authorized;"
        " it is tried again"
    ]


def test_a_run_without_a_frame_connects_to_nothing(begin: Begin) -> None:
    with MqttBroker() as broker:
        observer = begin(broker.address)
        observer.close()
        assert broker.messages == []


def test_what_is_wrong_is_told_before_anything_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="must be HOST, HOST:PORT"):
        Mqtt("http://broker", source="door", run="a")
    monkeypatch.setenv(PASSWORD, "secret")
    with pytest.raises(ConfigError, match=f"^{PASSWORD} must come with {USER}, got no user"):
        Mqtt("localhost", source="door", run="a")
    monkeypatch.setenv(USER, "me")
    monkeypatch.setitem(sys.modules, "paho.mqtt.client", None)
    with pytest.raises(MissingExtraError, match=r"^MQTT needs paho-mqtt.*stream-ae\[mqtt\]"):
        Mqtt("localhost", source="door", run="a")


def test_what_is_sent_to_a_secure_broker_is_encrypted() -> None:
    observer = Mqtt("mqtts://localhost", source="door", run="a")
    assert observer._client._ssl
    assert observer._broker.port == 8883
