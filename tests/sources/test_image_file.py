import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from PIL.TiffImagePlugin import AppendingTiffWriter, TiffImageFile
from tests.support.clips import picture, pictures

from stream_ae.frame import Event
from stream_ae.sources import image_file
from stream_ae.sources.image_file import Still, count_stills, stills
from stream_ae.sources.image_formats import formats

Rgb = npt.NDArray[np.uint8]
ANIMATED = ["a.gif", "a.apng", "a.png", "a.webp", "a.avif", "a.tif", "a.mpo", "a.heic"]
EXACT = ["a.apng", "a.png", "a.webp", "a.tif"]
PNG = b"\x89PNG\r\n\x1a\n"
TIMED = ["a.gif", "a.apng", "a.webp", "a.avif"]


def write(image: Image.Image, path: Path, **words: Any) -> None:
    """Pillow, with words that its types do not know."""
    image.save(path, **words)


def save_all(path: Path, shown: list[Rgb], durations: list[int] | None = None) -> None:
    first, *rest = map(Image.fromarray, shown)
    words: dict[str, object] = {"lossless": path.suffix == ".webp"}
    if durations:
        words["duration"] = durations
    write(first, path, save_all=True, append_images=rest, **words)


def good(path: Path) -> list[Still]:
    found = list(stills(path))
    assert [still for still in found if isinstance(still, Event)] == []
    return [still for still in found if isinstance(still, Still)]


def errors(path: Path) -> list[str]:
    events = [event for event in stills(path) if isinstance(event, Event)]
    assert all(event.kind == "decode_error" for event in events)
    return [event.text for event in events]


@pytest.mark.parametrize("name", ANIMATED)
def test_a_file_is_as_many_pictures_as_it_holds(tmp_path: Path, name: str) -> None:
    shown = pictures(3)
    save_all(tmp_path / name, shown)
    found = good(tmp_path / name)
    assert count_stills(tmp_path / name) == len(found) == 3
    for number, (still, rgb) in enumerate(zip(found, shown, strict=True)):
        assert still.rgb.shape == rgb.shape
        assert np.abs(still.rgb.astype(int) - rgb).mean() < (0.1 if name in EXACT else 8)
        assert still.name == f"{name}, picture {number + 1}"
        assert still.rgb.flags.writeable
        assert still.rgb.flags.c_contiguous


@pytest.mark.parametrize("name", TIMED)
def test_each_picture_is_shown_for_as_long_as_the_file_says(tmp_path: Path, name: str) -> None:
    save_all(tmp_path / name, pictures(4), [30, 500, 70, 1200])
    assert [still.milliseconds for still in good(tmp_path / name)] == [30, 500, 70, 1200]


def test_where_no_duration_is_stated_there_is_none(tmp_path: Path) -> None:
    save_all(tmp_path / "a.gif", pictures(2), [0, 0])
    save_all(tmp_path / "a.tif", pictures(2))
    for name in ("a.gif", "a.tif"):
        assert [still.milliseconds for still in good(tmp_path / name)] == [None, None]


def moving_square(disposal: int) -> list[Image.Image]:
    shown = []
    for left in (0, 8, 16):
        image = Image.new("RGBA", (32, 16), (200, 50, 50, 0))
        ImageDraw.Draw(image).rectangle((left, 4, left + 7, 11), fill=(0, 255, 0, 255))
        image.info["disposal"] = disposal
        shown.append(image)
    return shown


@pytest.mark.parametrize("name", ["a.gif", "a.apng", "a.webp", "a.avif"])
def test_what_is_transparent_in_an_animation_is_black(tmp_path: Path, name: str) -> None:
    first, *rest = moving_square(2)
    more = {"disposal": 2} if name == "a.gif" else {}
    if name == "a.apng":
        more = {"disposal": 1}
    first.save(
        tmp_path / name,
        format={"a.apng": "PNG"}.get(name),
        save_all=True,
        append_images=rest,
        **more,
    )
    for left, still in zip((0, 8, 16), good(tmp_path / name), strict=True):
        assert still.rgb[8, left + 3].tolist() == pytest.approx([0, 255, 0], abs=4)
        others = [x for x in (3, 11, 19, 28) if x != left + 3]
        assert still.rgb[8, others].max() < 12, "neither the hidden colour nor what was before"


