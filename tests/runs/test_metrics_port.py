import logging
import socket
import urllib.request

import pytest

from stream_ae.errors import ConfigError
from stream_ae.runs.config import TrainConfig
from stream_ae.runs.metrics_port import metrics_port


def test_no_port_is_opened_unless_one_was_asked_for() -> None:
    with metrics_port(TrainConfig(source="scene:street")) as pages:
        assert pages is None


def test_the_pages_are_served_while_the_block_runs(caplog: pytest.LogCaptureFixture) -> None:
    source = "rtsp://user:secret@camera/live"
    config = TrainConfig(source=source, metrics_port=0)
    with caplog.at_level(logging.INFO, logger="stream_ae"), metrics_port(config) as pages:
        assert pages is not None
        url = caplog.messages[0].removeprefix("metrics: ")
        with urllib.request.urlopen(url, timeout=10) as response:
            text = response.read().decode()
    assert url.startswith("http://127.0.0.1:")
    (info,) = (line for line in text.splitlines() if line.startswith("stream_ae_run_info"))
    assert 'source="rtsp://user:***@camera/live"' in info
    assert 'optimizer="bounded"' in info
    assert "secret" not in text


def test_a_taken_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = TrainConfig(source="scene:street", metrics_port=port)
        with (
            pytest.raises(ConfigError, match=rf"--metrics-port needs .* got 127\.0\.0\.1:{port} "),
            metrics_port(config),
        ):
            pass
