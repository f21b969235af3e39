"""A folder of images, or a glob pattern, as a stream in natural order."""

import glob
import re
import struct
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from stream_ae.errors import MissingExtraError, SourceError
from stream_ae.frame import Event, Rgb
from stream_ae.sources.recorded import Picture, Recording

EXTENSIONS = frozenset(
    (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp")
)
"""What is taken for an image, in small or capital letters."""

NOMINAL_FPS = 25.0
"""Images have no times of their own; they are taken to be this many a second."""

_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, LookupError, struct.error, zlib.error)


class ImageFolder(Recording):
    """Images as (H, W, 3) uint8, ``frame2`` before ``frame10``, each in its own size.

    They come upright (EXIF); grey as three equal channels, 16 bits scaled to 8, what is transparent
    over black, of an animation the first picture. Hidden files and subfolders are skipped. An
    image that cannot be read is reported with the next frame (``decode_error``). Files are listed
    once, by the constructor.

    Args:
        pattern: a folder (of a data set with ``input`` and ``groundtruth`` in it, its ``input``),
            a glob pattern (``**`` for any depth), or one image.
        loop: start again at the end, for ever.

    Raises:
        SourceError: there is no such folder, or no image in it.
        MissingExtraError: Pillow is not installed.
    """

    def __init__(self, pattern: str | Path, *, loop: bool = False) -> None:
        try:
            from PIL import Image, ImageOps
        except ImportError as error:
            raise MissingExtraError("Pillow", purpose="reading images", extra="images") from error
        self._image, self._image_ops = Image, ImageOps
        self._files = _find(str(pattern))
        super().__init__(
            str(pattern),
            loop=loop,
            length=len(self._files),
            fps=NOMINAL_FPS,
            advice=f"readable are {_extensions()}",
        )

    def pictures(self) -> Iterator[Picture | Event]:
        """Give one pass, from the first image to the last."""
        shown = 0
        for path in self._files:
            try:
                rgb = self._load(path)
            except (*_UNREADABLE, self._image.DecompressionBombError) as error:
                yield Event("decode_error", f"{path.name} cannot be read: {error}")
                continue
            yield Picture(partial(np.asarray, rgb), rgb.shape[:2], shown / NOMINAL_FPS, path.name)
            shown += 1

    def _load(self, path: Path) -> Rgb:
        with self._image.open(path) as image:
            self._image_ops.exif_transpose(image, in_place=True)
            if image.mode.startswith("I"):  # 16 bits of grey: Pillow's own conversion clips
                grey = np.clip(np.asarray(image), 0, 65535).astype(np.uint32)
                return np.repeat(((grey + 128) // 257).astype(np.uint8)[..., None], 3, axis=2)
            if image.has_transparency_data:
                background = self._image.new("RGBA", image.size, "black")
                return np.array(
                    self._image.alpha_composite(background, image.convert("RGBA")).convert("RGB")
                )
            return np.array(image.convert("RGB"))


def natural_order(path: Path) -> tuple[list[str | int], str]:
    """A sort key: numbers by value, letters without regard to case.

    >>> sorted(map(Path, ("Frame10.png", "frame2.png", "frame1.png")), key=natural_order)[1].name
    'frame2.png'
    """
    parts = re.split(r"(\d+)", str(path).casefold())  # text and digits in turn
    return [int(part) if part.isdecimal() else part for part in parts], str(path)


def _frames_of(folder: Path) -> Path:
    """The folder itself, or ``input`` in it where ``groundtruth`` lies beside that.

    So are the data sets for change detection laid out (changedetection.net).
    """
    known = all((folder / name).is_dir() for name in ("input", "groundtruth"))
    return folder / "input" if known else folder


def _find(pattern: str) -> list[Path]:
    """The images that a folder, a glob pattern or a path names, in natural order."""
    path = Path(pattern)
    try:
        if path.is_dir():
            found = list(_frames_of(path).iterdir())
        elif path.exists():
            found = [path]
        else:
            names = glob.glob(pattern, recursive=True)  # noqa: PTH207 - the pattern may be absolute
            found = [Path(name) for name in names]
    except OSError as error:
        raise SourceError(f"cannot open {pattern!r}: {error.strerror}; may you read it?") from error
    if not found and not path.exists() and not re.search(r"[*?[]", pattern):
        raise SourceError(f"cannot open {pattern!r}: no such file or folder; is the path right?")
    images = [
        file
        for file in found
        if file.suffix.lower() in EXTENSIONS and file.name[0] != "." and file.is_file()
    ]
    if not images:
        raise SourceError(
            f"no image in {pattern!r}: expected {_extensions()}, got {len(found)} other entries;"
            " subfolders are not read, name one or a pattern like 'FOLDER/**/*.png'"
        )
    return sorted(images, key=natural_order)


def _extensions() -> str:
    return " ".join(sorted(EXTENSIONS))