def test_the_picture_for_those_who_cannot_animate_is_none_of_the_animation(tmp_path: Path) -> None:
    first, *rest = map(Image.fromarray, pictures(4))
    first.save(tmp_path / "a.png", save_all=True, default_image=True, append_images=rest)
    found = good(tmp_path / "a.png")
    assert count_stills(tmp_path / "a.png") == 3
    for still, rgb in zip(found, pictures(4)[1:], strict=True):
        assert np.array_equal(still.rgb, rgb)


def multipage(path: Path, kinds: list[int | None], shown: list[Rgb]) -> None:
    """A TIFF of pages of the given kinds, joined by hand as Pillow writes one kind only."""
    with AppendingTiffWriter(str(path), True) as writer:
        for kind, rgb in zip(kinds, shown, strict=True):
            Image.fromarray(rgb).save(writer, "TIFF", tiffinfo={} if kind is None else {254: kind})
            writer.newFrame()


def test_previews_and_masks_in_a_tiff_are_no_pictures(tmp_path: Path) -> None:
    shown = pictures(6)
    multipage(tmp_path / "a.tif", [None, 1, 2, 0, 4, 3], shown)
    found = good(tmp_path / "a.tif")
    assert count_stills(tmp_path / "a.tif") == 3
    for still, number in zip(found, (0, 2, 3), strict=True):
        assert np.array_equal(still.rgb, shown[number])


def test_previews_marked_in_the_old_way(tmp_path: Path) -> None:
    shown = pictures(3)
    with AppendingTiffWriter(str(tmp_path / "a.tif"), True) as writer:
        for kind, rgb in zip((1, 2, 3), shown, strict=True):
            Image.fromarray(rgb).save(writer, "TIFF", tiffinfo={255: kind})
            writer.newFrame()
    first, third = good(tmp_path / "a.tif")
    assert np.array_equal(first.rgb, shown[0])
    assert np.array_equal(third.rgb, shown[2])


