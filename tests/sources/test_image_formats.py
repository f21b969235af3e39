import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.support.clips import picture, pictures, write_clip

from stream_ae.sources import image_formats
from stream_ae.sources.image_formats import EXTENSIONS, NO_IMAGES, formats, is_heif, is_image

SIGNED = [
    "AVIF",
    "BMP",
    "DDS",
    "GIF",
    "ICNS",
    "ICO",
    "JPEG",
    "JPEG2000",
    "MPO",
    "PCX",
    "PNG",
    "PPM",
    "SGI",
    "TIFF",
    "WEBP",
    "XBM",
]


def test_the_usual_suffixes_are_those_of_formats_that_are_read() -> None:
    read = set(formats()) | {"MPO"}  # which comes as JPEG
    known = {suffix for suffix, name in Image.registered_extensions().items() if name in read}
    assert known >= EXTENSIONS
    assert known - EXTENSIONS == {
        *(".bw", ".rgb", ".rgba", ".fit", ".msp", ".ras", ".gbr", ".blp", ".ftc", ".ftu", ".im"),
        *(".icb", ".vda", ".vst", ".pxr"),
    }, "what others use, too, is looked into"


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("suffix", ["", ".dat", ".JPG2"])
def test_an_image_is_known_by_its_content(tmp_path: Path, name: str, suffix: str) -> None:
    image = Image.fromarray(picture(0)).resize((32, 32))
    image = image.convert("1") if name == "XBM" else image
    image.save(tmp_path / f"image{suffix}", name)
    assert is_image(tmp_path / f"image{suffix}")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no image",
        b"Python notes\n",
        b"P1 was the first to speak.\n",
        b"#define WIDTH 64\n#include <stdio.h>\n",
        b"BM is short for Benchmark, and this is a text about it.",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),  # Thumbs.db
        b"%PDF-1.7\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n",
        b"\x89HDF\r\n\x1a\n" + bytes(500),
        b"PK\x03\x04" + bytes(500),
        b"\x93NUMPY\x01\x00v\x00{'descr': '|u1', 'fortran_order': False, 'shape': (9,)}",
        bytes(1000),
    ],
)
def test_what_is_no_image(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert not is_image(tmp_path / "file")


def test_a_video_is_no_image(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.mkv", "a.avi", "a.ts"):
        write_clip(tmp_path / name, pictures(2))
        assert not is_image(tmp_path / name)
    jpeg = io.BytesIO()
    Image.fromarray(picture(0)).save(jpeg, "JPEG")
    (tmp_path / "camera.mjpeg").write_bytes(3 * jpeg.getvalue())
    assert not is_image(tmp_path / "camera.mjpeg"), "a video that begins like an image"


def test_a_usual_suffix_needs_no_look_into_the_file(tmp_path: Path) -> None:
    assert is_image(tmp_path / "not there.JPG")
    assert not is_image(tmp_path / "not there")
    assert not is_image(tmp_path)


def test_what_often_lies_beside_images_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for suffix in NO_IMAGES:
        Image.fromarray(picture(0)).save(tmp_path / f"a{suffix}", "PNG")

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("opened")

    monkeypatch.setattr(Image, "open", fail)
    assert not any(is_image(path) for path in tmp_path.iterdir())
    assert not NO_IMAGES & EXTENSIONS


def test_what_breaks_while_it_is_identified_is_an_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"anything")

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("resolution")

    monkeypatch.setattr(Image, "open", fail)
    assert is_image(tmp_path / "file"), "so that it is counted as one that cannot be read"


def test_without_pillow_the_suffix_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(picture(0)).save(tmp_path / "image", "PNG")
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert is_image(tmp_path / "image.png")
    assert not is_image(tmp_path / "image")


def test_heif_is_known_with_and_without_its_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = Image.fromarray(picture(0))
    assert "HEIF" in formats()
    image.save(tmp_path / "photo", "HEIF")
    image.save(tmp_path / "other", "AVIF")
    assert is_image(tmp_path / "photo")
    assert is_heif(tmp_path / "photo")
    assert not is_heif(tmp_path / "other")
    without = tuple(name for name in formats() if name != "HEIF")
    monkeypatch.setattr(image_formats, "formats", lambda: without)
    assert is_image(tmp_path / "photo")


def test_without_the_reader_of_heif_the_others_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with_it = formats()
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.setattr(Image, "OPEN", {n: v for n, v in Image.OPEN.items() if n != "HEIF"})
    image_formats._register_heif.cache_clear()
    assert set(with_it) - set(formats()) == {"HEIF"}
    image_formats._register_heif.cache_clear()


def test_pixels_of_a_suffixless_image(tmp_path: Path) -> None:
    Image.fromarray(picture(3)).save(tmp_path / "image", "PNG")
    with Image.open(tmp_path / "image", formats=formats()) as image:
        assert np.array_equal(np.asarray(image), picture(3))
