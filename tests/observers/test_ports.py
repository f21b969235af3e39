import socket

import pytest

from stream_ae.errors import ConfigError
from stream_ae.observers.ports import bound_socket, free_port


def test_a_bound_port_is_this_programs_until_it_is_closed() -> None:
    with bound_socket("127.0.0.1", 0, purpose="a test") as bound:
        host, port = bound.getsockname()
        assert host == "127.0.0.1"
        with pytest.raises(ConfigError, match="another program uses it"):
            free_port("127.0.0.1", port, purpose="a test")
    assert free_port("127.0.0.1", port, purpose="a test") == port


def test_a_free_port_is_kept() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert free_port("127.0.0.1", port, purpose="a test") == port


def test_zero_becomes_a_port_that_can_be_used() -> None:
    port = free_port("127.0.0.1", 0, purpose="a test")
    with socket.create_server(("127.0.0.1", port)) as server:
        assert server.getsockname()[1] == port > 0


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(
            ConfigError,
            match=rf"^a test needs .* got 127\.0\.0\.1:{port} \(another program uses it",
        ):
            free_port("127.0.0.1", port, purpose="a test")


@pytest.mark.parametrize(
    ("host", "port", "advice"),
    [
        ("192.0.2.1", 0, "choose a host that is this machine"),
        ("300.1.1.1", 0, "choose a host that is this machine"),
        ("127.0.0.1", 70_000, "choose another port"),
    ],
)
def test_an_impossible_address_is_named(host: str, port: int, advice: str) -> None:
    with pytest.raises(ConfigError, match=rf"got {host}:{port} \(.*\); {advice}"):
        free_port(host, port, purpose="a test")
