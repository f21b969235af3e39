"""One image file: all the pictures that it holds, each upright in RGB, and how long it is shown."""

import io
import math
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import numpy as np

from stream_ae.errors import MissingExtraError, SourceError, StreamAEError
from stream_ae.frame import Event, Rgb
from stream_ae.sources.door import door, free
from stream_ae.sources.image_formats import formats, is_heif
from stream_ae.sources.image_pixels import PillowImage, upright_rgb

_OF_SEVERAL = frozenset(("AVIF", "DCX", "GIF", "HEIF", "MPO", "PNG", "TIFF", "WEBP"))
"""Pillow's names of the formats whose pictures follow each other; those of others, such as an icon,
are sizes or layers of one picture."""

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_SCAN = 0xDA  # the mark of a JPEG's pixels
_OF_ONE = re.compile(rb"BM|P[1-6]\s")  # what BMP and PNM begin with

_EXIF = b"Exif"  # what its block begins with, or is called
_MOST_IN_A_ROW = 100
"""Pictures in a row that cannot be read before the rest of a file is given up: a damaged header may
promise thousands of millions."""

_SUBFILE_TYPE, _OLD_SUBFILE_TYPE = 254, 255  # TIFF: what a page is
_REDUCED_OR_MASK, _OLD_REDUCED = 0b101, 2
_PHOTOMETRIC, _WHITE_IS_ZERO = 262, 0
_BITS = 258  # TIFF: of each channel
_WITH_PREVIEWS = ("MPO", "TIFF")


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """One picture of a file.

    Args:
        rgb: (H, W, 3) uint8.
        milliseconds: how long it is shown; None where the file does not say.
        name: the file, and the number where it holds several.
    """

    rgb: Rgb
    milliseconds: float | None
    name: str


class _OpenImage(PillowImage, Protocol):
    """What is used of Pillow's ``ImageFile``."""

    format: str | None

    @property
    def size(self) -> tuple[int, int]: ...
    def load(self) -> object: ...
    def seek(self, frame: int) -> None: ...
    def close(self) -> None: ...


class _Several(Protocol):
    """What is used of Pillow's plugins beyond that."""

    n_frames: int
    default_image: bool  # PNG: the first picture is for programs that cannot show the animation
    tag_v2: Mapping[int, object]  # TIFF


def stills(path: Path) -> Iterator[Still | Event]:
    """Give every picture of an image file, and an event for each that cannot be read.

    Previews and masks beside a picture are none of their own. Where only what is written about the
    pixels (EXIF) is damaged, they are used.
    """
    try:
        with door(f"{path.name} cannot be read"):
            image = _open(path)
    except StreamAEError as error:
        yield _unreadable(error)
        return
    try:
        yield from _each(image, path.name)
    finally:
        free(path.name, lambda: image.close())


def count_stills(path: Path) -> int:
    """How many pictures an image file holds by its headers; what is damaged counts as one.

    The usual formats of one picture are told by their first bytes, whatever the file is called.
    """
    try:
        if _is_one(path):
            return 1
        with closing(_open(path)) as image:
            size = image.size
            try:
                numbers = _numbers(image)
            except Exception:  # noqa: BLE001 - the chain of pages is broken
                numbers = _findable(image)
            if image.format not in _WITH_PREVIEWS:
                return len(numbers)
            count = 0
            for number in numbers:
                image.seek(number)
                count += _is_picture(image, size)
    except Exception:  # noqa: BLE001 - reading it says what is wrong
        return 1
    return max(count, 1)


def _each(image: _OpenImage, file: str) -> Iterator[Still | Event]:
    lost: list[Event] = []
    try:
        with door(f"{file}: not all of its pictures can be found"):
            numbers = _numbers(image)
    except SourceError as error:
        numbers, lost = _findable(image), [_unreadable(error)]
    size, found, in_a_row = image.size, False, 0
    for number in numbers:
        name = file if len(numbers) == 1 else f"{file}, picture {number + 1}"
        try:
            with door(f"{name} cannot be read"):
                image.seek(number)
                if not _is_picture(image, size):
                    continue
                image.load()
                still = Still(_rgb(image), _milliseconds(image), name)
        except SourceError as error:
            yield _unreadable(error)
            in_a_row += 1
        else:
            yield still
            in_a_row = 0
        found = True
        if in_a_row == _MOST_IN_A_ROW:
            lost.append(
                Event("decode_error", f"{file}: {numbers[-1] - number} more were not tried")
            )
            break
    if not found:
        lost.append(Event("decode_error", f"{file} cannot be read: it holds only previews"))
    yield from lost


