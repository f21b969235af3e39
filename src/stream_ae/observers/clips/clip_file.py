"""One clip: packets put into a file as they came, nothing decoded and nothing encoded."""

from contextlib import suppress
from pathlib import Path

from stream_ae.errors import MissingExtraError
from stream_ae.observers.clips.ring import Seen
from stream_ae.sources.packets import StreamForm
from stream_ae.storage.atomic import PARTIAL

_IN_MP4 = frozenset(("h264", "hevc", "av1", "vp9"))  # that browsers and phones play from it


class ClipFile:
    """A clip that is being written, hidden until it is whole.

    An .mp4 begins exactly at ``start``: what comes before, from the key frame on, is marked as not
    to be shown (its edit list). A Matroska file, which holds any codec, begins at the key frame.
    Nothing is flushed to the device: a clip outlives a process that is killed after it, and the
    stream never waits for a slow disk.

    Args:
        path: without the suffix, which depends on the codec; its folder is made.
        form: of the stream.
        start: time of the first picture to be shown, by the stream's clock.

    Raises:
        OSError: the file cannot be made.
        ValueError: no file can hold this codec.
        MissingExtraError: PyAV is not installed.
    """

    def __init__(self, path: Path, *, form: StreamForm, start: float) -> None:
        try:
            import av
        except ImportError as error:
            raise MissingExtraError("PyAV", purpose="writing a clip", extra="video") from error
        if form.template is None:
            raise ValueError(f"no file holds {form.codec}")
        self._av, self._codec, self._start = av, form.codec, start
        self._is_mp4 = form.codec in _IN_MP4
        self.path = path.with_name(f"{path.name}.{'mp4' if self._is_mp4 else 'mkv'}")
        self._partial = path.with_name(f".{self.path.name}{PARTIAL}")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = _Sink(self._partial)
        try:
            container = "mp4" if self._is_mp4 else "matroska"
            self._container = av.open(self._file, "w", format=container)
            self._stream = self._container.add_stream_from_template(form.template, opaque=True)
        except ValueError:
            self._file.close()
            self._partial.unlink()
            raise
        self._zero: int | None = None
        self._before: list[Seen] = []
        self._last_dts: int | None = None
        self._due = 0  # when the next is decoded that does not say

    def write(self, seen: Seen) -> None:
        """Add a packet.

        Raises:
            OSError: the disk takes no more.
            ValueError: FFmpeg does not take the packet.
        """
        if self._zero is None:
            self._before.append(seen)
            if self._is_mp4 and seen.time < self._start:
                return  # where the clip begins is not known yet
            self._begin()
        else:
            self._write(seen)

    def finish(self) -> Path:
        """Make the clip appear, whole.

        Raises:
            OSError: the disk takes no more; nothing is left of the clip.
            ValueError: FFmpeg cannot end the file; likewise.
        """
        try:
            if self._zero is None:
                self._begin()
            self._container.close()
            self._file.close()
            self._file.check()
            self._partial.replace(self.path)
        except self._av.FFmpegError as error:
            self.discard()
            raise self._refused(error.strerror) from None
        except OSError:
            self.discard()
            raise
        return self.path

    def discard(self) -> None:
        """Leave nothing of the clip."""
        with suppress(Exception):  # it may fail the same way again
            self._container.close()
        self._file.close()
        self._partial.unlink(missing_ok=True)

    def _refused(self, reason: str | None) -> ValueError:
        return ValueError(f"{self.path.suffix} does not hold this {self._codec}: {reason}")

    def _begin(self) -> None:
        """Write what waits; times count from the first picture to be shown."""
        shown = self._before[-1] if self._is_mp4 else self._before[0]
        times = (shown.packet.pts, shown.packet.dts)
        self._zero = next((time for time in times if time is not None), 0)
        before, self._before = self._before, []
        for seen in before:
            self._write(seen)

    def _write(self, seen: Seen) -> None:
        kept, zero = seen.packet, self._zero or 0
        packet = self._av.Packet(kept.data)
        stated = kept.dts if kept.dts is not None else kept.pts
        dts = self._due if stated is None else stated - zero
        if self._last_dts is not None:
            dts = max(dts, self._last_dts + 1)  # cameras repeat times, and files demand order
        pts = dts if kept.pts is None else max(kept.pts - zero, dts)
        packet.dts, packet.pts, packet.duration = dts, pts, kept.duration
        packet.time_base, packet.is_keyframe = kept.time_base, kept.is_key
        packet.stream = self._stream
        self._last_dts, self._due = dts, dts + kept.duration
        try:
            self._container.mux(packet)
        except self._av.FFmpegError as error:
            raise self._refused(error.strerror) from None
        self._file.check()


class _Sink:
    """A file as PyAV writes it, whose failure comes out once, when it is asked for.

    PyAV would go on writing after a failure, and print all but one.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._failure: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            self._file.write(data)
        except OSError as error:
            self._failure = self._failure or error
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return self._file.seek(offset, whence)
        except OSError as error:  # what is buffered is written first
            self._failure = self._failure or error
            return offset

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        try:
            self._file.close()
        except OSError as error:
            self._failure = self._failure or error

    def check(self) -> None:
        """Raise what failed."""
        if self._failure is not None:
            raise OSError(
                self._failure.errno, self._failure.strerror, self._file.name
            ) from self._failure
