import os
import struct
import sys
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.conformance.sources import check_source
from tests.support.clips import picture, pictures

from stream_ae.errors import MissingExtraError, SourceError
from stream_ae.sources.image_folder import EXTENSIONS, ImageFolder, natural_order


def save(folder: Path, *names: str) -> list[np.ndarray]:
    """One picture for each name, in the order of the names."""
    shown = pictures(len(names))
    for name, rgb in zip(names, shown, strict=True):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rgb).save(folder / name)
    return shown


def only_frame(path: Path) -> np.ndarray:
    with ImageFolder(path) as source:
        (frame,) = source
    return frame.rgb


def names_in(pattern: Path | str) -> list[str]:
    with ImageFolder(pattern) as source:
        return [path.name for path in source._files]


def test_images_come_in_natural_order_and_exact(tmp_path: Path) -> None:
    shown = save(tmp_path, "Frame1.png", "frame2.PNG", "FRAME10.png", "frame100.bmp")
    with ImageFolder(tmp_path) as source:
        assert source.length == 4
        frames = list(source)
    for number, (frame, rgb) in enumerate(zip(frames, shown, strict=True)):
        assert np.array_equal(frame.rgb, rgb)
        assert frame.time == pytest.approx(number / 25)
        assert frame.is_first == (number == 0)
        assert not frame.events


@pytest.mark.parametrize("loop", [False, True])
def test_conformance(tmp_path: Path, loop: bool) -> None:
    save(tmp_path, *(f"{number}.png" for number in range(12)))
    (tmp_path / "3.png").write_text("damaged")
    check_source(lambda: ImageFolder(tmp_path, loop=loop), frames=11)


def test_a_loop_starts_again(tmp_path: Path) -> None:
    shown = save(tmp_path, "1.png", "2.png", "3.png")
    with ImageFolder(tmp_path, loop=True) as source:
        assert source.length is None
        frames = list(islice(source, 8))
    assert [frame.index for frame in frames if frame.is_first] == [0, 3, 6]
    assert [[event.kind for event in frame.events] for frame in frames[2:5]] == [[], ["loop"], []]
    assert np.array_equal(frames[7].rgb, shown[1])
    assert frames[7].time == pytest.approx(7 / 25)


@given(numbers=st.lists(st.integers(0, 10**6), min_size=2, unique=True))
def test_numbers_are_ordered_by_value(numbers: list[int]) -> None:
    names = [Path(f"a{number}b") for number in numbers]
    assert sorted(names, key=natural_order) == [Path(f"a{number}b") for number in sorted(numbers)]


@given(
    names=st.lists(st.text(st.characters(exclude_characters="/\0"), min_size=1), min_size=2),
    chance=st.randoms(use_true_random=False),
)
def test_any_names_have_one_order(names: list[str], chance: Random) -> None:
    paths = [Path("folder", name) for name in names]
    ordered = sorted(paths, key=natural_order)
    chance.shuffle(paths)
    assert sorted(paths, key=natural_order) == ordered


def test_hidden_files_other_files_and_subfolders_are_passed_over(tmp_path: Path) -> None:
    save(tmp_path, "a.png", ".hidden.png", "inner/b.png")
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "folder.png").mkdir()
    assert names_in(tmp_path) == ["a.png"]


def test_glob_patterns(tmp_path: Path) -> None:
    save(tmp_path, "a/in2.png", "a/in10.png", "a/gt1.png", "b/in1.png", "a/.in3.png")
    (tmp_path / "a" / "in.txt").write_text("no image")
    assert names_in(tmp_path / "a" / "in*") == ["in2.png", "in10.png"]
    assert names_in(str(tmp_path / "**" / "in*.png")) == ["in2.png", "in10.png", "in1.png"]
    assert names_in(tmp_path / "a" / "in[0-9].png") == ["in2.png"]


def test_a_folder_whose_name_looks_like_a_pattern_is_a_folder(tmp_path: Path) -> None:
    save(tmp_path, "clip [1]/a.png")
    assert names_in(tmp_path / "clip [1]") == ["a.png"]


