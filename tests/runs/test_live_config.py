from dataclasses import fields

from stream_ae.runs.config import settings_of
from stream_ae.runs.live_config import LiveConfig
from stream_ae.runs.watch_config import WatchConfig

STREET = WatchConfig(source="scene:street")


def test_it_has_a_source_and_no_end_and_a_page() -> None:
    config = LiveConfig()
    assert (config.source, config.frames, config.live) == ("scene:street", 0, True)
    assert (config.host, config.port) == ("127.0.0.1", 8765)


def test_it_waits_for_its_camera_for_ever() -> None:
    assert STREET.give_up_after == 180
    assert LiveConfig().give_up_after == 0


def test_every_setting_is_explained() -> None:
    settings = settings_of(LiveConfig)
    assert {item.name for item in fields(LiveConfig)} - settings.keys() == {"given", "live"}
    for name, declared in settings.items():
        assert declared.about.help, name
        assert declared.about.help[-1] not in ".;", name


def test_what_the_page_has_is_not_written_down() -> None:
    config = LiveConfig(token="open sesame")
    assert config.plain().keys() == STREET.plain().keys()
    assert "sesame" not in str(config.plain()) + str(config.kept())


def test_what_is_cut_off_is_learned_and_not_watched() -> None:
    assert LiveConfig().watches
    assert not LiveConfig(fit="crop").watches
