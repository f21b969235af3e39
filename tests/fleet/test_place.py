from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from stream_ae.errors import ReplacedError
from stream_ae.fleet.place import Place, read_beside, write_beside
from stream_ae.fleet.spec import CameraSpec


@pytest.fixture(params=["folder", "memory"])
def spec(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> CameraSpec:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "machine"))
    monkeypatch.setattr(MemoryFileSystem, "store", {})
    runs = str(tmp_path / "runs") if request.param == "folder" else "memory://runs"
    return CameraSpec("door", {"source": "scene:quiet"}, cpus=0.5, runs=runs)


def test_who_takes_a_run_over_finds_what_was_saved(spec: CameraSpec) -> None:
    first = Place(spec, owner="fleet")
    assert first.take() == 1
    (first.directory / "config.json").write_text("{}")
    first.keep()
    second = Place(spec, owner="fleet")
    assert second.take() == 2
    assert (second.directory / "config.json").read_text() == "{}"
    with pytest.raises(ReplacedError, match="taken it over"):
        first.keep()
    with pytest.raises(ReplacedError, match="taken it over"):
        first.end()


def test_at_its_end_it_is_free_for_others(spec: CameraSpec) -> None:
    place = Place(spec, owner="fleet")
    place.take()
    with pytest.raises(ReplacedError, match="learns into it"):
        Place(spec, owner="another").take()
    place.end()
    assert Place(spec, owner="another").take() == 2


def test_what_lies_beside_the_runs_is_read_again(spec: CameraSpec) -> None:
    assert read_beside(spec.runs, "shop.fleet.json") is None
    write_beside(spec.runs, "shop.fleet.json", text="[]")
    assert read_beside(spec.runs, "shop.fleet.json") == "[]"
