"""What an HTTP address gives: a camera, single pictures, a recording, or a list of segments.

The first bytes say which. A multipart answer is a camera for as long as it lasts, and so is one of
JPEGs without an end. A playlist that
has no end, or is more than a list of files, is left to FFmpeg.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Protocol

from stream_ae.errors import SourceError, SourceLostError
from stream_ae.frame import Event
from stream_ae.sources.attempts import GaveUpError
from stream_ae.sources.base import Source
from stream_ae.sources.decoder import Decoded, VideoReader
from stream_ae.sources.http_client import OPEN_TIMEOUT, SILENCE_TIMEOUT, Answer, ask
from stream_ae.sources.http_file import HttpFile
from stream_ae.sources.multipart import JpegParts, up_to_a_second
from stream_ae.sources.network_url import NetworkUrl
from stream_ae.sources.playback import MOST_MISSING, Playback
from stream_ae.sources.segments import Segment, SegmentedFile, segments_of
from stream_ae.sources.snapshots import is_snapshot, snapshots

_OPTIONS = {"analyzeduration": "2000000"}  # microseconds
_OF_JPEGS = {"analyzeduration": "1", "fpsprobesize": "0"}  # one picture tells all; more take long
_LONGEST_LIST = 1 << 24  # bytes
_JPEG = b"\xff\xd8\xff"
_PLAYLISTS = (b"#EXTM3U", b"<MPD", b"<?xml")


class HttpStream:
    """An HTTP stream of whatever kind.

    Args:
        url: ``http`` or ``https``.
        source: told of losses; it says when to stop waiting.
        give_up_after: seconds that a recording's server may be away; 0 means for ever.
    """

    def __init__(self, url: NetworkUrl, *, source: Source, give_up_after: float) -> None:
        self._url, self._source = url, source
        self._give_up_after = give_up_after
        self._playlist = Playback(source)
        self._was_live = False

    def pictures(self) -> Iterator[Decoded | Event]:
        """Give what comes over one connection.

        Raises:
            SourceError: it cannot be opened, or shows no more. A recording just ends.
        """
        answer = ask(self._url)
        try:
            if answer.content_type.startswith("multipart/"):
                yield from self._camera(answer)
            else:
                yield from self._other(answer)
        finally:
            answer.close()

    def _camera(self, answer: Answer, begun: bytes = b"") -> Iterator[Decoded | Event]:
        parts = JpegParts(answer, begun=begun)
        with _failures_of(parts), _opened(parts, self._source, container="mpjpeg") as video:
            yield from video
        raise SourceLostError("the stream ended")

    def _other(self, answer: Answer) -> Iterator[Decoded | Event]:
        file = HttpFile(
            answer,
            ask=lambda start: ask(self._url, start=start),
            source=self._source,
            give_up_after=self._give_up_after,
        )
        head = file.peek()
        if head.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(_PLAYLISTS):
            yield from self._list(answer, head)
        elif is_snapshot(head, content_type=answer.content_type):
            yield from self._pictures(answer, head)
        else:
            with _not_a_page(answer):
                yield from self._file(file, of_jpegs=head.startswith(_JPEG))

    def _pictures(self, answer: Answer, head: bytes) -> Iterator[Decoded | Event]:
        body, goes_on = up_to_a_second(answer, head)
        if goes_on:
            yield from self._camera(answer, body)
        else:
            yield from snapshots(
                answer,
                body=body,
                again=lambda last: ask(self._url, unless=last),
                source=self._source,
            )

    def _file(self, file: HttpFile, *, of_jpegs: bool) -> Iterator[Decoded | Event]:
        options = _OF_JPEGS if of_jpegs else _OPTIONS
        with (
            closing(file),
            _failures_of(file),
            _opened(file, self._source, wait=file.has_size, options=options) as video,
        ):
            is_recording = file.has_size or video.has_end
            yield from Playback(self._source).play(video) if is_recording else video
            missing = video.missing if is_recording and not self._source.closing else 0.0
            if missing > MOST_MISSING:
                why = f"{file.failure}, and" if file.failure else "it ended, but"
                file.failure = GaveUpError(f"{why} the last {missing:.1f} s are missing")
        if not (is_recording or file.states_end or file.repeats or self._source.closing):
            raise SourceLostError("the stream ended")

    def _list(self, answer: Answer, head: bytes) -> Iterator[Decoded | Event]:
        text = (head + answer.read_all(_LONGEST_LIST)).decode("utf-8", errors="replace")
        if "#EXT-X-ENDLIST" in text and self._was_live:
            return  # what it lists now was shown while it was live
        segments = segments_of(text, base=self._url, redirected=answer.url)
        if segments:
            yield from self._segments(segments)
        else:
            yield from self._by_ffmpeg()

    def _segments(self, segments: tuple[Segment, ...]) -> Iterator[Decoded | Event]:
        file = SegmentedFile(segments, source=self._source, give_up_after=self._give_up_after)
        with closing(file), _failures_of(file), _opened(file, self._source, wait=True) as video:
            yield from Playback(self._source).play(video)
        if file.missing:
            whole = sum(segment.seconds for segment in segments)
            raise GaveUpError(f"{file.missing:.1f} of {whole:.1f} s are missing")

    def _by_ffmpeg(self) -> Iterator[Decoded | Event]:
        timeout = (OPEN_TIMEOUT, SILENCE_TIMEOUT)
        reader = VideoReader(
            self._url.full,
            options=_OPTIONS,
            timeout=timeout,
            packets=self._source.packets,
            only_latest=True,
        )
        with reader as video:
            if not video.has_end:
                for item in video:
                    self._was_live = True
                    yield item
                raise SourceLostError("the stream ended")
            yield from self._playlist.play(video)
            if not self._source.closing:
                self._playlist.check_end(video.duration)


class _Failing(Protocol):
    """What ends for FFmpeg where it fails, as FFmpeg's own errors would not say why."""

    failure: SourceError | None

    def read(self, size: int, /) -> bytes:
        """Give at most that many bytes, and none at the end."""


def _opened(
    file: _Failing,
    source: Source,
    *,
    container: str | None = None,
    wait: bool = False,
    options: Mapping[str, str] = _OPTIONS,
) -> VideoReader:
    return VideoReader(
        file,
        container=container,
        options=options,
        packets=source.packets,
        only_latest=not wait,
    )


@contextmanager
def _not_a_page(answer: Answer) -> Iterator[None]:
    """Say so where a page was answered: of a login, say."""
    try:
        yield
    except SourceError as error:
        if answer.content_type != "text/html":
            raise
        raise SourceError(f"the server answered with a page (text/html): {error}") from None


@contextmanager
def _failures_of(file: _Failing) -> Iterator[None]:
    """Raise why the file failed instead of, or after, what FFmpeg made of it."""
    try:
        yield
    except SourceError as error:
        raise file.failure or error from None
    if file.failure is not None:
        raise file.failure
