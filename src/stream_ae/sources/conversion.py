"""From a decoded picture to what its file means to show: RGB, cropped, over black, upright.

FFmpeg decodes what is stored and leaves the rest to whoever shows it. An ordinary picture is
converted to RGB and nothing else is done to it.
"""

from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple, Self

import numpy as np

from stream_ae.frame import Rgb
from stream_ae.kernels.pixels import to_rgb
from stream_ae.sources.cropping import Cropping
from stream_ae.sources.door import in_words

Packet = Any
"""PyAV's ``Packet``, whose class is there only once PyAV is loaded."""

VideoFrame = Any
"""PyAV's ``VideoFrame``, likewise."""

_MATRICES = frozenset((0, 1, 2, 4, 5, 6, 7, 9))  # that FFmpeg converts (ITU-T H.273, table 4)
_BT709, _BT601 = 1, 6
_LARGEST_SD = (576, 1024)  # height and width; larger pictures are taken for BT.709, as players do
_RANGES = frozenset((0, 1, 2))  # unspecified, limited, full
_MOST_KINDS = 64  # of side data; FFmpeg 8 has about 35
_FATAL = frozenset(("yaf32be", "yaf32le"))  # FFmpeg ends the process when it is to convert these


class Orientation(NamedTuple):
    """How stored pixels come to lie upright: first swapped, then mirrored.

    Args:
        swapped: rows and columns change places.
        left_right: mirrored, so that left becomes right.
        top_bottom: mirrored, so that top becomes bottom.
    """

    swapped: bool = False
    left_right: bool = False
    top_bottom: bool = False

    @classmethod
    def nearest(cls, matrix: tuple[float, float, float, float]) -> Self:
        """The one of the eight nearest to a, b, c, d: (p, q) is at (a·p + c·q, b·p + d·q)."""
        a, b, c, d = matrix
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(swapped=True, left_right=c < 0, top_bottom=b < 0)
        return cls(left_right=a < 0, top_bottom=d < 0)

    def apply(self, pixels: Rgb) -> Rgb:
        """Give (H, W, 3) upright, as a view."""
        if self.swapped:
            pixels = pixels.swapaxes(0, 1)
        return pixels[:: -1 if self.top_bottom else 1, :: -1 if self.left_right else 1]


