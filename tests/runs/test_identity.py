import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stream_ae.runs.identity import full_address, same_stream


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with two clips of one name, links and pictures in it."""
    monkeypatch.chdir(tmp_path)
    for name in ("clip.mp4", "other/clip.mp4", "pictures/1.png"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(b"")
    Path("link.mp4").symlink_to("clip.mp4")
    Path("hard.mp4").hardlink_to("clip.mp4")
    Path("folder").symlink_to("other", target_is_directory=True)
    os.mkfifo("pipe")
    return tmp_path


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("clip.mp4", "./clip.mp4"),
        ("clip.mp4", "other/../clip.mp4"),
        ("clip.mp4", "link.mp4"),
        ("clip.mp4", "hard.mp4"),
        ("other/clip.mp4", "folder/clip.mp4"),
        ("pictures", "./pictures/"),
        ("pictures/*.png", "./pictures/*.png"),
        ("folder/*.mp4", "other/*.mp4"),
        ("pictures/**/*.png", "other/../pictures/**/*.png"),
        ("rtsp://user:a@cam/live", "RTSP://user:b@CAM/live"),
        ("http://cam/live?token=1", "http://cam/live?token=2"),
        ("scene:street", "scene:street"),
        ("webcam:0", "WebCam:0"),
        ("gym:ALE/Pong-v5", "GYM:ALE/Pong-v5"),
        ("gone.mp4", "gone.mp4"),
        ("pipe", "pipe"),
        ("-", "-"),
    ],
)
@pytest.mark.usefixtures("here")
def test_these_are_one_stream(one: str, other: str) -> None:
    assert same_stream(one, other)
    assert same_stream(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("clip.mp4", "other/clip.mp4"),
        ("pictures", "other"),
        ("pictures", "pictures/*.png"),
        ("pictures/*.png", "pictures/1*.png"),
        ("scene:street", "scene:cuts"),
        ("gym:ALE/Pong-v5", "gym:ALE/pong-v5"),
        ("rtsp://cam/live", "rtsp://cam/Live"),
        ("rtsp://cam/live", "rtsp://cam2/live"),
        ("rtsp://cam:554/live", "rtsp://cam:555/live"),
        ("rtsp://guest:a@cam/live", "rtsp://user:a@cam/live"),
        ("", "."),
    ],
)
@pytest.mark.usefixtures("here")
def test_these_are_two(one: str, other: str) -> None:
    assert not same_stream(one, other)
    assert not same_stream(other, one)


def test_the_same_file_from_another_folder_has_the_same_address(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [full_address(name) for name in ("clip.mp4", "pictures", "pictures/*.png")]
    monkeypatch.chdir(here / "other")
    after = [full_address(name) for name in ("../clip.mp4", "../pictures", "../pictures/*.png")]
    real = here.resolve()
    assert (
        before == after == [str(real / name) for name in ("clip.mp4", "pictures", "pictures/*.png")]
    )


@given(st.text())
@example(":@")  # a password that is hidden is no pattern
def test_whatever_is_written_has_a_full_address_that_stays_as_it_is(text: str) -> None:
    full = full_address(text)
    assert full_address(full) == full
    assert same_stream(text, full)
