from pathlib import Path

import pytest

from stream_ae.errors import ConfigError
from stream_ae.fleet.client import check_room_here, ends_local, joined
from stream_ae.fleet.plan import Plan
from stream_ae.fleet.spec import CameraSpec


def test_a_fleet_that_nobody_started_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    expected = "a fleet on this machine was expected, got none; start one with: stream-ae fleet"
    with pytest.raises(ConfigError, match=expected), joined(None):
        pass


def test_what_has_no_room_here_is_refused_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    spec = CameraSpec("door", {"source": "scene:quiet"}, cpus=1000.0, runs="runs")
    plan = Plan("shop", "runs", {"door": spec})
    with pytest.raises(ConfigError, match="1000 cores are needed, got"):
        check_room_here(plan, address=None)
    check_room_here(plan, address="10.0.0.1:6379")  # its cores are known when it is joined
    assert list(tmp_path.iterdir()) == []


def test_a_cluster_of_others_is_left_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    ends_local(None)
    ends_local("auto")