class Converter:
    """Shows the pictures of one video stream.

    Args:
        cropping: what the container says is not to be shown.
        is_avi: of uncompressed pictures in an AVI the fourth byte of a pixel may be opacity, or
            unused and 0 (Microsoft, BITMAPINFOHEADER).

    Attributes:
        orientation: how the picture last given to :meth:`obstacle` is to be shown.
    """

    def __init__(self, cropping: Cropping, *, is_avi: bool = False) -> None:
        from av.video.reformatter import VideoReformatter

        self._cropping, self._is_avi = cropping, is_avi
        self._reformatter = VideoReformatter()  # kept: it holds what swscale has computed
        self._kind: tuple[object, ...] = ()
        self._obstacle = ""
        self.orientation = Orientation()

    def obstacle(self, picture: VideoFrame) -> str:
        """Why FFmpeg cannot convert a picture to RGB; empty where it can.

        That depends on the kind of picture, so it is tried whenever the kind changes. A picture
        that is passed over need not be converted to know whether it counts.
        """
        _mend_colours(picture)
        kind = (
            picture.format.name,
            picture.width,
            picture.height,
            picture.colorspace,
            picture.rotation,
        )
        if kind != self._kind:
            self._kind, self._obstacle = kind, ""
            try:
                self.orientation = _orientation(picture)
                if picture.format.name in _FATAL:
                    raise NotImplementedError(f"pixels of {picture.format.name}")
                self._pixels(picture)
            except Exception as error:  # noqa: BLE001 - whatever it is, this picture is not shown
                self._obstacle = in_words(error)
        return self._obstacle

    def size(self, picture: VideoFrame, orientation: Orientation) -> tuple[int, int]:
        """Height and width of what :meth:`rgb` gives."""
        rows, columns = self._shown(picture)
        size = rows.stop - rows.start, columns.stop - columns.start
        return size[::-1] if orientation.swapped else size

    def rgb(self, picture: VideoFrame, orientation: Orientation) -> Rgb:
        """A picture as it is meant to be seen, (H, W, 3) uint8 and contiguous."""
        pixels = self._pixels(picture)[self._shown(picture)]
        return np.ascontiguousarray(orientation.apply(to_rgb(pixels)))

    def _pixels(self, picture: VideoFrame) -> Rgb:
        """All that is stored, (H, W, 3), or (H, W, 4) where some of it is transparent."""
        channels = 4 if _may_be_transparent(picture.format.name) else 3
        target = "rgba" if channels == 4 else "rgb24"
        frame = self._reformatter.reformat(picture, format=target, threads=1)
        (plane,) = frame.planes  # read where it lies: a copy of a large picture is slow
        lines = np.frombuffer(memoryview(plane), np.uint8).reshape(frame.height, plane.line_size)
        pixels = lines[:, : channels * frame.width].reshape(frame.height, frame.width, channels)
        if channels == 3:
            return pixels
        is_unused = self._is_avi and pixels[..., 3].max() == 0
        return pixels[..., :3] if is_unused or pixels[..., 3].min() == 255 else pixels

    def _shown(self, picture: VideoFrame) -> tuple[slice, slice]:
        top, bottom, left, right = self._cropping
        if top + bottom >= picture.height or left + right >= picture.width:
            top = bottom = left = right = 0  # nothing would be left to see
        return slice(top, picture.height - bottom), slice(left, picture.width - right)


def _orientation(picture: VideoFrame) -> Orientation:
    """How a picture is to be shown, by the display matrix that comes with it.

    The matrix is nine 32-bit integers a, b, u, c, d, v, x, y, w (FFmpeg, libavutil/display.h).
    To be asked for seldom: a picture that was asked for its side data is part of a reference cycle,
    so its memory is free only after the next garbage collection.
    """
    try:
        side_data = picture.side_data
    except ValueError:  # some of it is of a kind that PyAV has no name for
        side_data = _with_known_side_data(picture).side_data
    if "DISPLAYMATRIX" not in side_data:
        return Orientation()
    a, b, _, c, d, *_ = np.frombuffer(memoryview(side_data["DISPLAYMATRIX"]), np.int32).tolist()
    return Orientation.nearest((a, b, c, d))


def _with_known_side_data(picture: VideoFrame) -> VideoFrame:
    """The same picture without what PyAV has no name for; EXIF in a stream of JPEGs, say."""
    from av.filter import Graph
    from av.sidedata.sidedata import Type

    unknown = set(range(_MOST_KINDS)) - {kind.value for kind in Type}
    graph = Graph()
    size = {"width": picture.width, "height": picture.height}
    entry = graph.add_buffer(**size, format=picture.format, time_base=Fraction(1))
    removals = [graph.add("sidedata", f"mode=delete:type={kind}") for kind in sorted(unknown)]
    graph.link_nodes(entry, *removals, graph.add("buffersink")).configure()
    graph.push(picture)
    return graph.pull()


def _mend_colours(picture: VideoFrame) -> None:
    """Read colours that FFmpeg refuses to convert (YCgCo, reserved numbers …) as BT.601 or 709."""
    if picture.colorspace not in _MATRICES:
        height, width = _LARGEST_SD
        large = picture.height > height or picture.width > width
        picture.colorspace = _BT709 if large else _BT601
    if picture.color_range not in _RANGES:
        picture.color_range = 0


@lru_cache(maxsize=16)
def _may_be_transparent(pixel_format: str) -> bool:
    from av.video.format import VideoFormat

    layout = VideoFormat(pixel_format)
    return layout.has_palette or any(component.is_alpha for component in layout.components)
