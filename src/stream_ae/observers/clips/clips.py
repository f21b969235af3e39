"""Writes a clip of each event, from seconds before it to seconds after it."""

import logging
from pathlib import Path

from stream_ae.detection.findings import Findings, WatchEvent
from stream_ae.errors import ConfigError
from stream_ae.frame import Frame
from stream_ae.observers.clips.clip_file import ClipFile
from stream_ae.observers.clips.ring import PacketRing, Seen
from stream_ae.observers.findings import FindingsObserver
from stream_ae.sources.base import READ_AHEAD, Source
from stream_ae.sources.packets import EncodedPacket
from stream_ae.storage.atomic import remove_partial

BEFORE, AFTER = 3.0, 3.0
"""Seconds of a clip before an event and after it was told."""

LATEST = 5.0
"""Seconds that an event may be told after it began; of one told later the clip shows these."""

LONGEST = 60.0
"""Seconds of one clip; what goes on happening then gets another one."""

MOST_BYTES = 32 << 20
"""Of packets kept for the time before an event: 30 s of a camera of 8 Mbit/s."""

_LONGEST_INTERVAL = 1.0  # seconds between two frames; more is a jump of the clock
_AHEAD = READ_AHEAD + 3  # pictures; what the decoder holds back to bring them into order

_log = logging.getLogger("stream_ae")


class Clips(FindingsObserver):
    """Write ``clips/000123-appeared.mp4`` for an event told with frame 123, of kind *appeared*.

    The clip shows from :data:`BEFORE` seconds before the event began to :data:`AFTER` seconds
    after it was told. An event that is told meanwhile makes it longer and has no clip of its own.
    Where a camera reconnects or a file starts again, the clip ends. Codecs that no .mp4 holds are
    written as .mkv.

    Args:
        directory: the run folder.
        source: what is watched; not yet read from.

    Raises:
        ConfigError: the source has no encoded packets: it is made of images, or synthetic.
    """

    part = "clips"

    def __init__(self, directory: Path, *, source: Source) -> None:
        if source.packets is None:
            raise ConfigError(
                "clips are copied from an encoded video (a file, a network camera), got"
                f" {source.address!r}, which has none; leave out --clips"
            )
        self._tap, self._directory = source.packets, directory / "clips"
        self._tap.is_open = True
        self._ring = PacketRing(seconds=BEFORE + LATEST, most_bytes=MOST_BYTES)
        self._last: EncodedPacket | None = None
        self._clip: ClipFile | None = None
        self._began = self._until = self._time = self._interval = 0.0
        self._complained = False
        remove_partial(self._directory)

    def on_findings(self, findings: Findings, frame: Frame) -> None:  # noqa: ARG002
        """Take the packets that came, begin a clip or make it longer, end it when it is time.

        Raises:
            OSError: a clip cannot be written; nothing is left of it.
        """
        self._interval = min(max(0.0, findings.time - self._time), _LONGEST_INTERVAL)
        self._time = findings.time
        packets = self._tap.take()
        for packet in packets:
            self._take(Seen(packet, findings.time - _lead(packet, before=packets[-1])))
        if self._clip is not None and findings.time >= self._until:
            self._end()
        for event in findings.events:
            self._until = findings.time + AFTER
            if self._clip is not None and self._until > self._began + LONGEST:
                self._end()
            if self._clip is None:
                self._begin(event, findings)

    def close(self) -> None:
        """End a clip that is being written.

        Raises:
            OSError: it cannot be written.
        """
        self._tap.is_open = False
        self._end()
        self._ring.clear()

    def _take(self, seen: Seen) -> None:
        last, self._last = self._last, seen.packet
        if last is not None and (
            last.form is not seen.packet.form or last.number + 1 != seen.packet.number
        ):
            self._end()
            self._ring.clear()
        self._ring.add(seen)
        if self._clip is not None:
            self._write([seen])

    def _begin(self, event: WatchEvent, findings: Findings) -> None:
        # The reader is ahead, so a packet seems older than the frame that it holds.
        start = max(event.start_time, findings.time - LATEST) - BEFORE - _AHEAD * self._interval
        kept = self._ring.since(start)
        if not kept:
            self._complain("no key frame of the video came yet")
            return
        path = self._directory / f"{findings.number:06d}-{event.kind}"
        self._began = findings.time
        try:
            self._clip = ClipFile(path, form=kept[0].packet.form, start=start)
        except ValueError as error:
            self._complain(str(error))
            return
        self._write(kept)

    def _write(self, packets: list[Seen]) -> None:
        clip, self._clip = self._clip, None  # given up unless all is written
        if clip is None:
            return
        try:
            for seen in packets:
                clip.write(seen)
        except ValueError as error:
            clip.discard()
            self._complain(str(error))
        except OSError:
            clip.discard()
            raise
        else:
            self._clip = clip

    def _end(self) -> None:
        clip, self._clip = self._clip, None
        if clip is None:
            return
        try:
            clip.finish()
        except ValueError as error:
            self._complain(str(error))

    def _complain(self, reason: str) -> None:
        if not self._complained:
            _log.warning("no clip was written of an event: %s", reason)
        self._complained = True


def _lead(packet: EncodedPacket, *, before: EncodedPacket) -> float:
    """Seconds that a packet came before another, by the clock of their stream; at least 0."""
    if packet.form is not before.form or packet.dts is None or before.dts is None:
        return 0.0
    return max(0.0, float((before.dts - packet.dts) * packet.time_base))
