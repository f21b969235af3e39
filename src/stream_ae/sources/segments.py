"""A playlist of segments that has an end (HLS, RFC 8216): a recording in parts, read as one file.

FFmpeg would read it as well, and leave out without a word each segment that it does not get.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urljoin

from stream_ae.errors import SourceError
from stream_ae.frame import Event
from stream_ae.sources.base import Source
from stream_ae.sources.http_client import Answer, RefusedError, ask
from stream_ae.sources.http_file import HttpFile, bring_back
from stream_ae.sources.network_url import NetworkUrl, parse_url

_BEYOND_US = re.compile(r"#EXT-X-(KEY:(?!METHOD=NONE)|BYTERANGE|STREAM-INF|MAP:.*BYTERANGE)")
"""Encryption, parts of files and playlists of playlists."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a recording.

    Args:
        url: where it is.
        seconds: how long it plays; 0 for the head that the others share.
    """

    url: NetworkUrl
    seconds: float


def segments_of(playlist: str, *, base: NetworkUrl, redirected: str) -> tuple[Segment, ...]:
    """The segments of a recording, in order; none where only FFmpeg can read the playlist.

    Args:
        playlist: its text.
        base: its address, whose login the segments on the same server need, too.
        redirected: the address that it came from in the end.

    Raises:
        SourceError: the address of a segment is malformed.
    """
    heads = len(re.findall("^#EXT-X-MAP:", playlist, re.MULTILINE))
    if "#EXT-X-ENDLIST" not in playlist or _BEYOND_US.search(playlist) or heads > 1:
        return ()
    segments: list[Segment] = []
    seconds = 0.0
    for line in playlist.splitlines():
        head = re.match(r'#EXT-X-MAP:.*URI="([^"]+)"', line)
        duration = re.match(r"#EXTINF:([\d.]+)", line)
        if duration:
            seconds = float(duration[1])
        name = head[1] if head else line.strip()
        if head or (name and not name.startswith("#")):
            url = parse_url(urljoin(redirected, name))
            login = base.login if (url.scheme, url.host) == (base.scheme, base.host) else None
            segments.append(Segment(replace(url, login=login), 0.0 if head else seconds))
    return tuple(segments)


class SegmentedFile:
    """What a decoder reads, from the first segment to the last.

    A segment that the server does not have is told of as an event. While the server is away, it is
    waited for.

    Args:
        segments: in order.
        source: told of losses; it says when to stop waiting.
        give_up_after: seconds without the server; 0 means never.
    """

    def __init__(
        self,
        segments: tuple[Segment, ...],
        *,
        source: Source,
        give_up_after: float,
    ) -> None:
        self._source, self._give_up_after = source, give_up_after
        self._files = self._open_all(segments)
        self._file: HttpFile | None = None
        self.missing = 0.0
        """Seconds that the server refused."""
        self.failure: SourceError | None = None
        """Why no more comes, where that is not the end; the decoder is told it was."""

    def read(self, size: int) -> bytes:
        """Give some bytes, at most ``size``; none at the end, or where ``failure`` says why."""
        try:
            while self.failure is None:
                self._file = self._file or next(self._files, None)
                if self._file is None:
                    break
                if data := self._file.read(size):
                    return data
                self.failure = self._file.failure
                self.close()
        except SourceError as error:
            self.failure = error
        return b""

    def close(self) -> None:
        """Hang up."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open_all(self, segments: tuple[Segment, ...]) -> Iterator[HttpFile]:
        for number, segment in enumerate(segments, 1):
            try:
                answer = self._first_answer(segment.url)
            except RefusedError as error:
                self.missing += segment.seconds
                which = f"segment {number} of {len(segments)} ({segment.seconds:.1f} s)"
                self._source.tell(Event("decode_error", f"{which} is missing: {error}"))
                continue
            yield HttpFile(
                answer,
                ask=partial(_ask_from, segment.url),
                source=self._source,
                give_up_after=self._give_up_after,
            )

    def _first_answer(self, url: NetworkUrl) -> Answer:
        try:
            return ask(url)
        except RefusedError:
            raise
        except SourceError as error:
            answer = bring_back(
                partial(_answer_or_refusal, url),
                error=error,
                source=self._source,
                give_up_after=self._give_up_after,
            )
        if isinstance(answer, RefusedError):
            raise answer
        return answer


def _ask_from(url: NetworkUrl, start: int) -> Answer:
    return ask(url, start=start)


def _answer_or_refusal(url: NetworkUrl) -> Answer | RefusedError:
    """A server that refuses is there again."""
    try:
        return ask(url)
    except RefusedError as error:
        return error
