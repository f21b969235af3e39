"""From an event to its moment: the clip of it, the place in the recording, the image."""

from bisect import bisect_right
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from stream_ae.errors import SourceError
from stream_ae.observers.clips.clips import LONGEST
from stream_ae.reports.sightings import Sighting
from stream_ae.settings.addresses import is_pattern
from stream_ae.sources.image_formats import is_image
from stream_ae.sources.image_listing import find_images

CLIPS = "clips"
"""Folder of the clips in a run folder; ``000123-appeared.mp4`` begins with what frame 123 told."""


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
        pace: seconds from one frame to the next, on average.
    """

    def __init__(self, directory: Path, *, source: str, pace: float) -> None:
        clips = [path.name for path in (directory / CLIPS).glob("*-*") if path.name[:6].isdigit()]
        self._clips = sorted((int(name.partition("-")[0]), name) for name in clips)
        self._file, self._images = _stored(source)
        self._pace = pace

    def to(self, sighting: Sighting) -> list[Link]:
        """What there is of a moment."""
        links = []
        clip = next(filter(None, map(self._clip, sighting.told)), None)
        if clip is not None:
            links.append(Link("the clip", f"{CLIPS}/{quote(clip)}"))
        if self._file is not None:
            # A media fragment (W3C Media Fragments URI 1.0, 4.2.1): the player begins there.
            moment = f"#t={sighting.clip_time:.1f}"
            links.append(Link("in the recording", self._file.as_uri() + moment))
        if 0 < sighting.peak <= len(self._images):
            address = self._images[sighting.peak - 1].resolve().as_uri()
            links.append(Link("the image", address))
        return links

    def _clip(self, told: int) -> str | None:
        """The clip that was being written when something was told with a frame."""
        after = bisect_right(self._clips, told, key=lambda clip: clip[0])
        if not after:
            return None
        number, name = self._clips[after - 1]
        return name if (told - number) * self._pace <= LONGEST else None


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
