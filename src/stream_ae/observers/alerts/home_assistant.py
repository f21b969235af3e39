"""How Home Assistant finds a stream by itself: its MQTT discovery, one retained message an entity.

https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery
"""

import json
import re
from typing import NamedTuple, get_args

from stream_ae.detection.findings import Kind
from stream_ae.settings.release import release

_PREFIX = "homeassistant"  # where it looks unless told otherwise
_PROJECT = "https://github.com/stream-ae/stream-ae"
_EVENT = (
    '{"event_type": "{{ value_json.kind }}", "text": {{ value_json.text | to_json }},'
    ' "score": {{ value_json.score }}, "zone": {{ value_json.zone | to_json }},'
    ' "track": {{ value_json.track | to_json }}, "box": {{ value_json.box | to_json }}}'
)
"""Turns an event as it is published into what an event entity takes."""


class Topics(NamedTuple):
    """Where a stream publishes: ``stream-ae/<name>/…``."""

    event: str
    state: str
    novelty: str
    availability: str

    @classmethod
    def of(cls, name: str) -> "Topics":
        """The topics of a stream; what has a meaning in a topic is replaced in its name.

        >>> Topics.of("front door/1").event
        'stream-ae/front-door-1/event'
        """
        place = "stream-ae/" + (re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII) or "stream")
        return cls(*(f"{place}/{field}" for field in cls._fields))


def discovery(name: str, topics: Topics) -> dict[str, str]:
    """What to publish, by topic: occupancy, novelty and events of one device.

    Args:
        name: of the stream, as a person reads it.
        topics: where it publishes.
    """
    node = "stream_ae_" + re.sub(r"[^A-Za-z0-9_-]", "_", topics.event.split("/")[1])
    shared = {
        "availability_topic": topics.availability,
        "device": {"identifiers": [node], "name": name, "manufacturer": "stream-ae"},
        "origin": {"name": "stream-ae", "sw_version": release(), "support_url": _PROJECT},
    }
    entities: dict[str, dict[str, object]] = {
        "binary_sensor/occupancy": {
            "name": "Occupancy",
            "device_class": "occupancy",
            "state_topic": topics.state,
            "value_template": "{{ value_json.occupancy }}",
            "json_attributes_topic": topics.state,
        },
        "sensor/novelty": {
            "name": "Novelty",
            "icon": "mdi:creation-outline",
            "state_class": "measurement",
            "state_topic": topics.novelty,
            "suggested_display_precision": 2,
        },
        "event/event": {
            "name": "Event",
            "event_types": list(get_args(Kind)),
            "state_topic": topics.event,
            "value_template": _EVENT,
        },
    }
    messages = {}
    for place, entity in entities.items():
        kind, _, part = place.partition("/")
        values = {**entity, "unique_id": f"{node}_{part}", **shared}
        messages[f"{_PREFIX}/{kind}/{node}/{part}/config"] = json.dumps(values, ensure_ascii=False)
    return messages
