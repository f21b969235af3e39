import re
import socket
from types import SimpleNamespace

import pytest

from stream_ae.errors import ConfigError, MissingExtraError, StreamAEError
from stream_ae.fleet import engine


def test_a_missing_ray_is_one_line_that_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "find_spec", lambda _: None)
    expected = r"a fleet needs Ray, which is not installed; pip install 'stream-ae\[fleet\]'"
    with pytest.raises(MissingExtraError, match=expected):
        engine.ray_module()


@pytest.mark.parametrize("address", ["127.0.0.1:{}", "nowhere", "127.0.0.1:a", "127.0.0.1:99999"])
def test_an_address_where_nobody_answers_is_one_line_at_once(address: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        wrong = address.format(unused.getsockname()[1])
        with pytest.raises(ConfigError, match=r"a Ray cluster was expected at .*, got") as caught:
            engine.join(wrong)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (
            RuntimeError(
                "Version mismatch: The cluster was started with:\n    Ray: 2.50.0\n\nThis"
            ),
            "should have the same versions as this machine, got: Version mismatch: The cluster was"
            " started with: Ray: 2.50.0; install the same on both",
        ),
        (ConnectionError("Could not find any"), "a Ray cluster was expected at auto, got none: Co"),
    ],
)
def test_a_cluster_that_cannot_be_joined_is_one_line(
    monkeypatch: pytest.MonkeyPatch, failure: Exception, expected: str
) -> None:
    def refuse(address: str, *, log_to_driver: bool, logging_level: str) -> None:
        assert (address, log_to_driver, logging_level) == ("auto", False, "ERROR")
        raise failure

    monkeypatch.setattr(engine, "ray_module", lambda: SimpleNamespace(init=refuse))
    with pytest.raises(ConfigError, match=re.escape(expected)) as caught:
        engine.join("auto")
    assert "\n" not in str(caught.value)


def test_a_cluster_that_has_ended_is_noticed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        where = SimpleNamespace(gcs_address=f"127.0.0.1:{unused.getsockname()[1]}")
        ray = SimpleNamespace(get_runtime_context=lambda: where)
        monkeypatch.setattr(engine, "ray_module", lambda: ray)
        with pytest.raises(ConfigError, match="its fleets have ended; start again with") as caught:
            engine.ask_hub("shop", "look", {}, within=1.0)
    assert "\n" not in str(caught.value)


def test_a_cluster_that_cannot_be_reached_may_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: object, **__: object) -> None:
        raise TimeoutError("timed out")

    where = SimpleNamespace(gcs_address="10.0.0.2:6379")
    ray = SimpleNamespace(get_runtime_context=lambda: where)
    monkeypatch.setattr(engine, "ray_module", lambda: ray)
    monkeypatch.setattr(socket, "create_connection", cut)
    with pytest.raises(StreamAEError, match="should answer within 5 s, got timed out") as caught:
        engine.ask_hub("shop", "look", {}, within=1.0)
    assert not isinstance(caught.value, ConfigError)


def test_only_what_does_no_harm_twice_is_asked_of_the_next_hub(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Look:
        retries: int | None = None

        def options(self, *, max_task_retries: int) -> "Look":
            self.retries = max_task_retries
            return self

        def remote(self, after: int) -> str:
            return f"{self.retries} times, after {after}"

    class Ray:
        exceptions = SimpleNamespace(RayError=InterruptedError)

        def get_runtime_context(self) -> SimpleNamespace:
            return SimpleNamespace(gcs_address="here")

        def get_actor(self, name: str, namespace: str) -> SimpleNamespace:
            assert (name, namespace) == ("hub", "stream-ae/shop")
            return SimpleNamespace(look=Look())

        def get(self, asked: str, timeout: float) -> str:
            assert timeout == 1.0
            return asked

    monkeypatch.setattr(engine, "ray_module", Ray)
    monkeypatch.setattr(engine, "_touch", lambda _: None)
    assert engine.ask_hub("shop", "look", 3, within=1.0) == "0 times, after 3"
    assert engine.ask_hub("shop", "look", 3, within=1.0, again=True) == "-1 times, after 3"
