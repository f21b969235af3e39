from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.support.labelled import SIZE, labelled_folder, scene_with_square

from stream_ae.bench.seeing.labelled import SCENE_FRAMES, WARM_UP, open_labelled
from stream_ae.errors import ConfigError, SourceError
from stream_ae.sources.scene import SceneSource


def test_a_folder_is_its_frames_and_what_is_true_of_them(tmp_path: Path) -> None:
    (stream,) = open_labelled([labelled_folder(tmp_path / "cars", border=170)])
    assert (stream.name, stream.length, stream.first_scored) == ("cars", 12, 3)
    assert np.array_equal(stream.picture(10), scene_with_square(10, left=12))  # in10 is after in9
    truth = stream.truth(10)
    expected = np.zeros(SIZE, bool)
    expected[8:16, 13:20] = True
    assert np.array_equal(truth.moving, expected)
    border = np.zeros(SIZE, bool)
    border[8:16, 12] = True
    assert np.array_equal(truth.scored, ~border)


@pytest.mark.parametrize(
    ("label", "moves", "counts"), [(0, 0, 1), (50, 0, 1), (85, 0, 0), (170, 0, 0), (255, 1, 1)]
)
def test_a_label_says_whether_it_moves_and_whether_it_counts(
    tmp_path: Path, label: int, moves: bool, counts: bool
) -> None:
    (stream,) = open_labelled([labelled_folder(tmp_path / "a", label=label)])
    truth = stream.truth(6)
    assert truth.moving[8, 4] == moves
    assert truth.scored[8, 4] == counts
    assert truth.scored[0, 0]


def test_files_say_which_frames_and_pixels_count(tmp_path: Path) -> None:
    folder = labelled_folder(tmp_path / "a")
    (tmp_path / "a" / "temporalROI.txt").write_text("5 9\n")
    region = np.zeros(SIZE, np.uint8)
    region[:, :10] = 255
    Image.fromarray(region).save(tmp_path / "a" / "ROI.bmp")
    (stream,) = open_labelled([folder])
    assert (stream.first_scored, stream.length) == (5, 9)
    assert np.array_equal(stream.truth(7).scored, region > 0)
    (shorter,) = open_labelled([folder], frames=6)
    assert (shorter.first_scored, shorter.length) == (5, 6)


def test_the_first_quarter_of_a_short_stream_is_not_scored(tmp_path: Path) -> None:
    (short,) = open_labelled([labelled_folder(tmp_path / "short", count=8)])
    assert short.first_scored == 2
    (scene,) = open_labelled(["scene:quiet"])
    assert (scene.length, scene.first_scored) == (SCENE_FRAMES, WARM_UP)


def test_a_scene_knows_what_moves() -> None:
    (stream,) = open_labelled(["scene:street"], frames=40)
    assert (stream.name, stream.length, stream.first_scored, stream.fps) == (
        "scene:street",
        40,
        10,
        25,
    )
    source = SceneSource("street")
    assert np.array_equal(stream.picture(30), source.frame_at(29))
    truth = stream.truth(30)
    assert np.array_equal(truth.moving, source.moving(29))
    assert truth.moving.any()
    assert truth.scored.all()


def test_a_folder_of_such_folders_stands_for_all_in_it(tmp_path: Path) -> None:
    for name in ("b", "a"):
        labelled_folder(tmp_path / name)
    (tmp_path / "other").mkdir()
    assert [stream.name for stream in open_labelled([str(tmp_path)])] == ["a", "b"]


def test_what_is_not_laid_out_like_that_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        SourceError, match="folders input and groundtruth were expected in it, got none"
    ):
        open_labelled([str(tmp_path)])
    with pytest.raises(SourceError, match="unknown scene 'stret'"):
        open_labelled(["scene:stret"])
    folder = labelled_folder(tmp_path / "a")
    (tmp_path / "a" / "groundtruth" / "gt3.png").unlink()
    with pytest.raises(SourceError, match="one label for each frame was expected, got 11 for 12"):
        open_labelled([folder])


def test_two_streams_of_one_name_are_refused(tmp_path: Path) -> None:
    folders = [labelled_folder(tmp_path / parent / "a") for parent in ("one", "two")]
    with pytest.raises(ConfigError, match="two streams are named 'a'"):
        open_labelled(folders)


def test_too_few_frames_to_score_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match="a is scored from frame 3 on, got 2 frames; ask for more"
    ):
        open_labelled([labelled_folder(tmp_path / "a")], frames=2)


@pytest.mark.parametrize("text", ["470", "a b", "1 2 3", ""])
def test_a_damaged_range_is_refused(tmp_path: Path, text: str) -> None:
    folder = labelled_folder(tmp_path / "a")
    (tmp_path / "a" / "temporalROI.txt").write_text(text)
    with pytest.raises(SourceError, match="must hold the numbers of two frames, got"):
        open_labelled([folder])


def test_an_unknown_label_is_refused(tmp_path: Path) -> None:
    (stream,) = open_labelled([labelled_folder(tmp_path / "a", label=128)])
    with pytest.raises(SourceError, match=r"gt6.png' must hold the labels .* got 128"):
        stream.truth(6)


def test_a_region_of_another_size_is_refused(tmp_path: Path) -> None:
    folder = labelled_folder(tmp_path / "a")
    Image.fromarray(np.full((4, 4), 255, np.uint8)).save(tmp_path / "a" / "ROI.bmp")
    (stream,) = open_labelled([folder])
    with pytest.raises(SourceError, match=r"must be of the size of .*\(24, 32\), got \(4, 4\)"):
        stream.truth(1)


def test_a_picture_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    folder = labelled_folder(tmp_path / "a")
    path = tmp_path / "a" / "input" / "in2.png"
    path.write_bytes(path.read_bytes()[:60])
    (stream,) = open_labelled([folder])
    with pytest.raises(SourceError, match=r"in2\.png"):
        stream.picture(2)
