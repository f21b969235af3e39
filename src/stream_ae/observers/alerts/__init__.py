"""Where events go when they happen: a web hook, an MQTT broker, a command.

Each is an observer of findings and never makes the stream wait. May import ``observers`` and what
lies below.
"""

from stream_ae.observers.alerts.command import EventCommand
from stream_ae.observers.alerts.mqtt import Mqtt
from stream_ae.observers.alerts.webhook import Webhook

__all__ = ["EventCommand", "Mqtt", "Webhook"]
