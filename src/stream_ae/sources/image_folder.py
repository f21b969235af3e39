"""A folder of images, a glob pattern or one image file as a stream, in natural order."""

import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from stream_ae.errors import MissingExtraError
from stream_ae.frame import Event, Frame
from stream_ae.sources.door import door
from stream_ae.sources.image_file import count_stills, stills
from stream_ae.sources.image_formats import formats
from stream_ae.sources.image_listing import find_images, usual_extensions
from stream_ae.sources.recorded import Picture, Recording

NOMINAL_FPS = 25.0
"""Images that state no duration are taken to be this many a second."""


class ImageFolder(Recording):
    """Images as (H, W, 3) uint8, ``frame2`` before ``frame10``, each in its own size.

    Whatever Pillow reads is read, by suffix or else by content; an animation and a file of several
    pages are as many frames as they hold, for as long as they say. They come upright (EXIF); grey
    as three equal channels, 16 bits scaled to 8, floating point from [0, 1], what is transparent
    over black. Hidden files are skipped. Files that are no images and subfolders are told of with
    the first frame (``passed_over``), a picture that cannot be read with the next frame
    (``decode_error``). Files are listed once, by the constructor.

    Args:
        pattern: a folder (of a data set with ``input`` and ``groundtruth`` in it, its ``input``),
            a glob pattern (``**`` for any depth), or one image file.
        loop: start again at the end, for ever.

    Raises:
        SourceError: there is no such folder, or no image in it.
        MissingExtraError: Pillow is not installed.
    """

    def __init__(self, pattern: str | Path, *, loop: bool = False) -> None:
        with door(f"cannot open {str(pattern)!r}", advice="does Pillow work here?"):
            try:
                formats()
            except ImportError as error:
                purpose = "reading images"
                raise MissingExtraError("Pillow", purpose=purpose, extra="images") from error
            # What Pillow warns of is read all the same, or is counted.
            warnings.filterwarnings("ignore", module=r"PIL\.")
            self._listing = find_images(str(pattern))
        super().__init__(
            str(pattern),
            loop=loop,
            length=sum(map(count_stills, self._listing.images)),
            fps=NOMINAL_FPS,
            advice=f"readable are {usual_extensions()} and whatever else Pillow reads",
        )

    def read(self, start: int) -> Iterator[Frame | Event]:
        """Give the frames from position ``start`` on; a first one tells what is not read.

        Raises:
            SourceError: no picture can be read.
        """
        if start == 0:
            yield from self._listing.passed_over()
        yield from super().read(start)

    def pictures(self) -> Iterator[Picture | Event]:
        """Give one pass, from the first picture to the last."""
        milliseconds = 0.0
        for path in self._listing.images:
            for still in stills(path):
                if isinstance(still, Event):
                    yield still
                    continue
                size = (still.rgb.shape[0], still.rgb.shape[1])
                yield Picture(partial(np.asarray, still.rgb), size, milliseconds / 1000, still.name)
                shown_for = still.milliseconds or 1000 / NOMINAL_FPS
                milliseconds += shown_for
                self._period = shown_for / 1000  # of the last one: when the next pass begins
