from pathlib import Path

import pytest

from stream_ae.errors import SourceError
from stream_ae.settings.addresses import names_a_stream, unknown_stream
from stream_ae.sources.address import open_source


@pytest.mark.parametrize(
    "address",
    ["RTSP://10.0.0.5/live", "https://a/b.mp4", "webcam:0", "Gym:X-v0", "scene:street", "a/*.png"],
)
def test_what_has_the_form_of_a_stream_names_one(address: str) -> None:
    assert names_a_stream(address)


def test_a_path_has_to_be_there(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").touch()
    assert names_a_stream(str(tmp_path))
    assert names_a_stream(str(tmp_path / "clip.mp4"))
    assert not names_a_stream(str(tmp_path / "clip.mp5"))


@pytest.mark.parametrize("address", ["", "clip.mp5", "x" * 5000, "a\0b", "ftp://a/b.mp4"])
def test_opening_what_names_no_stream_says_the_same(address: str) -> None:
    assert not names_a_stream(address)
    with pytest.raises(SourceError) as caught:
        open_source(address)
    assert str(caught.value) == unknown_stream(address)
