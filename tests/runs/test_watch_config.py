from pathlib import Path

import pytest

from stream_ae.errors import ConfigError
from stream_ae.runs.config import TrainConfig, config_from, settings_of
from stream_ae.runs.page_config import PageConfig
from stream_ae.runs.watch_config import WatchConfig

STREET = WatchConfig(source="scene:street")
DOOR = "door=0,0,0.5,0,0.5,1"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"fit": "crop"}, "watch sees the whole picture"),
        ({"run": Path("a"), "resume": True}, "leave one out"),
        ({"clips": True, "private": True}, "writes no pixel"),
        ({"webhook": "example.com"}, r"webhook must be http\(s\)://HOST"),
        ({"zone": ("door=0,0",)}, "at least three corners"),
        ({"zone": "door=0,0,0.5,0,0.5,1"}, "zone must be a tuple of texts"),
        ({"absorb": 0.0}, "absorb must be seconds above 0"),
        ({"frozen": 1}, "frozen must be bool"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config_from(WatchConfig, {"source": "scene:street", **given})


def test_zones_come_as_a_list_from_the_command_line() -> None:
    config = config_from(WatchConfig, {"source": "scene:street", "zone": [DOOR, f"ignore:{DOOR}"]})
    assert [(zone.name, zone.is_ignored) for zone in config.zones()] == [
        ("door", False),
        ("door", True),
    ]


def test_every_setting_is_written_down() -> None:
    config = WatchConfig(source="scene:street", masks=Path("m"), zone=(DOOR,))
    of_the_page = settings_of(PageConfig).keys() - settings_of(TrainConfig).keys()
    assert config.plain().keys() == settings_of(WatchConfig).keys() - of_the_page
    assert (config.plain()["masks"], config.plain()["zone"]) == ("m", (DOOR,))


def test_a_secret_in_the_path_of_a_webhook_is_not_written_down() -> None:
    config = WatchConfig(source="scene:street", webhook="https://me:word@example.com/T0/secret")
    assert config.plain()["webhook"] == "https://example.com"


def test_a_resumed_run_keeps_its_zones_and_its_patience() -> None:
    begun = WatchConfig(source="scene:street", zone=(DOOR,), absorb=7.0).kept()
    resumed = WatchConfig(source="scene:street", resume=True).resumed(begun)
    assert (resumed.zone, resumed.absorb) == ((DOOR,), 7.0)


def test_a_network_of_another_run_keeps_its_own_settings() -> None:
    begun = TrainConfig(source="scene:quiet", size="small", seed=5, private=True).kept()
    config = WatchConfig(source="scene:street", absorb=7.0).begun_from(begun)
    assert (config.source, config.seed) == ("scene:street", 0)
    assert (config.size, config.private, config.absorb) == ("small", True, 7.0)
    with pytest.raises(ConfigError, match="begun with size 'small', got 'large'"):
        config_from(WatchConfig, {"source": "scene:street", "size": "large"}).begun_from(begun)
