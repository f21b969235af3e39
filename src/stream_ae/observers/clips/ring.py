"""The last seconds of a stream as it is encoded, from a picture on that decoding can begin with."""

from collections import deque
from typing import NamedTuple

from stream_ae.sources.packets import EncodedPacket


class Seen(NamedTuple):
    """A packet, and the stream's time when it came.

    Args:
        packet: as it was sent.
        time: of the frame with which it was taken, in seconds.
    """

    packet: EncodedPacket
    time: float


class PacketRing:
    """Keeps whole groups of pictures: a key frame and all that build on it.

    Args:
        seconds: how far back it must reach; the group that began before then is kept, too.
        most_bytes: how much it may hold; of more, the oldest groups go.
    """

    def __init__(self, *, seconds: float, most_bytes: int) -> None:
        self._seconds, self._most_bytes = seconds, most_bytes
        self._groups: deque[list[Seen]] = deque()
        self._bytes = 0

    def add(self, seen: Seen) -> None:
        """Keep a packet; one that nothing can be decoded from is passed over."""
        if seen.packet.is_key:
            self._groups.append([])
        elif not self._groups:
            return
        self._groups[-1].append(seen)
        self._bytes += len(seen.packet.data)
        oldest = seen.time - self._seconds
        while len(self._groups) > 1 and self._groups[1][0].time <= oldest:
            self._drop()
        while self._groups and self._bytes > self._most_bytes:
            self._drop()

    def since(self, time: float) -> list[Seen]:
        """From the last key frame at or before a time on; from the oldest where that is later."""
        begin = 0
        for index, group in enumerate(self._groups):
            if group[0].time <= time:
                begin = index
        return [seen for group in list(self._groups)[begin:] for seen in group]

    def clear(self) -> None:
        """Forget all: what comes now does not go on with it."""
        self._groups.clear()
        self._bytes = 0

    def _drop(self) -> None:
        self._bytes -= sum(len(seen.packet.data) for seen in self._groups.popleft())