def test_every_extension_can_be_read(tmp_path: Path) -> None:
    for extension in EXTENSIONS:
        path = tmp_path / f"image{extension}"
        if extension == ".pgm":
            Image.fromarray(picture(3)).convert("L").save(path)
        else:
            Image.fromarray(picture(3)).save(path)
        assert only_frame(path).shape == (48, 64, 3)


def test_grey_becomes_three_equal_channels(tmp_path: Path) -> None:
    grey = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5
    Image.fromarray(grey).save(tmp_path / "a.png")
    assert np.array_equal(only_frame(tmp_path / "a.png"), np.stack([grey] * 3, axis=-1))


def test_black_and_white(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1").save(tmp_path / "a.png")
    assert only_frame(tmp_path / "a.png").tolist() == [[[0] * 3, [255] * 3]]


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.pgm"])
def test_sixteen_bits_are_scaled_to_eight(tmp_path: Path, name: str) -> None:
    levels = np.arange(0, 65536, 17, dtype=np.uint16).reshape(16, -1)
    if name == "a.pgm":
        header = f"P5 {levels.shape[1]} {levels.shape[0]} 65535\n".encode()
        (tmp_path / name).write_bytes(header + levels.astype(">u2").tobytes())
    else:
        Image.fromarray(levels).save(tmp_path / name)
    expected = np.round(levels / 257).astype(np.uint8)
    rgb = only_frame(tmp_path / name)
    assert np.array_equal(rgb, np.stack([expected] * 3, axis=-1))
    assert rgb.min() == 0
    assert rgb.max() == 255


def test_what_is_transparent_is_laid_over_black(tmp_path: Path) -> None:
    rgba = np.array([[[200, 100, 50, 255], [200, 100, 50, 0], [200, 100, 50, 128]]], np.uint8)
    expected = [[[200, 100, 50], [0, 0, 0], [100, 50, 25]]]
    Image.fromarray(rgba).save(tmp_path / "rgba.png")
    assert only_frame(tmp_path / "rgba.png") == pytest.approx(np.array(expected), abs=1)

    Image.fromarray(rgba[..., [0, 3]]).save(tmp_path / "la.png")
    grey = [[[200] * 3, [0] * 3, [100] * 3]]
    assert only_frame(tmp_path / "la.png") == pytest.approx(np.array(grey), abs=1)

    palette = Image.fromarray(np.array([[0, 1]], np.uint8)).convert("P")
    palette.putpalette([255, 0, 0, 0, 255, 0])
    palette.save(tmp_path / "p.png", transparency=1)
    assert only_frame(tmp_path / "p.png").tolist() == [[[255, 0, 0], [0, 0, 0]]]


def test_palette_and_cmyk(tmp_path: Path) -> None:
    Image.fromarray(picture(1)).quantize(8).save(tmp_path / "p.png")
    assert np.abs(only_frame(tmp_path / "p.png").astype(int) - picture(1)).mean() < 3
    Image.new("CMYK", (4, 4), (0, 255, 255, 0)).save(tmp_path / "c.tif")
    assert only_frame(tmp_path / "c.tif")[0, 0].tolist() == [255, 0, 0]


def test_a_turned_photograph_comes_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show it a quarter clockwise
    Image.fromarray(picture(5)).save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(only_frame(tmp_path / "a.png"), np.rot90(picture(5), -1))


def test_of_an_animation_the_first_picture(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:], lossless=True)
    assert only_frame(tmp_path / "a.webp")[0, 0].tolist() == [255, 0, 0]


def test_one_pixel_and_8k(tmp_path: Path) -> None:
    for height, width in ((1, 1), (4320, 7680)):
        Image.new("RGB", (width, height), (9, 8, 7)).save(tmp_path / "a.bmp")
        rgb = only_frame(tmp_path / "a.bmp")
        assert rgb.shape == (height, width, 3)
        assert rgb[-1, -1].tolist() == [9, 8, 7]