def tiff(levels: npt.NDArray[np.generic], photometric: int) -> bytes:
    """A TIFF of one grey strip, little endian."""
    bits, kind = levels.itemsize * 8, {"u": 1, "f": 3}[levels.dtype.kind]
    height, width = levels.shape
    tags = [(256, width), (257, height), (258, bits), (259, 1), (262, photometric)]
    tags += [(273, 134), (277, 1), (278, height), (279, levels.nbytes), (339, kind)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    ifd = struct.pack("<H", len(tags)) + entries + bytes(4)
    return (b"II*\0" + struct.pack("<I", 8) + ifd).ljust(134, b"\0") + levels.tobytes()


@pytest.mark.parametrize("dtype", ["u1", "<u2", "<f4"])
def test_white_may_be_zero(tmp_path: Path, dtype: str) -> None:
    scale = {"u1": 1, "<u2": 257, "<f4": 1 / 255}[dtype]
    levels = (np.array([[0, 51, 255]]) * scale).astype(dtype)
    for photometric, expected in ((1, [0, 51, 255]), (0, [255, 204, 0])):
        (tmp_path / "a.tif").write_bytes(tiff(levels, photometric))
        (still,) = good(tmp_path / "a.tif")
        assert still.rgb[0, :, 0].tolist() == expected


def test_a_raw_photograph_is_not_its_preview(tmp_path: Path) -> None:
    multipage(tmp_path / "a.dng", [1], pictures(1))
    assert errors(tmp_path / "a.dng") == ["a.dng cannot be read: it holds only previews"]
    assert count_stills(tmp_path / "a.dng") == 1


def test_pages_may_have_sizes_and_orientations_of_their_own(tmp_path: Path) -> None:
    shown = [picture(0), picture(1, height=20, width=30), picture(2)]
    with AppendingTiffWriter(str(tmp_path / "a.tif"), True) as writer:
        for orientation, rgb in zip((1, 6, 3), shown, strict=True):
            Image.fromarray(rgb).save(writer, "TIFF", tiffinfo={274: orientation})
            writer.newFrame()
    upright = [shown[0], np.rot90(shown[1], -1), shown[2][::-1, ::-1]]
    for still, rgb in zip(good(tmp_path / "a.tif"), upright, strict=True):
        assert np.array_equal(still.rgb, rgb)


def test_a_small_preview_in_a_photograph_is_no_picture(tmp_path: Path) -> None:
    first, preview = Image.fromarray(picture(0)), Image.fromarray(picture(1, height=12, width=16))
    for name in ("a.mpo", "a.jpg"):
        first.save(tmp_path / name, "MPO", save_all=True, append_images=[preview])
        assert [still.rgb.shape for still in good(tmp_path / name)] == [(48, 64, 3)]


@pytest.mark.parametrize("name", ["a.ico", "a.icns"])
def test_the_sizes_of_an_icon_are_one_picture(tmp_path: Path, name: str) -> None:
    Image.fromarray(picture(0)).resize((256, 256)).save(tmp_path / name)
    assert len(good(tmp_path / name)) == 1
    assert count_stills(tmp_path / name) == 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tif", "a.jpg", "a.avif", "a.heic"])
def test_every_orientation_in_every_format(tmp_path: Path, name: str, orientation: int) -> None:
    rgb = np.zeros((32, 48, 3), np.uint8)
    rgb[:16, :24], rgb[:16, 24:], rgb[16:, :24] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    exif = Image.Exif()
    exif[0x0112] = orientation
    write(Image.fromarray(rgb), tmp_path / name, exif=exif.tobytes(), lossless=name == "a.webp")
    (still,) = good(tmp_path / name)
    upright = rgb if orientation < 5 else rgb.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        upright = upright[::-1]
    if orientation in (2, 3, 6, 7):
        upright = upright[:, ::-1]
    assert still.rgb.shape == upright.shape
    assert np.abs(still.rgb.astype(int) - upright).mean() < 6


def jpeg_with_exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0132] = 6, "maker", "2024:12:13 17:04:29"
    exif.get_ifd(0x8769)[0x9000] = b"0220"
    exif.get_ifd(0x8769)[0x829A] = 0.1
    buffer = io.BytesIO()
    Image.fromarray(picture(2)).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


