"""The encoded packets of a stream, for whoever wants to keep some of it without encoding it again.

A reader thread adds them as it reads them; the loop takes them, a few frames later. They are copies
of the bytes, so neither touches what the other has.
"""

import io
from collections import deque
from dataclasses import dataclass
from fractions import Fraction

from stream_ae.sources.conversion import Packet
from stream_ae.sources.main_video import VideoStream

MOST_BYTES = 16 << 20
"""Of packets that wait to be taken; more wait only where nobody takes them for seconds."""


class StreamForm:
    """What a file must say of a stream so that its packets can be decoded: codec, size, rotation.

    Args:
        stream: of PyAV, which may be closed afterwards.

    Attributes:
        codec: FFmpeg's name of it.
        template: what PyAV makes a stream of a file from; None where Matroska does not hold it.
    """

    def __init__(self, stream: VideoStream) -> None:
        import av

        self.codec: str = stream.codec.canonical_name
        self.template: VideoStream | None = None
        # A container in memory that is never written keeps a copy of the parameters.
        holder = av.open(io.BytesIO(), "w", format="matroska")
        try:
            self.template = holder.add_stream_from_template(stream, opaque=True)
        except (ValueError, av.FFmpegError):
            holder.close()


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPacket:
    """One packet of a stream as it was sent.

    Args:
        data: its bytes.
        pts: when it is shown, in units of ``time_base``; None where the stream does not say.
        dts: when it is decoded, likewise.
        duration: likewise; 0 where the stream does not say.
        time_base: seconds.
        is_key: whether decoding can begin with it.
        number: one more than that of the packet before it, unless some are missing between.
        form: what is needed to decode it; the same object for all packets of one connection.
    """

    data: bytes
    pts: int | None
    dts: int | None
    duration: int
    time_base: Fraction
    is_key: bool
    number: int
    form: StreamForm


class PacketTap:
    """Hands packets from the reader thread to the loop; closed until somebody wants them.

    Attributes:
        is_open: whether packets are kept for :meth:`take`; set once, before the stream is read.
    """

    def __init__(self) -> None:
        self.is_open = False
        self._packets: deque[EncodedPacket] = deque()  # safe between two threads
        self._number = self._added = self._taken = 0

    def add(self, packet: Packet, form: StreamForm) -> None:
        """Keep a copy of a packet, in the reader thread; where too much waits, drop the oldest."""
        self._number += 1
        if not packet.size:
            return
        kept = EncodedPacket(
            bytes(packet),
            packet.pts,
            packet.dts,
            packet.duration or 0,
            packet.time_base,
            packet.is_keyframe,
            self._number,
            form,
        )
        self._packets.append(kept)
        self._added += len(kept.data)
        while self._added - self._taken > MOST_BYTES and (dropped := self._next()):
            self._added -= len(dropped.data)

    def take(self) -> list[EncodedPacket]:
        """All that came since the last call, in order."""
        taken = []
        while (packet := self._next()) is not None:
            self._taken += len(packet.data)
            taken.append(packet)
        return taken

    def _next(self) -> EncodedPacket | None:
        try:
            return self._packets.popleft()
        except IndexError:
            return None
