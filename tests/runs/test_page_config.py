from pathlib import Path

import pytest

from stream_ae.errors import ConfigError
from stream_ae.runs.config import config_from
from stream_ae.runs.live_config import LiveConfig
from stream_ae.runs.page_config import TOKEN, PageConfig
from stream_ae.runs.watch_config import WatchConfig


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.5", "camera-box"])
def test_a_page_that_others_can_reach_needs_a_token(host: str) -> None:
    with pytest.raises(ConfigError, match="who looks must know a token"):
        LiveConfig(host=host)
    assert LiveConfig(host=host, token="open sesame").host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_one_of_this_machine_needs_none(host: str) -> None:
    assert LiveConfig(host=host).token is None


def test_the_token_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "open sesame")
    assert LiveConfig().token == "open sesame"
    assert LiveConfig(token="another one").token == "another one"
    assert WatchConfig(source="scene:street").token is None


def test_controls_have_a_token_whether_one_is_given_or_not() -> None:
    made = LiveConfig(controls=True).token
    assert made is not None
    assert len(made) >= 16
    assert made != LiveConfig(controls=True).token
    assert LiveConfig(controls=True, token="open sesame").token == "open sesame"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"token": "short"}, "token must have 8 characters or more, got 5; take a longer one"),
        ({"root_path": "cam"}, "root_path must be a path such as /cam"),
        ({"root_path": "/cam/"}, "root_path must be a path such as /cam"),
        ({"root_path": "/"}, "root_path must be a path such as /cam"),
        ({"certfile": Path("a.pem")}, "TLS needs certfile and keyfile, got one of them"),
        (
            {"certfile": Path("none.pem"), "keyfile": Path("none.pem")},
            "certfile must be a file, got 'none.pem': no such file",
        ),
        ({"pace": "slow"}, "pace must be one of free, source, got 'slow'"),
        ({"port": -1}, "port must be a whole number, 0 to 65535, got -1"),
        ({"port": 65536}, "port must be a whole number, 0 to 65535, got 65536"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config_from(LiveConfig, given)


def test_without_a_page_nothing_of_it_can_be_asked_for() -> None:
    with pytest.raises(ConfigError, match="--port is about the live page, got no page; add --live"):
        config_from(WatchConfig, {"source": "scene:street", "port": 80})
    assert config_from(WatchConfig, {"source": "scene:street", "live": True, "port": 80}).port == 80


def test_a_run_without_a_page_is_as_before() -> None:
    config = PageConfig(source="scene:street")
    assert not config.live
    assert config.token is None
