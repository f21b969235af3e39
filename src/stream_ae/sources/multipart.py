"""The pictures of an MJPEG camera, found by what a JPEG is and not by what stands between them.

Cameras differ in how they write boundaries, headers and lengths, and FFmpeg's demuxer gives up at
what it does not expect. So each picture is cut out (ITU-T T.81, annex B), and handed on in the form
that FFmpeg knows.
"""

import re

from stream_ae.errors import SourceError, SourceLostError
from stream_ae.sources.http_client import Answer

_CHUNK = 1 << 16  # bytes of one read
_MOST_BETWEEN = 1 << 20  # bytes between two pictures
_LARGEST = 1 << 26  # bytes of one picture

_BEGIN = b"\xff\xd8\xff"
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""What ends the coded pixels: neither a stuffed byte nor a restart."""

_NEXT = re.compile(rb"\xff\xd9[\x00\r\n]{0,16}\xff\xd8\xff")
_LONGEST_JOINT = 32  # bytes, more than that matches

_START_OF_IMAGE, _END_OF_IMAGE = 0xD8, 0xD9


def up_to_a_second(answer: Answer, begun: bytes) -> tuple[bytes, bool]:
    """Read on until another JPEG begins, where only that tells a camera from a single picture.

    Args:
        answer: it begins with a JPEG.
        begun: what was read of it.

    Returns:
        What was read, and whether another one begins in it.

    Raises:
        SourceLostError: the answer broke off, or the first picture is endless.
    """
    if answer.size is not None or not begun.startswith(_BEGIN):
        return begun, False
    read, looked = bytearray(begun), 0
    while not (found := _NEXT.search(read, looked)) and (data := answer.read(_CHUNK)):
        looked = max(0, len(read) - _LONGEST_JOINT)
        read += data
        if len(read) > _LARGEST:
            raise SourceLostError(f"one picture of more than {_LARGEST} bytes")
    return bytes(read), found is not None


class JpegParts:
    """What FFmpeg's demuxer ``mpjpeg`` reads.

    Args:
        answer: many pictures.
        begun: what was read of it.
    """

    def __init__(self, answer: Answer, *, begun: bytes = b"") -> None:
        self._answer = answer
        self._data = bytearray(begun)
        self._ready = b""
        self.failure: SourceError | None = None
        """Why no more comes."""

    def read(self, size: int) -> bytes:
        """Give some bytes, at most ``size``; none where ``failure`` may say why."""
        try:
            if not self._ready and (picture := self._picture()):
                head = b"--next\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
                self._ready = head % len(picture) + picture + b"\r\n"
        except SourceError as error:
            self.failure = error
        data, self._ready = self._ready[:size], self._ready[size:]
        return data

    def _picture(self) -> bytes:
        """The next picture; none at the end of the answer."""
        passed = 0
        while (start := self._data.find(_BEGIN)) < 0:
            passed += len(self._data)
            if passed > _MOST_BETWEEN:
                raise SourceLostError("it holds no JPEG")
            del self._data[: 1 - len(_BEGIN)]
            if not self._more():
                return b""
        del self._data[:start]
        end = self._end()
        picture = bytes(self._data[:end])
        del self._data[:end]
        return picture

    def _end(self) -> int:
        """Where the picture ends that begins the data; 0 if the answer ends before."""
        at = 2
        while True:
            marker = _MARKER.search(self._data, at)
            at = marker.start() if marker else max(at, len(self._data) - 1)
            kind = self._data[at + 1] if marker else None
            if kind == _END_OF_IMAGE:
                return at + 2
            if kind == _START_OF_IMAGE:
                return at  # the picture before was cut short
            if marker and len(self._data) >= at + 4:
                at += 2 + int.from_bytes(self._data[at + 2 : at + 4])
            elif not self._more():
                return 0

    def _more(self) -> bool:
        if len(self._data) > _LARGEST:
            raise SourceLostError(f"one picture of more than {_LARGEST} bytes")
        data = self._answer.read(_CHUNK)
        self._data += data
        return data != b""