JPEG = jpeg_with_exif()
EXIF = range(JPEG.index(b"Exif"), JPEG.index(b"\xff\xdb"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@settings(max_examples=150)
@given(position=st.sampled_from(EXIF), value=st.integers(0, 255))
def test_one_damaged_byte_of_exif_leaves_the_picture(
    tmp_path_factory: pytest.TempPathFactory, position: int, value: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "photo.jpg"
    path.write_bytes(JPEG[:position] + bytes([value]) + JPEG[position + 1 :])
    (still,) = good(path)
    assert sorted(still.rgb.shape) == [3, 48, 64]


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("name", ["a.avif", "a.jpg", "a.png", "a.webp", "a.tif", "a.heic"])
def test_exif_that_is_nothing_leaves_the_picture(tmp_path: Path, name: str) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "maker"
    good_exif, header = exif.tobytes(), exif.tobytes()[6:14]
    # A PNG has a checksum of it: there it is damaged before it is written.
    written = good_exif.replace(header, b"damaged!") if name == "a.png" else good_exif
    write(Image.fromarray(picture(2)), tmp_path / name, exif=written, quality=95)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content.replace(header, b"damaged!"))
    (still,) = good(tmp_path / name)
    turned = name in ("a.avif", "a.heic", "a.tif")  # which say so elsewhere, too
    upright = np.rot90(picture(2), -1) if turned else picture(2)
    assert still.rgb.shape == upright.shape
    assert np.abs(still.rgb.astype(int) - upright).mean() < 8


def whole_files() -> dict[str, bytes]:
    files = {}
    formats()  # or Pillow does not know HEIF
    for name in ANIMATED:
        buffer = io.BytesIO()
        first, *rest = map(Image.fromarray, pictures(2))
        kind = {"a.apng": "PNG", "a.tif": "TIFF", "a.heic": "HEIF"}.get(name, name[2:].upper())
        first.save(buffer, kind, save_all=True, append_images=rest)
        files[name] = buffer.getvalue()
    return files


FILES = whole_files()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:::PIL")
@settings(max_examples=300)
@given(
    name=st.sampled_from(ANIMATED),
    where=st.floats(0, 1, exclude_max=True),
    damage=st.binary(min_size=0, max_size=4),
    cut=st.booleans(),
)
def test_a_damaged_file_gives_pictures_and_events_and_raises_nothing(
    tmp_path_factory: pytest.TempPathFactory, name: str, where: float, damage: bytes, cut: bool
) -> None:
    whole = FILES[name]
    position = int(where * len(whole))
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(
        whole[:position] if cut else whole[:position] + damage + whole[position + len(damage) :]
    )
    found = list(stills(path))
    assert found, "a file that is an image is never passed over without a word"
    for item in found:
        if isinstance(item, Event):
            assert item.kind == "decode_error"
            assert name in item.text
            assert "\n" not in item.text
        else:
            assert item.rgb.dtype == np.uint8


@pytest.mark.parametrize("name", ["a.apng", "a.webp", "a.avif"])
def test_every_picture_that_a_file_promises_is_given_or_told_of(tmp_path: Path, name: str) -> None:
    buffer = io.BytesIO()
    first, *rest = map(Image.fromarray, pictures(6))
    first.save(buffer, {"a.apng": "PNG"}.get(name, name[2:]), save_all=True, append_images=rest)
    (tmp_path / name).write_bytes(buffer.getvalue()[: len(buffer.getvalue()) * 2 // 3])
    found = list(stills(tmp_path / name))
    told = [item for item in found if isinstance(item, Event)]
    assert told
    assert len(found) == count_stills(tmp_path / name)


ERRORS = (AttributeError, KeyError, MemoryError, OSError, RuntimeError, TypeError, SyntaxError)


@pytest.mark.parametrize(
    "error", [*ERRORS, EOFError, ZeroDivisionError, Image.DecompressionBombError]
)
@pytest.mark.parametrize("method", ["open", "seek", "load", "convert"])
def test_whatever_pillow_raises_is_told_of_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception], method: str
) -> None:
    Image.fromarray(picture(0)).convert("CMYK").save(tmp_path / "a.tif")

    def fail(*_: object, **__: object) -> None:
        raise error("at\nonce")

    if method == "open":
        monkeypatch.setattr(Image, "open", fail)
    else:
        monkeypatch.setattr(TiffImageFile, method, fail)
    (text,) = errors(tmp_path / "a.tif")
    assert text.startswith("a.tif cannot be read")
    assert error.__name__ in text
    assert "\n" not in text


def test_a_file_that_promises_more_than_anyone_can_wait_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_all(tmp_path / "a.tif", pictures(3))
    monkeypatch.setattr(TiffImageFile, "n_frames", 2**31)
    *found, told = stills(tmp_path / "a.tif")
    assert [type(item) for item in found] == [Still] * 3 + [Event] * 100
    assert isinstance(told, Event)
    assert told.text == f"a.tif: {2**31 - 103} more were not tried"


def test_pages_are_read_up_to_one_that_cannot_be_found(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    shown = pictures(5)
    first, *rest = map(Image.fromarray, shown)
    write(first, path, save_all=True, append_images=rest, compression="tiff_lzw")
    path.write_bytes(path.read_bytes()[:-200])  # what describes the last page is at the end
    *found, told = stills(path)
    assert [still.name for still in found if isinstance(still, Still)] == [
        f"a.tif, picture {number}" for number in range(1, 5)
    ]
    for still, rgb in zip(found, shown, strict=False):
        assert isinstance(still, Still)
        assert np.array_equal(still.rgb, rgb)
    assert isinstance(told, Event)
    assert "not all of its pictures can be found" in told.text
    assert count_stills(path) == 4


def test_heif_without_its_reader_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.fromarray(picture(0)).save(tmp_path / "a.heic", "HEIF")
    without = tuple(name for name in formats() if name != "HEIF")
    monkeypatch.setattr(image_file, "formats", lambda: without)
    (text,) = errors(tmp_path / "a.heic")
    assert text == (
        "reading a.heic needs pillow-heif, which is not installed; pip install 'stream-ae[heif]'"
    )


def test_a_grid_of_tiles_is_one_picture(tmp_path: Path) -> None:
    rgb = picture(0, height=200, width=300)
    write(Image.fromarray(rgb), tmp_path / "a.heic", tile_size=128, quality=95)
    assert b"grid" in (tmp_path / "a.heic").read_bytes()
    (still,) = good(tmp_path / "a.heic")
    assert np.abs(still.rgb.astype(int) - rgb).mean() < 8


@pytest.mark.parametrize("name", ["a.jpg", "a.bmp", "a.png", "a.ppm", "a.pgm", "a.pbm"])
def test_the_usual_files_of_one_picture_are_not_opened_for_counting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    image = Image.fromarray(picture(0)).convert("1" if name == "a.pbm" else "RGB")
    write(image, tmp_path / name, dpi=(300, 300), icc_profile=bytes(70_000))

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("opened")

    monkeypatch.setattr(image_file, "_open", fail)
    assert image_file._is_one(tmp_path / name)
    assert count_stills(tmp_path / name) == 1


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".dat", ""])
@pytest.mark.parametrize("name", ANIMATED)
def test_pictures_are_counted_whatever_the_file_is_called(
    tmp_path: Path, name: str, suffix: str
) -> None:
    save_all(tmp_path / name, pictures(3))
    path = (tmp_path / name).rename(tmp_path / f"a file{suffix}")
    assert count_stills(path) == len(good(path)) == 3


def test_an_animation_with_much_written_before_it_is_counted(tmp_path: Path) -> None:
    first, *rest = map(Image.fromarray, pictures(3))
    profile = np.random.default_rng(0).bytes(20_000)
    write(first, tmp_path / "a.png", save_all=True, append_images=rest, icc_profile=profile)
    assert count_stills(tmp_path / "a.png") == 3


@given(
    data=st.binary(max_size=60), start=st.sampled_from([b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"P5"])
)
def test_whatever_a_damaged_file_holds_it_counts_as_one(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, start: bytes
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "a.jpg"
    path.write_bytes(start + data)
    assert count_stills(path) == 1


def test_what_is_not_there_counts_as_one(tmp_path: Path) -> None:
    assert count_stills(tmp_path / "not there.gif") == 1


def test_twelve_bits_are_scaled_in_full(tmp_path: Path) -> None:
    levels = np.linspace(0, 4095, 16).round().astype(int)
    bits = "".join(f"{level:012b}" for level in levels)
    data = int(bits, 2).to_bytes(24)
    tags = {256: 16, 257: 1, 258: 12, 259: 1, 262: 1, 273: 8, 277: 1, 278: 1, 279: 24}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    ends = (struct.pack("<I", 8 + len(data)), struct.pack("<H", len(tags)))
    path = tmp_path / "a.tif"
    path.write_bytes(b"II*\0" + ends[0] + data + ends[1] + entries + bytes(4))
    (still,) = good(path)
    assert still.rgb[0, :, 0].tolist() == np.rint(levels / 4095 * 255).tolist()
