import json
from pathlib import Path

import pytest
from tests.support.hook_server import HookServer
from tests.support.staged_wall import learning, seen

from stream_ae.errors import ConfigError
from stream_ae.fleet.delivery import Delivery
from stream_ae.fleet.status import NamedEvent
from stream_ae.runs.watch_config import WatchConfig


def _config(url: str) -> WatchConfig:
    return WatchConfig(source="scene:quiet", webhook=url)


def _event(number: int, camera: str, step: int) -> NamedEvent:
    return NamedEvent(number, camera, seen("appeared", step=step))


def test_each_event_goes_out_once_whatever_restarts(tmp_path: Path) -> None:
    old = [_event(1, "door", 10)]
    more = [*old, _event(2, "door", 20), _event(3, "yard", 20)]
    with HookServer() as hook:
        config = _config(hook.url)
        with Delivery(tmp_path, fleet="shop", config=config) as delivery:
            delivery.take(old, [learning("door")])  # of before its first start
            delivery.take(more[1:], [])
            delivery.take(more, [])  # as a camera tells again what came after its checkpoint
        with Delivery(tmp_path, fleet="shop", config=config) as again:
            again.take([_event(1, "yard", 20), _event(2, "yard", 30)], [])  # the hub counts again
        told = [json.loads(each.body) for each in hook.received]
    assert [(each["source"], each["step"]) for each in told] == [
        ("door", 20),
        ("yard", 20),
        ("yard", 30),
    ]
    assert len({each["id"] for each in told}) == 3


def test_two_commands_do_not_tell_the_same(tmp_path: Path) -> None:
    config = _config("http://127.0.0.1:9/")
    with (
        Delivery(tmp_path, fleet="shop", config=config),
        pytest.raises(ConfigError, match="should go out from one place"),
    ):
        Delivery(tmp_path, fleet="shop", config=config)


def test_a_folder_that_cannot_be_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="name another with --outbox"):
        Delivery(tmp_path / "file" / "x", fleet="shop", config=_config("http://127.0.0.1:9/"))
