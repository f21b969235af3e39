import socket

import pytest

from stream_ae.errors import ConfigError, MissingExtraError
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
