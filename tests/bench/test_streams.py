from pathlib import Path

import pytest
from tests.support.folders import picture_folder

from stream_ae.bench.streams import (
    MANY,
    Scene,
    check_streams,
    length_of,
    pieces_of,
    scenes_of,
    stream_name,
)
from stream_ae.errors import ConfigError, SourceError
from stream_ae.sources.concat import Piece


def test_a_file_is_called_by_its_name_alone(tmp_path: Path) -> None:
    (tmp_path / "vtest.avi").touch()
    assert stream_name(str(tmp_path / "vtest.avi")) == "vtest.avi"
    assert stream_name(picture_folder(tmp_path / "highway")) == "highway"
    assert stream_name("gym:ALE/Breakout-v5") == "gym:ALE/Breakout-v5"


def test_what_is_wrong_with_a_stream_is_said_at_once(tmp_path: Path) -> None:
    one, other = picture_folder(tmp_path / "a" / "x"), picture_folder(tmp_path / "b" / "x")
    check_streams([one, "scene:street"])
    with pytest.raises(SourceError, match=r"nowhere\.mp4"):
        check_streams([one, "nowhere.mp4"])
    with pytest.raises(ConfigError, match="two streams are named 'x'"):
        check_streams([one, other])
    with pytest.raises(ConfigError, match="takes 2 streams or more, got 1"):
        check_streams([one], least=2)
    with pytest.raises(ConfigError, match=r"'rtsp://me:\*+@camera:554/a' is live"):
        check_streams(["rtsp://me:secret@camera:554/a"])


def test_the_length_of_a_stream_is_that_of_one_pass(tmp_path: Path) -> None:
    assert length_of(picture_folder(tmp_path / "a", count=3)) == 3
    assert length_of("scene:street") is None


def test_scenes_are_shown_in_turn_and_go_on_where_they_were_left() -> None:
    scenes = scenes_of(["a.mp4", "b.mp4"], segment=10)
    assert scenes == [Scene("a.mp4", 0, 10), Scene("b.mp4", 0, 10)]
    assert pieces_of(scenes, frames=45, segment=10) == (
        Piece("a.mp4", 0, 10),
        Piece("b.mp4", 0, 10),
        Piece("a.mp4", 10, 10),
        Piece("b.mp4", 10, 10),
        Piece("a.mp4", 20, 5),
    )


def test_the_scene_of_cuts_is_ten_scenes_and_shown_as_it_is() -> None:
    scenes = scenes_of([MANY])
    assert len(scenes) == 10
    pieces = pieces_of(scenes, frames=4000)
    assert [piece.start for piece in pieces] == [200 * number for number in range(20)]
    assert {piece.frames for piece in pieces} == {200}


def test_the_scene_of_cuts_goes_on_beside_others() -> None:
    scenes = scenes_of(["a.mp4", MANY])
    pieces = pieces_of(scenes, frames=4400)
    assert [piece.start for piece in pieces if piece.address == "a.mp4"] == [0, 200]
    cuts = [piece.start for piece in pieces if piece.address == MANY]
    assert cuts == [200 * number for number in range(20)]
