"""Messages between the learner's process and the page's: a header in JSON, then plain bytes.

A message is the length of its header (4 bytes, big end first), the header in UTF-8, and the bytes
of its blobs one after the other, whose lengths stand in the header as ``blobs``.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import IO, Any, NamedTuple

Header = dict[str, Any]
"""What a message says: plain values."""

_LENGTH = struct.Struct(">I")


class Message(NamedTuple):
    """One message.

    Args:
        header: its plain values, with ``type``.
        blobs: its bytes, such as the pixels of a picture.
    """

    header: Header
    blobs: list[bytes]


def packed(header: Mapping[str, object], blobs: Sequence[bytes] = ()) -> list[bytes]:
    """The parts of a message, to be written one after the other.

    >>> b"".join(packed({"type": "bye"}, [b"ab"]))[4:]
    b'{"type":"bye","blobs":[2]}ab'
    """
    whole = {**header, "blobs": [len(blob) for blob in blobs]}
    text = json.dumps(whole, separators=(",", ":"), allow_nan=False).encode()
    return [_LENGTH.pack(len(text)) + text, *blobs]


def read_message(stream: IO[bytes]) -> Message | None:
    """The next message; None where the stream has ended, also in the middle of one."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    text = stream.read(length)
    if len(text) < length:
        return None
    header: Header = json.loads(text)
    blobs = [stream.read(size) for size in header.pop("blobs")]
    return Message(header, blobs)


def framed(header: Mapping[str, object], pictures: Sequence[bytes]) -> bytes:
    """A message for a browser, which knows the lengths of its pictures from the header."""
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    return b"".join([_LENGTH.pack(len(text)), text, *pictures])
