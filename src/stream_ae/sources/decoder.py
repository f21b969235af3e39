"""Packets to pictures through PyAV: what a video file and a camera have in common.

FFmpeg does the work, in one decoder thread on purpose: with several, a damaged stream decodes a
little differently each time, while a resumed run must see the very same pictures; and the
learner has the other cores. A picture is converted to RGB only when asked for, so that skipping
frames is cheap.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, Self

import numpy as np

from stream_ae.errors import MissingExtraError, SourceError, SourceLostError
from stream_ae.frame import Event, Rgb
from stream_ae.sources.drop_policy import DropPolicy


class _FFmpegError(Protocol):
    """What is used of PyAV's ``FFmpegError``, whose class is there only once PyAV is loaded."""

    strerror: str | None


class Readable(Protocol):
    """What PyAV reads from where it does not open anything itself; it cannot go back."""

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes, none at the end."""


class NoAnswerError(SourceLostError):
    """Nothing came within the timeout; over RTSP the same connection may still go on."""


class VideoReader:
    """The first video stream of anything that FFmpeg can open.

    Iterating gives a :class:`Decoded` for each picture, in order, and an ``Event`` where one could
    not be decoded. After a ``SourceLostError`` it may be iterated again, to go on where it failed.

    Args:
        url: a path as ``file:PATH``, the address of a network stream, a device, or what gives the
            bytes themselves, from front to back.
        container: FFmpeg's name of the container format; None lets it find out.
        options: FFmpeg's options for container and protocol.
        timeout: seconds to wait for opening, and for each packet; None waits without end.
        only_latest: of what is no recording, skip pictures where more come than can be decoded,
            and count them.

    Raises:
        SourceError: it cannot be opened or holds no video. The message is only the reason: the
            caller knows the name of the stream, and an address may hold a password.
        MissingExtraError: PyAV is not installed.
    """

    def __init__(
        self,
        url: str | Readable,
        *,
        container: str | None = None,
        options: Mapping[str, str] | None = None,
        timeout: tuple[float, float] | None = None,
        only_latest: bool = False,
    ) -> None:
        try:
            import av
            from av.video.reformatter import VideoReformatter
        except ImportError as error:
            raise MissingExtraError("PyAV", purpose="reading a video", extra="video") from error
        self._av = av
        try:
            self._container = av.open(
                url,
                "r",
                format=container,
                options=dict(options or {}),
                timeout=timeout,
                metadata_errors="replace",  # a title in some old encoding is no reason to fail
            )
        except av.FFmpegError as error:
            raise SourceError(self._reason(error)) from None  # its text holds the whole url
        cover = av.stream.Disposition.attached_pic
        videos = [
            stream
            for stream in self._container.streams.video
            if not stream.disposition & cover and stream.codec_context is not None
        ]
        if not videos:
            kinds = sorted({stream.type for stream in self._container.streams} - {"video"})
            self._container.close()
            raise SourceError(
                f"it holds no video that can be decoded, only {', '.join(kinds) or 'nothing'}"
            )
        self._stream = videos[0]
        self._stream.codec_context.thread_count = 1
        self._only_latest = only_latest
        self._reformatter = VideoReformatter()  # kept: it holds what swscale has computed

    @property
    def length(self) -> int | None:
        """The number of frames that the container states, if it does."""
        return self._stream.frames or None

    @property
    def fps(self) -> float | None:
        """The mean frame rate that the container states, if it does."""
        return float(self._stream.average_rate) if self._stream.average_rate else None

    @property
    def has_end(self) -> bool:
        """Whether the container states a duration: a recording, not something live."""
        return self._container.duration is not None

    def __iter__(self) -> Iterator["Decoded | Event"]:
        packets = self._container.demux(self._stream)
        may_skip = self._only_latest and not self.has_end
        policy, skipped = DropPolicy(now=time.monotonic()), 0
        while True:
            asked = time.monotonic()
            try:
                packet = next(packets, None)
            except self._av.error.ExitError as error:
                raise NoAnswerError(self._reason(error)) from None
            except self._av.FFmpegError as error:
                raise SourceLostError(self._reason(error)) from None
            if packet is None:
                return
            now = time.monotonic()
            wanted = policy.should_decode(waited=now - asked, now=now, is_key=packet.is_keyframe)
            if may_skip and not wanted:
                skipped += 1
                continue
            try:
                pictures = packet.decode()
            except self._av.FFmpegError as error:
                yield Event("decode_error", f"a packet was not decoded: {self._reason(error)}")
                continue
            for picture in pictures:
                if picture.is_corrupt:
                    yield Event("decode_error", f"the picture at {picture.time} s is damaged")
                if may_skip and not policy.should_convert():
                    skipped += 1
                    continue
                yield Decoded(picture, self._reformatter, skipped=skipped)
                skipped = 0

    def close(self) -> None:
        """Free the container; harmless when called twice."""
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _reason(self, error: _FFmpegError) -> str:
        if isinstance(error, self._av.error.ExitError):
            return "no answer in time"
        if isinstance(error, self._av.error.InvalidDataError):
            return "it is no video, or a damaged one"
        text = str(error.strerror)
        return text[:1].lower() + text[1:]


class Decoded:
    """One decoded picture, not yet converted.

    Args:
        picture: PyAV's ``VideoFrame``.
        reformatter: PyAV's ``VideoReformatter`` of this stream.
        skipped: pictures between the one before and this one.
    """

    def __init__(self, picture: Any, reformatter: Any, *, skipped: int = 0) -> None:
        self.skipped = skipped
        self._picture = picture
        self._reformatter = reformatter
        self._quarters = round(picture.rotation / 90) % 4  # counterclockwise, as np.rot90
        self.time: float | None = picture.time
        size = (picture.height, picture.width)
        self.size: tuple[int, int] = size[::-1] if self._quarters % 2 else size

    def rgb(self) -> Rgb:
        """The picture upright, (H, W, 3) uint8 and contiguous."""
        frame = self._reformatter.reformat(self._picture, format="rgb24", threads=1)
        (plane,) = frame.planes  # read where it lies: a copy of a large picture is slow
        lines = np.frombuffer(plane, np.uint8).reshape(frame.height, plane.line_size)
        rgb = lines[:, : 3 * frame.width].reshape(frame.height, frame.width, 3)
        return np.ascontiguousarray(np.rot90(rgb, self._quarters))
