"""A video file: every frame, in order, none lost."""

from collections.abc import Iterator
from pathlib import Path

from stream_ae.errors import SourceError, SourceLostError
from stream_ae.frame import Event
from stream_ae.sources.decoder import Decoded, VideoReader
from stream_ae.sources.door import door
from stream_ae.sources.packets import PacketTap
from stream_ae.sources.recorded import Picture, Recording

NOMINAL_FPS = 25.0
"""Frames per second of a file that states neither a rate nor times."""

_MOST_MISSING = 1.0  # seconds at the end of which nothing is said
_ADVICE = "is the file complete?"


class VideoFile(Recording):
    """The main video stream of a file, in any container and codec that FFmpeg reads.

    Every frame comes as the file means it to be seen, (H, W, 3) uint8: upright, cropped, what is
    transparent over black, and with the shape of its pixels (``pixel_aspect``). A picture that
    cannot be decoded, or only with damage, is no frame but a ``decode_error``, reported with the
    next frame. ``length`` is what the container states; a damaged file holds less, and where its
    end is missing, that is reported, too (``source_lost``).

    Args:
        path: the file.
        loop: start again at the end, for ever.

    Raises:
        SourceError: the file is missing, empty, unreadable, no video, or holds only sound.
        MissingExtraError: PyAV is not installed.
    """

    def __init__(self, path: str | Path, *, loop: bool = False) -> None:
        self._path = Path(path)
        with door(f"cannot open {str(path)!r}", advice=_ADVICE), self._open() as video:
            length, self._fps = video.length, video.fps or NOMINAL_FPS
        super().__init__(str(path), loop=loop, length=length, fps=self._fps, advice=_ADVICE)
        self.packets = PacketTap()

    def pictures(self) -> Iterator[Picture | Event]:
        """Give one pass, from the first picture to the last.

        Raises:
            SourceLostError: the file cannot be read any further.
        """
        with self._open(self.packets) as video:
            yield from pictures_of(video, address=self.address, advice=_ADVICE)

    def _open(self, packets: PacketTap | None = None) -> VideoReader:
        try:
            if self._path.is_file() and self._path.stat().st_size == 0:
                raise SourceError("it is empty (0 bytes)")
            return VideoReader(f"file:{self._path}", packets=packets)
        except SourceError as error:
            raise SourceError(
                f"cannot open {str(self._path)!r}: {error};"
                " expected a video file that FFmpeg can read"
            ) from error


def pictures_of(video: VideoReader, *, address: str, advice: str) -> Iterator[Picture | Event]:
    """The pictures that a reader gives, at times from 0 on.

    Args:
        video: what is read, to its end.
        address: how the error names it.
        advice: what to do, the end of its message.

    Raises:
        SourceLostError: it cannot be read any further.
    """
    start: float | None = None
    fps = video.fps or NOMINAL_FPS
    time = -1.0 / fps
    for item in _past_damage(video, address, advice):
        if isinstance(item, Event):
            yield item
            continue
        if item.time is None:
            time += 1.0 / fps
        else:
            start = item.time if start is None else start
            time = item.time - start
        name = f"{time:.2f} s"
        yield Picture(item.rgb, item.size, time, name, pixel_aspect=item.pixel_aspect)
    if video.missing > _MOST_MISSING:
        text = f"the last {video.missing:.1f} s that {address!r} should hold are not in it"
        yield Event("source_lost", text)


def _past_damage(video: VideoReader, address: str, advice: str) -> Iterator[Decoded | Event]:
    """Go on where the container itself is damaged, for as long as something comes."""
    progress = True
    while progress:
        progress = False
        try:
            for item in video:
                progress = True
                yield item
            return
        except SourceLostError as error:
            lost = str(error)
        yield Event("decode_error", lost)
    raise SourceLostError(f"cannot read {address!r} any further: {lost}; {advice}")
