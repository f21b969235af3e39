"""From an event to its moment: the clip of it, the place in the recording, the image."""

from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from stream_ae.errors import SourceError
from stream_ae.settings.addresses import is_pattern
from stream_ae.sources.image_formats import is_image
from stream_ae.sources.image_listing import find_images

CLIPS = "clips"
"""Folder of the clips in a run folder."""


class Link(NamedTuple):
    """Where a moment can be seen.

    Args:
        text: what it leads to.
        address: relative to the run folder, or with ``file://``.
    """

    text: str
    address: str


class Links:
    """The links of one stream; none where it cannot be seen a second time.

    Args:
        directory: the run folder.
        source: the stream as it was named.
    """

    def __init__(self, directory: Path, source: str) -> None:
        self._clips = {path.stem: path.name for path in (directory / CLIPS).glob("*.*")}
        self._file, self._images = _stored(source)

    def to(self, *, names: tuple[str, ...], frame: int, seconds: float) -> list[Link]:
        """What there is of a moment.

        Args:
            names: what its clips may be called, without their ends.
            frame: its number, from 1.
            seconds: of the stream's own clock.
        """
        links = []
        clip = next((self._clips[name] for name in names if name in self._clips), None)
        if clip is not None:
            links.append(Link("the clip", f"{CLIPS}/{quote(clip)}"))
        if self._file is not None:
            # A media fragment (W3C Media Fragments URI 1.0, 4.2.1): the player begins there.
            links.append(Link("in the recording", f"{self._file.as_uri()}#t={seconds:.1f}"))
        if 0 < frame <= len(self._images):
            links.append(Link("the image", self._images[frame - 1].resolve().as_uri()))
        return links


def _stored(source: str) -> tuple[Path | None, tuple[Path, ...]]:
    """The recording, or the images, that a name leads to."""
    path = Path(source)
    try:
        if path.is_file() and not is_image(path):
            return path.resolve(), ()
        if path.exists() or is_pattern(source):
            return None, find_images(source).images
    except (OSError, ValueError, SourceError):  # a long URL is no file name
        pass
    return None, ()
