"""Packets to pictures through PyAV: what a video file and a camera have in common.

FFmpeg does the work, in one decoder thread on purpose: with several, a damaged stream decodes a
little differently each time, while a resumed run must see the very same pictures; and the
learner has the other cores. A picture is converted to RGB only when asked for, so that skipping
frames is cheap.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Protocol, Self

from stream_ae.errors import MissingExtraError, SourceError, SourceLostError
from stream_ae.frame import Event, Rgb
from stream_ae.sources.beginning import Beginning
from stream_ae.sources.conversion import Converter, Packet, VideoFrame
from stream_ae.sources.cropping import cropping_of
from stream_ae.sources.door import free, in_words
from stream_ae.sources.drop_policy import DropPolicy
from stream_ae.sources.main_video import decoder_of, main_video, stated_duration
from stream_ae.sources.packets import PacketTap, StreamForm


class Readable(Protocol):
    """What PyAV reads from where it does not open anything itself."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes, none at the end."""


class NoAnswerError(SourceLostError):
    """Nothing came within the timeout; over RTSP the same connection may still go on."""


class VideoReader:
    """The main video stream of anything that FFmpeg can open: the one that FFmpeg itself picks.

    Iterating gives a :class:`Decoded` for each picture, in order, and an ``Event`` where one could
    not be decoded. After a ``SourceLostError`` it may be iterated again, to go on where it failed.

    Args:
        url: a path as ``file:PATH``, the address of a network stream, a device, or what gives the
            bytes themselves; they are looked up only where it can ``seek``, too.
        container: FFmpeg's name of the container format; None lets it find out.
        options: FFmpeg's options for container and protocol.
        timeout: seconds to wait for opening, and for each packet; None waits without end.
        packets: given each packet as it comes, where somebody wants them.
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
        packets: PacketTap | None = None,
        only_latest: bool = False,
    ) -> None:
        try:
            import av
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
        try:
            self._stream = self._container.streams.video[main_video(self._container)]
        except SourceError:
            self._container.close()
            raise
        self._decoder = decoder_of(self._stream)
        self._decoder.thread_count = 1
        # Or what is cropped at the left is so by multiples of 32 only.
        self._decoder.flags |= av.codec.context.Flags.unaligned
        self._beginning = Beginning()
        self._only_latest = only_latest
        self._tap = packets
        self._form: StreamForm | None = None
        is_avi = self._container.format.name == "avi" and self._decoder.name == "rawvideo"
        self._converter = Converter(cropping_of(self._stream), is_avi=is_avi)
        self._stated_aspect = self._stream.sample_aspect_ratio
        self._is_coded = self._stated_aspect == self._stream.codec_context.sample_aspect_ratio
        self._end = self._stream.start_time or 0  # of what was read, in the stream's time base

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

    @property
    def duration(self) -> float:
        """Seconds that it lasts, as it states; 0 where it states nothing."""
        whole = self._container.duration or 0
        return stated_duration(self._stream) or whole / self._av.time_base

    @property
    def missing(self) -> float:
        """Seconds that the container states and that have not been read; 0 if it states none."""
        duration = stated_duration(self._stream)
        if duration is None or self._stream.time_base is None:
            return 0.0
        # Matroska states when it ends, others how long it lasts.
        is_matroska = "matroska" in self._container.format.name
        start = 0 if is_matroska else self._stream.start_time or 0
        return max(0.0, duration - float((self._end - start) * self._stream.time_base))

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
                yield from () if may_skip else self._beginning.never_shown()
                return
            if self._tap is not None and self._tap.is_open:
                self._form = self._form or StreamForm(self._stream)
                self._tap.add(packet, self._form)
            if packet.pts is not None:
                self._end = max(self._end, packet.pts + (packet.duration or 0))
            now = time.monotonic()
            wanted = policy.should_decode(waited=now - asked, now=now, is_key=packet.is_keyframe)
            if may_skip and not wanted:
                skipped += 1
                continue
            for item in self._decode(packet, damaged=may_skip):
                if isinstance(item, Event):
                    yield item
                elif may_skip and not policy.should_convert():
                    skipped += 1
                else:
                    yield Decoded(item, self._converter, aspect=self._aspect, skipped=skipped)
                    skipped = 0

    def close(self) -> None:
        """Free the container; harmless when called twice."""
        free("a video", lambda: self._container.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _decode(self, packet: Packet, *, damaged: bool) -> Iterator[VideoFrame | Event]:
        """The pictures of a packet, or what is wrong with them.

        A damaged picture of a camera is shown. One of a recording is an error instead, so that its
        frames and its errors add up to what it holds.
        """
        try:
            pictures = self._decoder.decode(packet)
        except Exception as error:  # noqa: BLE001 - whatever it is, this packet is lost
            yield _error("a packet was not decoded", packet, self._reason(error))
            return
        unseen = _error("a picture was not decoded", packet, "what it builds on is missing")
        self._beginning.sent(packet, unseen)
        for picture in pictures:
            lost = self._beginning.shown(picture.pts)
            yield from () if damaged else lost
            if picture.is_corrupt:
                yield _error("a picture is damaged", picture)
                if not damaged:
                    continue
            if obstacle := self._converter.obstacle(picture):
                yield _error("a picture cannot be converted to RGB", picture, obstacle)
            else:
                yield picture

    @property
    def _aspect(self) -> float:
        """Width over height of a pixel of the latest picture, before it is turned upright.

        What the container says goes before what the codec says, as in FFmpeg's program. Where both
        say the same, the codec may say something else later.
        """
        coded = self._decoder.sample_aspect_ratio
        return float((coded if self._is_coded else self._stated_aspect) or 1)

    def _reason(self, error: Exception) -> str:
        if isinstance(error, self._av.error.ExitError):
            return "no answer in time"
        if isinstance(error, self._av.error.InvalidDataError):
            return "it is no video, or a damaged one"
        if not isinstance(error, self._av.FFmpegError):
            return in_words(error)
        text = str(error.strerror)
        return text[:1].lower() + text[1:]


class Decoded:
    """One decoded picture, not yet converted.

    Args:
        picture: PyAV's ``VideoFrame``.
        converter: that of its stream.
        aspect: width over height of a pixel as it is stored.
        skipped: pictures between the one before and this one.
    """

    def __init__(
        self, picture: VideoFrame, converter: Converter, *, aspect: float = 1.0, skipped: int = 0
    ) -> None:
        self.skipped = skipped
        self._picture, self._converter = picture, converter
        self._orientation = converter.orientation
        self.time: float | None = picture.time
        self.size = converter.size(picture, self._orientation)
        self.pixel_aspect = 1 / aspect if self._orientation.swapped else aspect

    def rgb(self) -> Rgb:
        """The picture as it is meant to be seen, (H, W, 3) uint8 and contiguous."""
        return self._converter.rgb(self._picture, self._orientation)


def _error(what: str, item: Packet | VideoFrame, reason: str = "") -> Event:
    """Tell what went wrong with a packet or a picture, and where."""
    if item.pts is not None and item.time_base is not None:
        what += f" at {float(item.pts * item.time_base):.3f} s"
    return Event("decode_error", f"{what}: {reason}" if reason else what)
