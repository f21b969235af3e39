import json
from typing import get_args

import jinja2
import pytest
from tests.support.findings import make_event, make_findings

from stream_ae.detection.findings import Kind
from stream_ae.observers.alerts.alert import alerts
from stream_ae.observers.alerts.home_assistant import Topics, discovery
from stream_ae.storage.state_file import SavedState

TOPICS = Topics.of("front door")


def configs() -> dict[str, SavedState]:
    return {topic: json.loads(text) for topic, text in discovery("front door", TOPICS).items()}


def test_the_topics_of_a_stream() -> None:
    assert TOPICS == (
        "stream-ae/front-door/event",
        "stream-ae/front-door/state",
        "stream-ae/front-door/novelty",
        "stream-ae/front-door/availability",
    )


@pytest.mark.parametrize("name", ["a/b", "a+b", "a#b", "a\0b", "Tür"])
def test_what_has_a_meaning_in_a_topic_is_replaced(name: str) -> None:
    assert Topics.of(name).event in ("stream-ae/a-b/event", "stream-ae/T-r/event")
    assert Topics.of("").event == "stream-ae/stream/event"


def test_there_are_three_entities_of_one_device() -> None:
    found = configs()
    assert list(found) == [
        "homeassistant/binary_sensor/stream_ae_front-door/occupancy/config",
        "homeassistant/sensor/stream_ae_front-door/novelty/config",
        "homeassistant/event/stream_ae_front-door/event/config",
    ]
    assert len({config["unique_id"] for config in found.values()}) == 3
    assert len({json.dumps(config["device"]) for config in found.values()}) == 1
    for config in found.values():
        assert config["availability_topic"] == "stream-ae/front-door/availability"
        assert config["device"]["name"] == "front door"
        assert config["origin"]["name"] == "stream-ae"


def test_its_templates_read_what_is_published() -> None:
    occupancy, novelty, event = configs().values()
    assert occupancy["state_topic"] == TOPICS.state
    assert rendered(occupancy["value_template"], {"occupancy": "ON", "tracks": 1}) == "ON"
    assert novelty["state_topic"] == TOPICS.novelty
    assert event["state_topic"] == TOPICS.event
    assert event["event_types"] == list(get_args(Kind))
    told = (make_event("novel", zone='a "b"'), make_event("cut", box=None, track=None))
    first, second = alerts(make_findings(events=told), source="front door", run="a")
    assert json.loads(rendered(event["value_template"], json.loads(first.body))) == {
        "event_type": "novel",
        "text": 'something was never seen before in a "b", at the left, at 0:00.0',
        "score": 0.75,
        "zone": 'a "b"',
        "track": 1,
        "box": [0.1, 0.2, 0.25, 0.5],
    }
    of_scene = json.loads(rendered(event["value_template"], json.loads(second.body)))
    assert (of_scene["event_type"], of_scene["zone"], of_scene["box"]) == ("cut", None, None)


def rendered(template: str, values: SavedState) -> str:
    """As Home Assistant renders it."""
    environment = jinja2.Environment(autoescape=False)
    environment.filters["to_json"] = json.dumps
    return environment.from_string(template).render(value_json=values)
