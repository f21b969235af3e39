"""Which images a folder, a glob pattern or a path names, and in which order."""

import glob
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from stream_ae.errors import SourceError
from stream_ae.frame import Event
from stream_ae.settings.addresses import is_pattern
from stream_ae.sources.image_formats import EXTENSIONS, is_image

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found.

    Args:
        images: in natural order.
        others: names of files that are no images, and of subfolders, in natural order.
    """

    images: tuple[Path, ...]
    others: tuple[str, ...]

    def passed_over(self) -> tuple[Event, ...]:
        """What is told of the files that are not read; nothing where there are none."""
        if not self.others:
            return ()
        more = ", …" if len(self.others) > _MOST_NAMED else ""
        names = ", ".join(self.others[:_MOST_NAMED]) + more
        return (
            Event("passed_over", f"passed over {len(self.others)} that are no images: {names}"),
        )


def find_images(pattern: str) -> Listing:
    """List the images that a folder, a glob pattern or a path names.

    Hidden files are left out. Of a data set with ``input`` and ``groundtruth`` in it, as those for
    change detection are laid out (changedetection.net), its ``input`` is listed.

    Raises:
        SourceError: there is no such folder, it may not be read, or no image is in it.
    """
    path = Path(pattern)
    is_folder = False
    try:
        is_folder = path.is_dir()
        if is_folder:
            found = list(_frames_of(path).iterdir())
        elif path.exists():
            found = [path]
        else:
            names = glob.glob(pattern, recursive=True)  # noqa: PTH207 - the pattern may be absolute
            found = [Path(name) for name in names]
    except OSError as error:
        raise SourceError(f"cannot open {pattern!r}: {error.strerror}; may you read it?") from error
    if not found and not path.exists() and not is_pattern(pattern):
        raise SourceError(f"cannot open {pattern!r}: no such file or folder; is the path right?")
    seen = [file for file in found if file.name[0] != "."]
    images = {file for file in seen if _may_be_read(file) and is_image(file)}
    if not images:
        raise SourceError(
            f"no image in {pattern!r}: expected images ({usual_extensions()} or others), got"
            f" {len(found)} other entries; subfolders are not read, name one or a pattern like"
            " 'FOLDER/**/*.png'"
        )
    others = [file for file in seen if file not in images and (is_folder or not file.is_dir())]
    return Listing(
        tuple(sorted(images, key=natural_order)),
        tuple(file.name for file in sorted(others, key=natural_order)),
    )


def natural_order(path: Path) -> tuple[list[list[str | int]], str]:
    """A sort key: numbers by value, letters without regard to case or to how they are encoded.

    An accent may be part of its letter (NFC) or a character of its own (NFD, as from a Mac); to a
    person both are the same name. A folder comes before one whose name goes on, and so does a name
    without its suffix.

    >>> names = "Frame10.png", "frame2.png", "frame1.png", "frame.png"
    >>> [path.name for path in sorted(map(Path, names), key=natural_order)]
    ['frame.png', 'frame1.png', 'frame2.png', 'Frame10.png']
    """
    return [_by_value(part) for part in (*path.parent.parts, path.stem, path.suffix)], str(path)


def _by_value(name: str) -> list[str | int]:
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    parts = re.split(r"(\d+)", text)  # text and digits in turn
    return [int(part) if part.isdecimal() else part for part in parts]


def _may_be_read(path: Path) -> bool:
    """A file, or a link to one that is gone; reading a pipe might wait for ever."""
    return path.is_file() or (path.is_symlink() and not path.exists())


def usual_extensions() -> str:
    """The suffixes of images for a message."""
    return " ".join(sorted(EXTENSIONS & {".avif", ".gif", ".jpg", ".png", ".tif", ".webp"}))


def _frames_of(folder: Path) -> Path:
    """The folder itself, or ``input`` in it where ``groundtruth`` lies beside that."""
    known = all((folder / name).is_dir() for name in ("input", "groundtruth"))
    return folder / "input" if known else folder
