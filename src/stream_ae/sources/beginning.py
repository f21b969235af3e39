"""What FFmpeg drops without a word at the beginning of a stream that was cut anywhere.

Until a picture comes that stands for itself, most decoders give nothing and raise nothing; nor do
they give what is shown before that picture and builds on an earlier one.
"""

from typing import Any

from stream_ae.frame import Event

_ENOUGH = 32  # pictures after which none of the beginning comes any more; H.264 reorders 16 at most

Packet = Any
"""PyAV's ``Packet``, whose class is there only once PyAV is loaded."""


class Beginning:
    """Knows which of the first packets of one pass became no picture."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int | None, Event]] = []
        self._shown = 0
        self._has_key = False

    def sent(self, packet: Packet, error: Event) -> None:
        """A packet was decoded.

        Args:
            packet: as it came.
            error: what is to be told if no picture comes of it.
        """
        if self._shown or not packet.size or packet.is_discard:
            return
        self._has_key |= packet.is_keyframe
        if packet.pts is not None or not self._has_key:
            self._waiting.append((packet.pts, error))

    def shown(self, pts: int | None) -> list[Event]:
        """A picture came; gives what is certain by now.

        Args:
            pts: its time, in the unit of its packet; None where it has none.
        """
        self._shown += 1
        if self._shown == 1:
            self._waiting = [item for item in self._waiting if _is_before(item[0], pts)]
        elif self._waiting:
            self._waiting = [item for item in self._waiting if item[0] is None or item[0] != pts]
        return self.never_shown() if self._shown == _ENOUGH else []

    def never_shown(self) -> list[Event]:
        """What became no picture, once; to be asked for at the end of a shorter stream."""
        lost, self._waiting = [error for _, error in self._waiting], []
        return lost


def _is_before(packet: int | None, picture: int | None) -> bool:
    return packet is None or (picture is not None and packet < picture)
