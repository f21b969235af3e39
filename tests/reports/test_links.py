from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stream_ae.reports.links import Link, Links
from stream_ae.reports.sightings import Sighting


def _to(directory: Path, source: str, *, peak: int = 2) -> list[Link]:
    """Of something that appeared and left, told with frames 105 and 1300, at 10 frames a second."""
    seen = Sighting("appeared", 101, peak, 12.34, 130.0, 12.34, 0.5, (), (105, 1300), None, None)
    return Links(directory, source=source, pace=0.1).to(seen)


def _clips(directory: Path, *names: str) -> Path:
    for name in names:
        path = directory / "run" / "clips" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return directory / "run"


def test_a_recording_is_opened_at_the_moment(tmp_path: Path) -> None:
    clip = tmp_path / "a clip.mp4"
    clip.write_bytes(b"")
    assert _to(tmp_path / "run", str(clip)) == [
        Link("in the recording", f"file://{tmp_path}/a%20clip.mp4#t=12.3")
    ]


@pytest.mark.parametrize(
    ("clips", "linked"),
    [
        (("000105-appeared.mp4", "001300-left.mp4"), "000105-appeared.mp4"),
        (("001290-appeared.mkv",), "001290-appeared.mkv"),  # of another event, still going on
        (("000050-cut.mp4", "000106-left.mp4"), "000050-cut.mp4"),
        (("000600-cut.mp4",), None),  # more than a minute before the end was told
        (("000106-left.mp4", ".000105-appeared.mp4.partial"), None),
    ],
)
def test_the_clip_in_which_it_was_told_is_linked(
    tmp_path: Path, clips: tuple[str, ...], linked: str | None
) -> None:
    expected = [] if linked is None else [Link("the clip", f"clips/{linked}")]
    assert _to(_clips(tmp_path, *clips), "scene:street") == expected


def test_an_image_is_named_by_the_number_of_its_frame(tmp_path: Path) -> None:
    for number in (10, 9, 8):
        Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save(tmp_path / f"frame{number}.png")
    for source in (str(tmp_path), f"{tmp_path}/*.png"):
        image = Link("the image", f"file://{tmp_path}/frame9.png")
        assert _to(tmp_path / "run", source) == [image]
        assert _to(tmp_path / "run", source, peak=4) == []


@pytest.mark.parametrize(
    "source", ["rtsp://me:***@camera/live", "scene:street", "gone.mp4", "a" * 5000, "nothing*.png"]
)
def test_what_cannot_be_seen_again_has_no_link(tmp_path: Path, source: str) -> None:
    assert _to(tmp_path, source) == []
