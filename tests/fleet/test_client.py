from pathlib import Path

import pytest

from stream_ae.errors import ConfigError
from stream_ae.fleet.client import ends_local, joined


def test_a_fleet_that_nobody_started_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    expected = "a fleet on this machine was expected, got none; start one with: stream-ae fleet"
    with pytest.raises(ConfigError, match=expected), joined(None):
        pass


def test_a_cluster_of_others_is_left_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    ends_local(None)
    ends_local("auto")