def test_an_image_too_large_for_memory_is_passed_over(tmp_path: Path) -> None:
    save(tmp_path, "a.bmp", "b.bmp")
    data = bytearray((tmp_path / "a.bmp").read_bytes())
    data[18:26] = struct.pack("<ii", 100_000, 100_000)
    (tmp_path / "a.bmp").write_bytes(data)
    with ImageFolder(tmp_path) as source:
        (frame,) = source
    assert [event.kind for event in frame.events] == ["decode_error"]
    assert "a.bmp" in frame.events[0].text
    assert "pixels" in frame.events[0].text


def test_an_unreadable_image_is_told_of_and_passed_over(tmp_path: Path) -> None:
    shown = save(tmp_path, "1.png", "2.png", "3.jpg", "4.png", "5.png", "6.png")
    (tmp_path / "2.png").write_bytes((tmp_path / "2.png").read_bytes()[:-60])
    (tmp_path / "3.jpg").write_text("no image")
    (tmp_path / "5.png").write_bytes(b"")
    with ImageFolder(tmp_path) as source:
        frames = list(source)
    assert [frame.index for frame in frames] == [0, 1, 2]
    for frame, number in zip(frames, (0, 3, 5), strict=True):
        assert np.array_equal(frame.rgb, shown[number])
    assert [[event.text.split()[0] for event in frame.events] for frame in frames] == [
        [],
        ["2.png", "3.jpg"],
        ["5.png"],
    ]
    assert {event.kind for frame in frames for event in frame.events} == {"decode_error"}


def test_mixed_sizes_are_told_of_at_each_change(tmp_path: Path) -> None:
    for number, (height, width) in enumerate([(8, 8), (8, 8), (4, 6), (4, 6), (8, 8)]):
        rgb = picture(0, height=height, width=width)
        Image.fromarray(rgb).save(tmp_path / f"{number}.png")
    with ImageFolder(tmp_path, loop=True) as source:
        frames = list(islice(source, 6))
    events = [(f.index, e.text) for f in frames for e in f.events if e.kind == "size_changed"]
    assert events == [(2, "from 8x8 to 6x4 at 2.png"), (4, "from 6x4 to 8x8 at 4.png")]


def test_a_folder_without_images(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(SourceError, match=r"expected .*\.jpg .*got 1 other") as caught:
        ImageFolder(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_a_folder_of_which_no_image_can_be_read(tmp_path: Path) -> None:
    for name in ("a.png", "b.jpg"):
        (tmp_path / name).write_text("no image")
    with (
        ImageFolder(tmp_path) as source,
        pytest.raises(SourceError, match=r"none of 2 \(the first: a\.png.*\.jpg") as caught,
    ):
        list(source)
    assert str(tmp_path) in str(caught.value)


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere.*no such file or folder"):
        ImageFolder(tmp_path / "nowhere")
    with pytest.raises(SourceError, match=r"\*\.png.*got 0"):
        ImageFolder(tmp_path / "*.png")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(mode=0)
    with pytest.raises(SourceError, match="Permission denied"):
        ImageFolder(folder)


def test_files_that_come_later_are_not_of_the_stream(tmp_path: Path) -> None:
    save(tmp_path, "1.png", "2.png")
    with ImageFolder(tmp_path) as source:
        save(tmp_path, "0.png")
        assert len(list(source)) == 2


def test_without_pillow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtraError, match=r"stream-ae\[images\]"):
        ImageFolder(".")


def test_a_data_set_gives_its_input_and_not_its_ground_truth(tmp_path: Path) -> None:
    (tmp_path / "input").mkdir()
    save(tmp_path, "ROI.bmp")
    save(tmp_path / "input", "in1.png", "in2.png")
    with ImageFolder(tmp_path) as source:
        assert len(list(source)) == 1  # nothing says that it is a data set
    (tmp_path / "groundtruth").mkdir()
    save(tmp_path / "groundtruth", "gt1.png", "gt2.png", "gt3.png")
    with ImageFolder(tmp_path) as source:
        assert len(list(source)) == 2


def test_an_empty_folder_is_not_a_missing_one(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="got 0"):
        ImageFolder(tmp_path)
