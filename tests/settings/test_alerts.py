import os
from pathlib import Path

import pytest

from stream_ae.settings.alerts import Broker, broker_address, command_words, web_address


def test_a_web_address_comes_apart() -> None:
    address = web_address("https://me:p%40ss@hooks.example:8443/a/b?key=1#top")
    assert address.url == "https://hooks.example:8443/a/b?key=1"
    assert address.origin == "https://hooks.example:8443"
    assert address.login == ("me", "p@ss")
    assert web_address("http://[::1]:80/x").origin == "http://[::1]:80"
    assert web_address("http://localhost").login is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hooks.example/a",
        "ftp://hooks.example/a",
        "https://",
        "https:///a",
        "http://host:70000/",
        "http://host:0/",
        "http://host:port/",
        "http://[::1/",
        "http://a host/",
        "http://host/a b",
        "http://höst/",
        "http://host/\r\nX: y",
        "rtsp://camera/live",
    ],
)
def test_what_is_no_web_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must be http\(s\)://HOST/…, got '.*'; complete it"):
        web_address(text)


def test_no_secret_is_shown_of_a_mistyped_address() -> None:
    with pytest.raises(ValueError, match="must be") as error:
        web_address("https://me:secret@hooks.example:x/services/T0/secret?token=secret")
    assert "secret" not in str(error.value)
    assert "hooks.example" in str(error.value)


@pytest.mark.parametrize(
    ("text", "broker"),
    [
        ("localhost", Broker("localhost", 1883, tls=False)),
        ("10.0.0.5:1884", Broker("10.0.0.5", 1884, tls=False)),
        ("mqtt://home.local", Broker("home.local", 1883, tls=False)),
        ("MQTTS://home.local/", Broker("home.local", 8883, tls=True)),
        ("mqtts://home.local:9", Broker("home.local", 9, tls=True)),
        ("[::1]:1883", Broker("::1", 1883, tls=False)),
    ],
)
def test_a_broker_is_a_host_and_a_port(text: str, broker: Broker) -> None:
    assert broker_address(text) == broker


@pytest.mark.parametrize(
    "text", ["", ":1883", "host:0", "host:65536", "host:x", "http://host", "a b", "::1", "h/topic"]
)
def test_what_is_no_broker_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must be HOST, HOST:PORT or mqtts://HOST"):
        broker_address(text)


def test_a_login_of_a_broker_comes_from_elsewhere_and_is_not_shown() -> None:
    with pytest.raises(ValueError, match="come from the environment") as error:
        broker_address("mqtt://me:secret@home.local")
    assert "secret" not in str(error.value)


def test_a_command_is_split_as_a_shell_does() -> None:
    assert command_words("sh -c 'exit 3' \"a b\"") == ("sh", "-c", "exit 3", "a b")


@pytest.mark.parametrize("text", ["", "  ", "sh -c 'open", "no-such-program-here -x"])
def test_what_is_no_command_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must be a command, got "):
        command_words(text)


def test_a_file_that_may_not_be_executed_is_no_command(tmp_path: Path) -> None:
    script = tmp_path / "run.sh"
    script.write_text("#!/bin/sh\n")
    with pytest.raises(ValueError, match="may be executed"):
        command_words(str(script))
    script.chmod(0o700)
    assert command_words(os.fspath(script)) == (str(script),)
