import json
from pathlib import Path

import pytest
from tests.support.labelled import clips_folder

from stream_ae.bench.seeing.clips import open_clips
from stream_ae.errors import SourceError

TEST = {"Test2.mkv": [0, 1, 1], "Test10.mkv": [1, 0]}


def test_clips_are_one_stream_with_a_clock_that_goes_on(tmp_path: Path) -> None:
    clips = open_clips(clips_folder(tmp_path / "walk", train=[3, 2], test=TEST))
    assert clips.name == "walk"
    frames = list(clips.frames())
    names = ["Train1.mkv"] * 3 + ["Train2.mkv"] * 2 + ["Test2.mkv"] * 3 + ["Test10.mkv"] * 2
    assert [each.clip for each in frames] == names
    assert [each.is_novel for each in frames] == [None] * 5 + [False, True, True, True, False]
    assert [each.frame.time for each in frames] == pytest.approx([k / 10 for k in range(10)])
    firsts = [k for k, each in enumerate(frames) if each.frame.is_first]
    assert firsts == [0, 3, 5, 8]
    assert frames[6].frame.rgb[8:16].max() > 200
    assert frames[9].frame.rgb.max() < 120


@pytest.mark.parametrize(
    ("labels", "got"), [([0, 1], "more than 2"), ([0, 1, 1, 1], "3 for 4 labels")]
)
def test_every_frame_needs_its_label(tmp_path: Path, labels: list[int], got: str) -> None:
    folder = clips_folder(tmp_path / "a", train=[2], test={"Test1.mkv": [0, 1, 1]})
    (tmp_path / "a" / "test" / "labels.json").write_text(json.dumps({"Test1.mkv": labels}))
    with pytest.raises(SourceError, match=f"a frame for each label, got {got}"):
        list(open_clips(folder).frames())


@pytest.mark.parametrize("missing", ["train", "test/labels.json"])
def test_what_is_not_laid_out_like_that_is_refused(tmp_path: Path, missing: str) -> None:
    folder = clips_folder(tmp_path / "a", train=[2], test=TEST)
    (tmp_path / "a" / missing).rename(tmp_path / "gone")
    with pytest.raises(SourceError, match=r"test/labels\.json, were expected, got none"):
        open_clips(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "must hold {file name"),
        ("[1, 2]", "must hold {file name"),
        ('{"Test2.mkv": [0, 2]}', "got the label 2"),
        ('{"Test2.mkv": 1}', "must hold {file name"),
        ('{"Test3.mkv": [0]}', r"must name videos beside it, got Test3\.mkv"),
        ("{}", "must name videos beside it, got none"),
    ],
)
def test_damaged_labels_are_refused(tmp_path: Path, text: str, message: str) -> None:
    folder = clips_folder(tmp_path / "a", train=[2], test=TEST)
    (tmp_path / "a" / "test" / "labels.json").write_text(text)
    with pytest.raises(SourceError, match=message):
        open_clips(folder)
