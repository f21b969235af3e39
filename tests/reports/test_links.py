from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stream_ae.reports.links import Link, Links


def _to(links: Links, frame: int = 2) -> list[Link]:
    return links.to(names=("000005-left-1", "000005-appeared-1"), frame=frame, seconds=12.34)


def test_a_recording_is_opened_at_the_moment(tmp_path: Path) -> None:
    clip = tmp_path / "a clip.mp4"
    clip.write_bytes(b"")
    links = _to(Links(tmp_path / "run", str(clip)))
    assert links == [Link("in the recording", f"file://{tmp_path}/a%20clip.mp4#t=12.3")]


def test_a_clip_of_the_event_comes_first(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "000005-appeared-1.mp4").write_bytes(b"")
    assert _to(Links(tmp_path, "scene:street")) == [Link("the clip", "clips/000005-appeared-1.mp4")]


def test_an_image_is_named_by_the_number_of_its_frame(tmp_path: Path) -> None:
    for number in (10, 9, 8):
        Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save(tmp_path / f"frame{number}.png")
    for source in (str(tmp_path), f"{tmp_path}/*.png"):
        links = Links(tmp_path / "run", source)
        assert _to(links) == [Link("the image", f"file://{tmp_path}/frame9.png")]
        assert _to(links, frame=4) == []


@pytest.mark.parametrize(
    "source", ["rtsp://me:***@camera/live", "scene:street", "gone.mp4", "a" * 5000, "nothing*.png"]
)
def test_what_cannot_be_seen_again_has_no_link(tmp_path: Path, source: str) -> None:
    assert _to(Links(tmp_path, source)) == []
