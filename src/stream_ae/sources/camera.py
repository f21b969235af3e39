"""RTSP cameras and webcams, read through FFmpeg until they are silent."""

import os
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from stream_ae.errors import SourceError, SourceLostError
from stream_ae.frame import Event
from stream_ae.sources.base import Source
from stream_ae.sources.decoder import Decoded, NoAnswerError, VideoReader
from stream_ae.sources.http_client import OPEN_TIMEOUT, SILENCE_TIMEOUT
from stream_ae.sources.network_url import NetworkUrl
from stream_ae.sources.packets import PacketTap
from stream_ae.sources.playback import Playback
from stream_ae.sources.refusal import refusal

_WAIT = 1.0  # seconds of one wait; RTSP can go on after it, so closing is prompt
_OPTIONS = {
    "fflags": "nobuffer",
    "analyzeduration": "2000000",  # microseconds
    "fpsprobesize": "0",  # the rate is of no use here; measuring it would take 20 pictures
}


def endless(video: VideoReader) -> Iterator[Decoded | Event]:
    """Give what a camera shows.

    Raises:
        SourceLostError: always, once it shows no more.
    """
    with video:
        yield from video
    raise SourceLostError("the stream ended")


class Rtsp:
    """An RTSP stream, over TCP or, where that does not work, over UDP.

    Over TCP nothing is lost on the way, but there are cameras and servers that know only the other.

    Args:
        url: ``rtsp`` or ``rtsps``.
        source: says when to stop waiting.
    """

    def __init__(self, url: NetworkUrl, *, source: Source) -> None:
        self._url, self._source = url, source
        self._transports = ["tcp", "udp"]
        self._playback = Playback(source)

    def pictures(self) -> Iterator[Decoded | Event]:
        """Give what comes over one connection; the next one is tried otherwise if nothing came.

        Raises:
            SourceError: it cannot be opened, or shows no more. A recording just ends.
        """
        came = False
        try:
            with self._open() as video:
                items = self._until_silence(video)
                for item in self._playback.play(items) if video.has_end else items:
                    came = True
                    yield item
                if not video.has_end:
                    raise SourceLostError("the stream ended")
                self._playback.check_end(video.duration)
        except SourceError:
            if not came:
                self._transports.reverse()
            raise

    def _open(self) -> VideoReader:
        options = {**_OPTIONS, "rtsp_transport": self._transports[0]}
        try:
            return VideoReader(
                self._url.full,
                options=options,
                timeout=(OPEN_TIMEOUT, _WAIT),
                packets=self._source.packets,
                only_latest=True,
            )
        except SourceError as error:
            raise SourceError(_in_words(str(error))) from None

    def _until_silence(self, video: VideoReader) -> Iterator[Decoded | Event]:
        """Read until nothing comes for ``SILENCE_TIMEOUT``, in several short waits.

        Before the first picture it is ``OPEN_TIMEOUT``, as the other transport may work.
        """
        silent, limit = 0, OPEN_TIMEOUT
        while True:
            try:
                for item in video:
                    silent, limit = 0, SILENCE_TIMEOUT
                    yield item
                return
            except NoAnswerError:
                silent += 1
                if silent >= round(limit / _WAIT) or self._source.closing:
                    raise


def _in_words(reason: str) -> str:
    """What FFmpeg says of an RTSP server's answer, as it is said of others."""
    code = re.match(r"server returned (\d{3}|[45]XX) ", reason)
    if code is None:
        return reason
    return refusal(int(code[1])) if code[1].isdigit() else f"the server answered {code[1]}"


class Webcam:
    """A camera of this machine.

    Args:
        name: ``webcam:NUMBER``.
        packets: given each packet, where somebody wants them.

    Raises:
        SourceError: there is no such camera, or it may not be used.
    """

    def __init__(self, name: str, *, packets: PacketTap | None = None) -> None:
        self._packets = packets
        number = name.partition(":")[2]
        if not re.fullmatch(r"\d+", number, re.ASCII):
            raise SourceError(f"expected webcam:NUMBER, such as webcam:0, got {name!r}")
        self._number = int(number)
        if sys.platform != "darwin":
            _check_device(Path(f"/dev/video{self._number}"), name)

    def pictures(self) -> Iterator[Decoded | Event]:
        """Give what it shows.

        Raises:
            SourceError: it cannot be opened, or shows no more.
        """
        timeout = (OPEN_TIMEOUT, SILENCE_TIMEOUT)
        reader = partial(VideoReader, timeout=timeout, packets=self._packets, only_latest=True)
        if sys.platform == "darwin":
            rate = {"framerate": "30"}
            yield from endless(
                reader(f"{self._number}:none", container="avfoundation", options=rate)
            )
        else:
            yield from endless(reader(f"/dev/video{self._number}", container="v4l2"))


def _check_device(path: Path, name: str) -> None:
    if not path.exists():
        found = ", ".join(f"webcam:{p.name[5:]}" for p in sorted(Path("/dev").glob("video[0-9]*")))
        raise SourceError(
            f"cannot open {name!r}: there is no {path}; found {found or 'no camera'},"
            " is it plugged in?"
        )
    if not os.access(path, os.R_OK | os.W_OK):
        raise SourceError(
            f"cannot open {name!r}: you may not read {path}; join the group that owns it"
        )
