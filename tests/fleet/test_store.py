import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from stream_ae.errors import ConfigError, ReplacedError
from stream_ae.fleet.store import Mirror, Store, StoreFence, is_store, working_folder


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    yield Store("memory://shop/door" if request.param == "memory" else f"file://{tmp_path}/shop")
    MemoryFileSystem.store.clear()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    (folder / "checkpoints").mkdir(parents=True)
    for name in ("checkpoints/step-1.pt", "checkpoints/.step-2.pt.partial", "metrics.jsonl"):
        (folder / name).write_text(name)
    return folder


def test_a_store_is_told_from_a_folder() -> None:
    assert [is_store(runs) for runs in ("s3://shop/runs", "/mnt/runs", "runs")] == [
        True,
        False,
        False,
    ]
    assert working_folder("s3://shop/a") != working_folder("s3://shop/b")


def test_a_kind_of_store_that_is_not_known_is_one_line() -> None:
    with pytest.raises(ConfigError, match="runs must be a folder or a store that fsspec"):
        Store("nothing://shop/door")


def test_checkpoints_are_copied_at_once_and_what_grows_now_and_then(
    store: Store, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = Mirror(store, run)
    mirror.push()
    assert store.names() == ["checkpoints/step-1.pt"]
    (run / "checkpoints" / "step-1.pt").unlink()
    (run / "checkpoints" / "step-2.pt").write_text("2")
    mirror.push()
    assert store.names() == ["checkpoints/step-2.pt"]
    monkeypatch.setattr("stream_ae.fleet.store.GROWN_EVERY", 0.0)
    mirror.push()
    assert sorted(store.names()) == ["checkpoints/step-2.pt", "metrics.jsonl"]

    there = tmp_path / "another"
    there.mkdir()
    (there / "step-9.pt").touch()
    Mirror(store, there).fetch()
    files = {path.relative_to(there).as_posix() for path in there.rglob("*") if path.is_file()}
    assert files == {"checkpoints/step-2.pt", "metrics.jsonl"}
    assert (there / "checkpoints" / "step-2.pt").read_text() == "2"


def test_at_the_end_all_of_it_is_there(store: Store, run: Path) -> None:
    Mirror(store, run).push(everything=True)
    assert sorted(store.names()) == ["checkpoints/step-1.pt", "metrics.jsonl"]


def test_what_could_not_be_copied_is_copied_the_next_time(
    store: Store, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(lpath: str, rpath: str) -> None:
        raise RuntimeError(f"no way from {lpath} to {rpath}")

    mirror = Mirror(store, run)
    with monkeypatch.context() as broken:
        broken.setattr(store.files, "put_file", fail)
        with pytest.raises(OSError, match="RuntimeError: no way from"):
            mirror.push()
    mirror.push()
    assert store.names() == ["checkpoints/step-1.pt"]


def test_only_the_newest_writer_may_write_and_the_loop_does_not_ask_the_store(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier, later = StoreFence(store, "fleet"), StoreFence(store, "fleet")
    assert (earlier.newest(), earlier.take(), later.take()) == (0, 1, 2)
    earlier.check()  # nobody has looked yet
    with pytest.raises(ReplacedError, match="a later one has taken it over"):
        earlier.look()
    with monkeypatch.context() as away:
        away.setattr(store, "files", None)
        with pytest.raises(ReplacedError, match="taken it over"):
            earlier.check()
    later.look()
    assert store.names() == ["writer-000002"]


def test_another_owner_is_refused_until_it_is_let_go(store: Store) -> None:
    held = StoreFence(store, "one fleet")
    held.take()
    refused = rf"should be free, but process {os.getpid()} on .* learns into it \(0 s ago\)"
    with pytest.raises(ReplacedError, match=refused):
        StoreFence(store, "another").take()
    held.release()
    assert StoreFence(store, "another").take() == 2


def test_a_sign_of_life_is_given_now_and_then(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fence = StoreFence(store, "fleet")
    fence.take()
    before = store.files.modified(store.path("writer-000001")).timestamp()
    monkeypatch.setattr("stream_ae.storage.fence._TOUCH_EVERY", 0.0)
    fence.look()
    assert store.files.modified(store.path("writer-000001")).timestamp() > before
