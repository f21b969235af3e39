import logging
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from stream_ae.errors import CheckpointError, ConfigError
from stream_ae.runs.resume import has_state, newest_run, only_run, saved_state, source_of
from stream_ae.storage.state_file import write_state


def make_run(
    directory: Path, source: str | None, *, time: float = 0.0, damaged: bool = False
) -> Path:
    """A run folder with one state in it."""
    path = directory / "checkpoints" / "step-000000002.pt"
    state: Mapping[str, object] = {"step": 2, "learner": {"w": torch.ones(2)}, "metrics": {}}
    write_state(path, {**state, "settings": {} if source is None else {"source": source}})
    if damaged:
        path.write_bytes(path.read_bytes()[:-1])
    os.utime(path, (time, time))
    return directory


def test_the_newest_run_of_exactly_this_stream_is_taken(tmp_path: Path) -> None:
    clips = [tmp_path / name / "clip.mp4" for name in ("a", "b")]
    for clip in clips:
        clip.parent.mkdir()
        clip.write_bytes(b"")
    runs = tmp_path / "runs"
    first = make_run(runs / "20260101-000000-clip", str(clips[0]), time=100)
    second = make_run(runs / "20260201-000000-clip", str(clips[1]), time=200)
    assert newest_run(runs, str(clips[0])) == first
    assert newest_run(runs, str(clips[1])) == second
    again = make_run(runs / "mine", str(clips[0]), time=300)
    assert newest_run(runs, str(clips[0])) == again


def test_a_folder_without_a_state_that_can_be_used_is_passed_over(tmp_path: Path) -> None:
    good = make_run(tmp_path / "20260101-000000-street", "scene:street", time=100)
    make_run(tmp_path / "20260201-000000-street", "scene:street", time=200, damaged=True)
    make_run(tmp_path / "own loop", None, time=300)
    (tmp_path / "20260301-000000-street" / "checkpoints").mkdir(parents=True)
    (tmp_path / "20260401-000000-street").mkdir()
    (tmp_path / "20260401-000000-street" / "config.json").write_text('{"source": "scene:street"}')
    assert newest_run(tmp_path, "scene:street") == good


@pytest.mark.parametrize("source", ["scene:cuts", "rtsp://me:secret@cam/live"])
def test_no_run_is_an_error_that_hides_the_password(tmp_path: Path, source: str) -> None:
    make_run(tmp_path / "20260101-000000-street", "scene:street")
    with pytest.raises(ConfigError, match=r"no run of '.*' to resume in .*; name one with") as info:
        newest_run(tmp_path, source)
    assert "secret" not in str(info.value)
    with pytest.raises(ConfigError, match="no run of"):
        newest_run(tmp_path / "nowhere", source)


def test_the_only_run_is_taken_where_the_stream_cannot_be_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"which run is meant, got 0 in .*; name one with"):
        only_run(tmp_path)
    only = make_run(tmp_path / "20260101-000000-clip", "/gone/clip.mp4")
    (tmp_path / "20260201-000000-clip").mkdir()
    assert only_run(tmp_path) == only
    make_run(tmp_path / "other", "scene:street")
    with pytest.raises(ConfigError, match=r"which run is meant, got 2 in .*; name one with"):
        only_run(tmp_path)


def test_the_stream_of_a_run_is_known(tmp_path: Path) -> None:
    assert source_of(make_run(tmp_path / "a", "/clips/a.mp4")) == "/clips/a.mp4"
    assert source_of(tmp_path / "nowhere") is None
    assert source_of(Path("long" * 100)) is source_of(Path("\0")) is None
    assert source_of(make_run(tmp_path / "own loop", None)) is None
    with pytest.raises(ConfigError, match="has a password, which is not kept; name SOURCE as well"):
        source_of(make_run(tmp_path / "b", "rtsp://user:***@cam/live"))
    with pytest.raises(CheckpointError, match="only damaged ones"):
        source_of(make_run(tmp_path / "c", "scene:street", damaged=True))


def test_the_newest_state_is_read_and_none_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = make_run(tmp_path / "a", "scene:street")
    assert has_state(directory)
    with caplog.at_level(logging.INFO, "stream_ae"):
        found = saved_state(directory)
        assert saved_state(tmp_path / "b") is None
    assert found is not None
    assert found[0]["step"] == 2
    assert found[1] == directory / "checkpoints/step-000000002.pt"
    assert caplog.messages == [
        f"{tmp_path}/b holds no checkpoint yet; starting at the first frame",
    ]
