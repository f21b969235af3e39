"""Whatever a library raises, at whatever call: only our own errors come out of a source."""

import importlib
import sys
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance.sources import readers
from tests.support.clips import LOSSLESS, pictures, write_clip
from tests.support.environment import register
from tests.support.folders import picture_folder
from tests.support.fuse import Fuse, Fused
from tests.support.surprises import surprises

from stream_ae.errors import MissingExtraError, SourceError, SourceLostError, StreamAEError
from stream_ae.frame import Frame
from stream_ae.sources.base import Source
from stream_ae.sources.concat import Concat, Piece
from stream_ae.sources.gym_env import GymEnv
from stream_ae.sources.image_folder import ImageFolder
from stream_ae.sources.video_file import VideoFile

FRAMES = 5


class Kind(NamedTuple):
    """A kind of source, and the modules of the library that it stands on."""

    make: Callable[[str], Source]
    modules: tuple[str, ...]


AV = ("av", "av.video.reformatter", "av.codec.context")
PILLOW = ("PIL.Image", "PIL.ImageOps")

KINDS = {
    "file": Kind(VideoFile, AV),
    "concat": Kind(lambda path: Concat([Piece(path, 0, 2), Piece(path, 2, 3)]), AV),
    "folder": Kind(ImageFolder, PILLOW),
    "gym": Kind(GymEnv, ("gymnasium",)),
}


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Callable[[Kind, Fuse], None]:
    """Puts modules of a library behind a fuse, as an import inside a source finds them."""
    real = {name: importlib.import_module(name) for kind in KINDS.values() for name in kind.modules}

    def put(kind: Kind, fuse: Fuse) -> None:
        for name in kind.modules:
            fused = Fused(real[name], fuse)
            monkeypatch.setitem(sys.modules, name, fused)
            package, _, last = name.rpartition(".")
            if package:
                monkeypatch.setattr(importlib.import_module(package), last, fused)

    return put


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("surprises")
    clip = str(write_clip(folder / "clip.avi", pictures(FRAMES), codec=LOSSLESS))
    images = picture_folder(folder / "images", count=FRAMES)
    return {"file": clip, "concat": clip, "folder": images, "gym": register()}


def read(kind: Kind, path: str, got: list[Frame]) -> None:
    with kind.make(path) as source:
        got.extend(islice(source, FRAMES))


@pytest.mark.parametrize("name", KINDS)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(error=surprises, after=st.integers(0, 310))
def test_only_our_own_errors_come_out(
    stub: Callable[[Kind, Fuse], None],
    paths: dict[str, str],
    name: str,
    error: Exception,
    after: int,
) -> None:
    fuse, got = Fuse(error, after=after), list[Frame]()
    caught: StreamAEError | None
    stub(KINDS[name], fuse)
    try:
        read(KINDS[name], paths[name], got)
    except StreamAEError as raised:
        caught = raised
    else:
        caught = None
        assert len(got) == FRAMES or fuse.left < 0, "nothing is missing unless something broke"
    if caught is not None:
        missing = isinstance(error, ImportError) and isinstance(caught, MissingExtraError)
        assert missing or type(caught) is (SourceLostError if got else SourceError)
        assert len(str(caught).splitlines()) == 1
    assert not readers()