def _open(path: Path) -> _OpenImage:
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise MissingExtraError("Pillow", purpose="reading images", extra="images") from error
    known = formats()
    try:
        return Image.open(path, formats=known)
    except Exception as error:
        if isinstance(error, UnidentifiedImageError) and is_heif(path) and "HEIF" not in known:
            purpose = f"reading {path.name}"
            raise MissingExtraError("pillow-heif", purpose=purpose, extra="heif") from error
        content = path.read_bytes()
        if _EXIF not in content:
            raise
    # Some formats need sound EXIF to be opened: it is made unknown to them.
    return Image.open(io.BytesIO(content.replace(_EXIF, b"none")), formats=known)


def _numbers(image: _OpenImage) -> range:
    """Which pictures of a file follow each other; of other files the one there is."""
    if image.format not in _OF_SEVERAL:
        return range(1)
    several = cast(_Several, image)
    first = int(image.format == "PNG" and several.default_image)
    return range(first, max(several.n_frames, first + 1))


def _findable(image: _OpenImage) -> range:
    """The pictures up to one that cannot be found."""
    count = 1
    with suppress(Exception):
        while True:
            image.seek(count)
            count += 1
    return range(count)


def _is_picture(image: _OpenImage, size: tuple[int, int]) -> bool:
    """Whether the present picture is more than a preview or mask of another; its file's is size."""
    several = cast(_Several, image)
    if image.format == "TIFF":
        kind, old_kind = (several.tag_v2.get(tag) for tag in (_SUBFILE_TYPE, _OLD_SUBFILE_TYPE))
        reduced = isinstance(kind, int) and kind & _REDUCED_OR_MASK
        return not reduced and (kind is not None or old_kind != _OLD_REDUCED)
    return image.format != "MPO" or image.size == size


def _rgb(image: _OpenImage) -> Rgb:
    if image.format != "TIFF" or image.mode[0] not in "IF":
        return upright_rgb(image)
    # Pillow leaves 12 bits as they are, and turns 0 into black where a TIFF says that it is white,
    # but only with up to 8 bits.
    tags = cast(_Several, image).tag_v2
    rgb = upright_rgb(image, bits=12 if tags.get(_BITS) == (12,) else 16)
    return np.subtract(255, rgb) if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO else rgb


def _milliseconds(image: _OpenImage) -> float | None:
    stated = image.info.get("duration")
    return stated if isinstance(stated, int | float) and 0 < stated < math.inf else None


def _is_one(path: Path) -> bool:
    """Whether a PNG, JPEG, BMP or PNM says in its first bytes that it is one picture."""
    with path.open("rb") as file:
        head = file.read(len(_PNG))
        if head == _PNG:
            return not any(name == b"acTL" for name in _chunks(file))
        if head.startswith(_JPEG):
            return not any(name == b"MPF\0" for name in _segments(file))
        return _OF_ONE.match(head) is not None


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """The names of what a PNG holds before its pixels."""
    while len(head := file.read(8)) == 8 and head[4:] != b"IDAT":
        yield head[4:]
        file.seek(int.from_bytes(head[:4]) + 4, os.SEEK_CUR)  # and its checksum


def _segments(file: BinaryIO) -> Iterator[bytes]:
    """The first four bytes of each segment of a JPEG before its pixels."""
    file.seek(len(_JPEG))
    while len(head := file.read(8)) == 8 and head[0] == 0xFF and head[1] != _SCAN:
        yield head[4:]
        file.seek(max(int.from_bytes(head[2:4]), 2) - 6, os.SEEK_CUR)


def _unreadable(error: StreamAEError) -> Event:
    return Event("decode_error", str(error))
