import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.support.clips import picture, pictures, write_clip

from stream_ae.errors import SourceError
from stream_ae.sources.address import open_source, source_name
from stream_ae.sources.gym_env import GymEnv
from stream_ae.sources.image_folder import ImageFolder
from stream_ae.sources.live import LiveStream
from stream_ae.sources.scene import SceneSource
from stream_ae.sources.video_file import VideoFile


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_clip(tmp_path / "clip.mp4", pictures(3))
    (tmp_path / "images").mkdir()
    for number in range(2):
        Image.fromarray(picture(number)).save(tmp_path / "images" / f"{number}.PNG")
    first, *rest = map(Image.fromarray, pictures(3))
    first.save(tmp_path / "film.gif", save_all=True, append_images=rest)
    first.save(tmp_path / "photo", "WEBP")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "kind", "length"),
    [
        ("clip.mp4", VideoFile, 3),
        ("images", ImageFolder, 2),
        ("images/*", ImageFolder, 2),
        ("**/[0-9].PNG", ImageFolder, 2),
        ("images/1.PNG", ImageFolder, 1),
        ("film.gif", ImageFolder, 3),
        ("photo", ImageFolder, 1),
    ],
)
def test_a_path(folder: Path, name: str, kind: type, length: int) -> None:
    for address in (folder / name, str(folder / name)):
        with open_source(address) as source:
            assert type(source) is kind
            assert source.length == length
            assert source.address == str(address)
            assert len(list(source)) == length
    with open_source(folder / name, loop=True) as source:
        assert source.length is None


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("rtsp://10.0.0.5/live", LiveStream),
        ("RTSPS://10.0.0.5/live", LiveStream),
        ("http://10.0.0.5/live", LiveStream),
        ("https://10.0.0.5/" + "x" * 5000, LiveStream),
        ("gym:ALE/Breakout-v5", GymEnv),
        ("scene:street", SceneSource),
    ],
)
def test_what_is_no_path(address: str, kind: type) -> None:
    with open_source(address) as source:
        assert type(source) is kind
        assert source.address == address


def test_what_exists_is_a_path_whatever_it_looks_like(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    Path("clip.mp4").rename("gym:clip[1].mp4")
    with open_source("gym:clip[1].mp4") as source:
        assert type(source) is VideoFile
        assert len(list(source)) == 3


@pytest.mark.slow
@pytest.mark.parametrize("address", ["gym:ALE/Breakout-v5", "scene:street"])
def test_the_seed_reaches_what_is_random(address: str) -> None:
    seen = []
    for seed in (1, 1, 2, 0):
        with open_source(address, seed=seed) as source:
            frames = source.frames(start=30)
            seen.append(next(frames).rgb.tobytes())
    assert seen[0] == seen[1] != seen[2]
    with open_source(address) as source:
        assert next(source.frames(start=30)).rgb.tobytes() == seen[3], "0 unless said otherwise"


@pytest.mark.parametrize(
    "address", ["clip.mp5", "", "rtmp://10.0.0.5/live", "http:/a", "street", "x" * 5000]
)
def test_an_unknown_source_is_told_what_there_is(address: str) -> None:
    with pytest.raises(SourceError) as caught:
        open_source(address)
    assert str(caught.value) == (
        f"unknown source {address!r}: no such file; a source is a path, - (piped in),"
        " rtsp://…, http(s)://…, webcam:0, gym:<EnvId> or scene:<name>"
    )


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("scene:nowhere", "street"),
        ("gym:Nowhere-v0", "doesn't exist"),
        ("webcam:x", r"webcam:0, got 'webcam:x'"),
        ("nowhere/*.png", r"no image in 'nowhere/\*\.png'"),
        ("ftp://user:secret@host/a", r"'ftp://user:\*\*\*@host/a'"),
    ],
)
def test_a_bad_address_is_one_clear_line(address: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        open_source(address)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("scene:street", "street"),
        ("gym:ALE/Breakout-v5", "ALE-Breakout-v5"),
        ("webcam:0", "webcam-0"),
        ("rtsp://user:se/cr@et@10.0.0.5:554/live?token=x", "10.0.0.5"),
        ("https://camera.example.org", "camera.example.org"),
        ("http://[fe80::1]:80/live", "fe80-1"),
        ("rtsp://", "source"),
        ("recordings/*/in*.jpg", "recordings"),
        ("*.jpg", "images"),
        ("", "source"),
        ("data/vtest.avi", "vtest"),
        ("a" * 60, "a" * 40),
    ],
)
def test_the_short_name_of_a_source(address: str, name: str) -> None:
    assert source_name(address) == name


def test_the_short_name_of_a_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert source_name(folder / "clip.mp4") == "clip"
    assert source_name(folder / "images") == "images"
    assert source_name(f"{folder}/images/") == "images"
    assert source_name(folder / "images" / "*.PNG") == "images"
    monkeypatch.chdir(folder / "images")
    assert source_name(".") == "images"


@pytest.mark.slow
@given(address=st.text(max_size=200))
def test_a_short_name_fits_any_file_system(address: str) -> None:
    name = source_name(address)
    assert 0 < len(name) <= 40
    assert not set(name) & set('/\\:*?"<>|[]@ \n\0')
    assert name[0] not in ".-"
    assert name[-1] not in ".-"


def test_the_module_needs_no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("av", "PIL", "gymnasium", "ale_py"):
        monkeypatch.setitem(sys.modules, package, None)
    assert source_name("scene:street") == "street"
    with open_source("rtsp://10.0.0.5/live") as source:
        assert source.live
