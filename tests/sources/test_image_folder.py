import os
import struct
import sys
import warnings
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.conformance.sources import check_source
from tests.support.clips import picture, pictures

from stream_ae.errors import MissingExtraError, SourceError
from stream_ae.frame import Event
from stream_ae.sources.image_folder import ImageFolder


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


def test_a_folder_of_which_no_image_can_be_read(tmp_path: Path) -> None:
    for name in ("a.png", "b.jpg"):
        (tmp_path / name).write_text("no image")
    with (
        ImageFolder(tmp_path) as source,
        pytest.raises(SourceError, match=r"none of 2 \(the first: a\.png.*\.jpg") as caught,
    ):
        list(source)
    assert str(tmp_path) in str(caught.value)


def test_files_that_come_later_are_not_of_the_stream(tmp_path: Path) -> None:
    save(tmp_path, "1.png", "2.png")
    with ImageFolder(tmp_path) as source:
        save(tmp_path, "0.png")
        assert len(list(source)) == 2


def test_without_pillow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtraError, match=r"stream-ae\[images\]"):
        ImageFolder(".")


def test_animations_in_a_folder_are_all_their_pictures_in_their_time(tmp_path: Path) -> None:
    shown = pictures(5)
    Image.fromarray(shown[0]).save(tmp_path / "1.png")
    first, *rest = map(Image.fromarray, shown[1:4])
    first.save(tmp_path / "2.png", save_all=True, append_images=rest, duration=[100, 20, 300])
    Image.fromarray(shown[4]).save(tmp_path / "3.png")
    with ImageFolder(tmp_path) as source:
        assert source.length == 5
        frames = list(source)
    assert [frame.time for frame in frames] == [0.0, 0.04, 0.14, 0.16, 0.46]
    for frame, rgb in zip(frames, shown, strict=True):
        assert np.array_equal(frame.rgb, rgb)


@pytest.mark.parametrize("name", ["a.webp", "a.png", "a.gif", "a.tif"])
def test_an_animation_keeps_what_every_source_keeps(tmp_path: Path, name: str) -> None:
    first, *rest = map(Image.fromarray, pictures(12))
    first.save(tmp_path / name, save_all=True, append_images=rest, duration=70)
    check_source(lambda: ImageFolder(tmp_path / name), frames=12)


@settings(max_examples=40)
@given(
    kinds=st.lists(st.sampled_from(("good", "damaged", "animated", "other")), min_size=1),
    start=st.integers(0, 5),
)
def test_frames_and_errors_are_as_many_as_the_pictures(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[str], start: int
) -> None:
    folder = tmp_path_factory.mktemp("pictures")
    Image.new("RGB", (2, 2)).save(folder / "0.png")
    for number, kind in enumerate(kinds, 1):
        first, second = (Image.new("RGB", (2, 2), (number, level, 0)) for level in (1, 2))
        path = folder / f"{number}.png"
        first.save(path, save_all=True, append_images=[second] if kind == "animated" else [])
        if kind == "damaged":
            path.write_bytes(path.read_bytes()[:40])
        if kind == "other":
            path.rename(folder / f"{number}.txt").write_text("no image")
    told: list[Event] = []
    with ImageFolder(folder) as source:
        frames = list(source.frames(on_event=told.append))
        resumed = list(source.frames(start=min(start, len(frames) - 1)))
    told += [event for frame in frames for event in frame.events]
    errors = [event for event in told if event.kind == "decode_error"]
    others = [event for event in told if event.kind == "passed_over"]
    assert len(frames) == 1 + kinds.count("good") + 2 * kinds.count("animated")
    assert len(errors) == kinds.count("damaged")
    assert source.length == len(frames) + len(errors)
    assert [event.text.split()[2] for event in others] == [
        str(count) for count in [kinds.count("other")] if count
    ]
    assert [frame.index for frame in resumed] == list(range(len(frames)))[-len(resumed) :]
    assert np.array_equal(resumed[-1].rgb, frames[-1].rgb)


def test_what_is_no_image_is_told_of_once_and_first(tmp_path: Path) -> None:
    save(tmp_path, "1.png", "2.png")
    (tmp_path / "notes.txt").write_text("no image")
    with ImageFolder(tmp_path, loop=True) as source:
        kinds = [[event.kind for event in frame.events] for frame in islice(source, 5)]
        resumed = next(source.frames(start=1))
    assert kinds == [["passed_over"], [], ["loop"], [], ["loop"]]
    assert resumed.events == ()


def test_an_animation_that_starts_again_shows_its_last_picture_to_its_end(tmp_path: Path) -> None:
    first, *rest = map(Image.fromarray, pictures(3))
    first.save(tmp_path / "a.png", save_all=True, append_images=rest, duration=[100, 20, 300])
    with ImageFolder(tmp_path / "a.png", loop=True) as source:
        times = [frame.time for frame in islice(source, 7)]
        resumed = next(source.frames(start=4))
    assert times == pytest.approx([0, 0.1, 0.12, 0.42, 0.52, 0.54, 0.84])
    assert resumed.time == times[4]


def test_what_pillow_warns_of_is_read_without_a_word(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 3, "maker and model"
    Image.fromarray(picture(0)).save(tmp_path / "a.jpg", exif=exif)
    with ImageFolder(tmp_path) as source:
        (undamaged,) = source
    data = (tmp_path / "a.jpg").read_bytes().replace(b"\0\0\0\x10", b"\xff\xff\xff\xff", 1)
    (tmp_path / "a.jpg").write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="larger than"):
            Image.open(tmp_path / "a.jpg")
    with ImageFolder(tmp_path) as source:
        (frame,) = source
    assert np.array_equal(frame.rgb, undamaged.rgb)


def test_suffixes_of_all_kinds_and_none(tmp_path: Path) -> None:
    names = {"a1.jpg": "JPEG", "a2.avif": "AVIF", "a3.jfif": "JPEG", "a4.JPG": "JPEG"}
    names |= {"a5.jp2": "JPEG2000", "a6.jpe": "JPEG", "a7.tga": "TGA", "a8": "PNG", "a9.x": "WEBP"}
    names |= {"a10.heic": "HEIF", "a11.qoi": "QOI", "a12.dib": "DIB", "a13.pfm": "PPM"}
    for number, (name, kind) in enumerate(names.items()):
        image = Image.new("RGB", (64, 48), (15 * number, 0, 0))
        if kind == "PPM":
            image = Image.fromarray(np.full((48, 64), 0.2, np.float32))
        image.save(tmp_path / name, kind)
    with ImageFolder(tmp_path) as source:
        reds = [int(frame.rgb[20, 20, 0]) for frame in source]
    assert reds == pytest.approx([*range(0, 180, 15), 51], abs=3)


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    save(tmp_path, name)
    (tmp_path / os.fsdecode(b"\xe8.png")).write_text("damaged")
    told: list[Event] = []
    with ImageFolder(tmp_path) as source:
        (frame,) = source.frames(on_event=told.append)
    assert np.array_equal(frame.rgb, picture(0))
    assert [event.text.split()[0] for event in told] == ["\udce8.png"]


@pytest.mark.slow
def test_a_folder_of_many_files_is_listed_without_opening_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20_000):
        (tmp_path / f"{number}.jpg").touch()

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("opened")

    monkeypatch.setattr(Image, "open", fail)
    with ImageFolder(tmp_path) as source:
        assert source.length == 20_000
