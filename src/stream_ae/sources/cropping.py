"""What a container says of cropping: Matroska's PixelCrop, MP4's clean aperture and their like.

FFmpeg reads it as side data of the stream and leaves the cropping to whoever shows the picture, and
PyAV has no name for that side data. But it copies it when it writes the stream's description into
another container. So the description is written as Matroska, in memory, and read back there.
"""

import io
from collections.abc import Iterator
from typing import Any, NamedTuple

_PIXEL_CROP_IDS = (b"\x54\xbb", b"\x54\xaa", b"\x54\xcc", b"\x54\xdd")  # top, bottom, left, right
_PATH = (b"\x18\x53\x80\x67", b"\x16\x54\xae\x6b", b"\xae", b"\xe0")  # Segment … Video (RFC 9559)


class Cropping(NamedTuple):
    """Lines and columns of pixels that are stored but not shown."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0


def read_cropping(matroska: bytes) -> Cropping:
    """What the description of the first video track in a Matroska file says.

    Args:
        matroska: the file, or its beginning with the description of the tracks.

    >>> read_cropping(b"")
    Cropping(top=0, bottom=0, left=0, right=0)
    """
    content = matroska
    for wanted in _PATH:
        content = next((data for name, data in _elements(content) if name == wanted), b"")
    found = {name: int.from_bytes(data) for name, data in _elements(content)}
    return Cropping(*(found.get(name, 0) for name in _PIXEL_CROP_IDS))


def cropping_of(stream: Any) -> Cropping:
    """What the container of a video stream says; no cropping where Matroska cannot describe it.

    Args:
        stream: PyAV's ``VideoStream``.
    """
    import av

    description = io.BytesIO()
    try:
        with av.open(description, "w", format="matroska") as copy:
            copy.add_stream_from_template(stream)
            copy.start_encoding()
    except (av.FFmpegError, ValueError):
        return Cropping()
    return read_cropping(description.getvalue())


def _elements(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The identifiers and the contents of the EBML elements that lie side by side (RFC 8794)."""
    position = 0
    while position < len(data):
        width = 9 - data[position].bit_length()  # the leading zeros tell how long a number is
        name, position = data[position : position + width], position + width
        width = 9 - data[position].bit_length() if position < len(data) else 9
        if width > 8:
            return
        size = int.from_bytes(data[position : position + width]) & ((1 << 7 * width) - 1)
        position += width
        if size == (1 << 7 * width) - 1:  # of unknown size: to the end
            size = len(data) - position
        yield name, data[position : position + size]
        position += size
