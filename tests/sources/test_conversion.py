import math
from fractions import Fraction
from itertools import product
from pathlib import Path

import av
import numpy as np
import pytest
from av.filter import Graph
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps
from tests.support.clips import H264, LOSSLESS, Codec, picture, pictures, write_clip

from stream_ae.frame import Rgb
from stream_ae.sources.conversion import Converter, Orientation
from stream_ae.sources.cropping import Cropping
from stream_ae.sources.image_folder import ImageFolder
from stream_ae.sources.video_file import VideoFile

SHOWN = {  # a, b, c, d of the display matrix: what FFmpeg's program does with it
    (1, 0, 0, 1): "null",
    (-1, 0, 0, 1): "hflip",
    (1, 0, 0, -1): "vflip",
    (-1, 0, 0, -1): "hflip,vflip",
    (0, 1, -1, 0): "transpose=clock",
    (0, -1, 1, 0): "transpose=cclock",
    (0, 1, 1, 0): "transpose=cclock_flip",
    (0, -1, -1, 0): "transpose=clock_flip",
}


def display_matrix(a: float, b: float, c: float, d: float) -> list[int]:
    one = 1 << 16
    return [round(a * one), round(b * one), 0, round(c * one), round(d * one), 0, 0, 0, 1 << 30]


def filtered(frame: av.VideoFrame, filters: str) -> Rgb:
    """A picture as FFmpeg's own filters give it."""
    graph = Graph()
    nodes = [
        graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 10)
        )
    ]
    for text in filters.split(","):
        name, _, options = text.partition("=")
        nodes.append(graph.add(name, options or None))
    nodes.append(graph.add("buffersink"))
    graph.link_nodes(*nodes).configure()
    graph.push(frame)
    shown = graph.pull()
    assert isinstance(shown, av.VideoFrame)
    return shown.to_ndarray(format="rgb24").astype(np.uint8)


def noise_frame(pixels: str, *, height: int = 48, width: int = 64) -> av.VideoFrame:
    rgb = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    return av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=pixels)


@pytest.mark.parametrize("matrix", SHOWN)
@pytest.mark.parametrize("codec", [LOSSLESS, H264])
def test_all_eight_orientations_are_those_of_ffmpeg(
    tmp_path: Path, matrix: tuple[int, int, int, int], codec: Codec
) -> None:
    def setup(stream: av.VideoStream) -> None:
        stream.set_display_matrix(display_matrix(*matrix))

    shown = pictures(2)
    path = write_clip(tmp_path / "clip.mov", shown, codec=codec, setup=setup)
    with av.open(str(path)) as container:
        expected = [filtered(frame, SHOWN[matrix]) for frame in container.decode(video=0)]
    with VideoFile(path) as source:
        frames = list(source)
    assert len(frames) == 2
    for frame, rgb in zip(frames, expected, strict=True):
        assert frame.rgb.flags.c_contiguous
        assert np.array_equal(frame.rgb, rgb)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_of_jpeg_are_turned_by_their_exif(tmp_path: Path, orientation: int) -> None:
    rows, columns = np.indices((48, 64))
    image = Image.fromarray(np.dstack([4 * columns, 5 * rows, 0 * rows]).astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "a maker"  # FFmpeg keeps what is not orientation
    image.save(tmp_path / "one.jpg", exif=exif)
    path = tmp_path / "clip.mjpeg"
    path.write_bytes((tmp_path / "one.jpg").read_bytes() * 3)
    with Image.open(tmp_path / "one.jpg") as stored:
        expected = np.asarray(ImageOps.exif_transpose(stored))
    with VideoFile(path) as source:
        frames = list(source)
    assert len(frames) == 3
    for frame in frames:
        assert frame.size == expected.shape[:2]
        assert np.abs(frame.rgb.astype(int) - expected).mean() < 4, "of 50 or more"


@given(
    matrix=st.sampled_from(sorted(SHOWN)),
    scale=st.floats(1e-3, 1e3),
    stretch=st.floats(0.9, 1.1),
    angle=st.floats(-40, 40),
)
def test_the_nearest_orientation_puts_each_pixel_where_the_matrix_says(
    matrix: tuple[int, int, int, int], scale: float, stretch: float, angle: float
) -> None:
    a, b, c, d = matrix
    cos, sin = scale * math.cos(math.radians(angle)), scale * math.sin(math.radians(angle))
    oblique = (
        cos * a - sin * b,
        (sin * a + cos * b) * stretch,
        cos * c - sin * d,
        (sin * c + cos * d) * stretch,
    )
    orientation = Orientation.nearest(oblique)
    height, width = 2, 3
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0], pixels[..., 1] = np.indices((height, width))
    upright = orientation.apply(pixels)
    where = [
        (b * p + d * q, a * p + c * q) for q, p in product(range(height), range(width))
    ]  # row and column of (p, q), but for a shift
    row, column = map(min, zip(*where, strict=True))
    for (y, x), (q, p) in zip(where, product(range(height), range(width)), strict=True):
        assert upright[y - row, x - column].tolist() == [q, p, 0]


def test_a_matrix_of_zeros_changes_nothing() -> None:
    assert Orientation.nearest((0, 0, 0, 0)) == Orientation()


def test_cropping_comes_before_turning() -> None:
    frame = noise_frame("rgb24")
    converter = Converter(Cropping(top=2, bottom=4, left=8, right=16))
    assert converter.obstacle(frame) == ""
    converter.orientation = Orientation.nearest((0, 1, -1, 0))
    assert converter.size(frame, converter.orientation) == (40, 42)
    expected = filtered(frame, "crop=40:42:8:2,transpose=clock")
    assert np.array_equal(converter.rgb(frame, converter.orientation), expected)


def as_rgb(frame: av.VideoFrame) -> Rgb:
    converter = Converter(Cropping())
    assert converter.obstacle(frame) == ""
    return converter.rgb(frame, converter.orientation)


@pytest.mark.parametrize(("height", "width", "known"), [(48, 64, 6), (720, 1280, 1)])
@pytest.mark.parametrize("matrix", [3, 8, *range(10, 19), 255])
def test_unknown_colour_matrices_are_read_as_601_or_709_by_size(
    matrix: int, height: int, width: int, known: int
) -> None:
    frame = noise_frame("yuv420p", height=height, width=width)
    frame.colorspace = known
    expected = as_rgb(frame)
    frame.colorspace = matrix
    assert np.array_equal(as_rgb(frame), expected)


@given(
    matrix=st.integers(0, 255),
    span=st.integers(0, 3),
    transfer=st.integers(0, 255),
    primaries=st.integers(0, 255),
    pixels=st.sampled_from(["yuv420p", "yuva420p", "yuvj422p", "gbrp", "gray", "yuv444p10le"]),
)
def test_no_tag_of_colour_keeps_a_picture_from_being_shown(
    matrix: int, span: int, transfer: int, primaries: int, pixels: str
) -> None:
    frame = av.VideoFrame(16, 16, pixels)
    frame.colorspace, frame.color_range = matrix, span
    frame.color_trc, frame.color_primaries = transfer, primaries
    assert as_rgb(frame).shape == (16, 16, 3)


def test_a_film_tagged_ycgco_is_shown(tmp_path: Path) -> None:
    def setup(stream: av.VideoStream) -> None:
        stream.codec_context.colorspace = 8

    path = write_clip(tmp_path / "clip.mp4", pictures(3), setup=setup)
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.colorspace == 8
    with VideoFile(path) as source:
        for number, frame in enumerate(source):
            assert np.abs(frame.rgb.astype(int) - picture(number)).mean() < 4


@pytest.mark.parametrize("pixels", ["rgbaf32le", "gray32le", "yaf32le", "rgb4"])
def test_pixels_that_ffmpeg_cannot_convert_are_an_obstacle(pixels: str) -> None:
    converter = Converter(Cropping())
    assert converter.obstacle(av.VideoFrame(16, 16, pixels)) != ""
    assert converter.obstacle(av.VideoFrame(16, 16, "yuv420p")) == ""
    assert converter.obstacle(av.VideoFrame(16, 16, pixels)) != ""


def transparent(number: int) -> Rgb:
    """A picture whose pixels have every degree of transparency."""
    rgba = np.random.default_rng(number).integers(0, 256, (48, 64, 4), np.uint8)
    rgba[:8, :, 3], rgba[-8:, :, 3] = 0, 255
    return rgba


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("clip.mov", Codec("png", "rgba")),
        ("clip.mkv", Codec("ffv1", "bgra")),
        ("clip.avi", Codec("rawvideo", "bgra")),
        ("clip.apng", Codec("apng", "rgba")),
    ],
)
def test_what_is_transparent_is_laid_over_black_as_in_a_folder_of_images(
    tmp_path: Path, name: str, codec: Codec
) -> None:
    shown = [transparent(number) for number in range(3)]
    path = write_clip(tmp_path / name, shown, codec=codec)
    (tmp_path / "images").mkdir()
    for number, rgba in enumerate(shown):
        Image.fromarray(rgba).save(tmp_path / "images" / f"{number}.png")
    with VideoFile(path) as film, ImageFolder(tmp_path / "images") as images:
        pairs = list(zip(film, images, strict=True))
    assert len(pairs) == 3
    for (frame, image), rgba in zip(pairs, shown, strict=True):
        exact = rgba[..., :3].astype(int) * rgba[..., 3:] / 255
        assert np.abs(frame.rgb - exact).max() <= 0.5
        assert np.array_equal(frame.rgb, image.rgb)


@pytest.mark.parametrize(
    "pixels", ["yuva420p", "yuva444p10le", "rgba64le", "gbrap12le", "ya8", "ya16le", "argb", "abgr"]
)
def test_every_kind_of_transparency_hides_what_is_under_it(pixels: str) -> None:
    rgba = np.full((16, 16, 4), 200, np.uint8)
    rgba[:, :8, 3], rgba[:, 8:, 3] = 0, 255
    rgb = as_rgb(av.VideoFrame.from_ndarray(rgba, format="rgba").reformat(format=pixels))
    assert rgb[:, :8].max() <= 1  # FFmpeg rounds the transparency of 12 bits upwards
    assert np.abs(rgb[:, 8:].astype(int) - 200).max() <= 2


def test_a_gif_is_laid_over_black(tmp_path: Path) -> None:
    shown = []
    for number in range(3):
        rgba = np.zeros((48, 64, 4), np.uint8)
        rgba[..., 0] = 200
        rgba[8:24, 8 * number : 8 * number + 8] = (0, 255, 0, 255)
        shown.append(Image.fromarray(rgba))
    path = tmp_path / "film.gif"
    shown[0].save(path, save_all=True, append_images=shown[1:], duration=100, disposal=2)
    with VideoFile(path) as source:
        frames = list(source)
    assert len(frames) == 3
    for number, frame in enumerate(frames):
        assert frame.rgb[10, 8 * number + 4].tolist() == [0, 255, 0]
        assert not frame.rgb[:, 8 * number + 8 :].any()


@pytest.mark.parametrize("level", [0, 77, 255])
def test_what_is_opaque_keeps_its_bits(level: int) -> None:
    rgba = np.full((16, 16, 4), level, np.uint8)
    rgba[..., 3] = 255
    frame = av.VideoFrame.from_ndarray(rgba, format="rgba")
    assert np.array_equal(as_rgb(frame), rgba[..., :3])


@pytest.mark.parametrize(
    ("name", "codec", "opacity", "shown"),
    [
        ("a.avi", Codec("rawvideo", "bgra"), 0, 1.0),
        ("a.avi", Codec("rawvideo", "bgra"), 51, 0.2),
        ("a.avi", Codec("rawvideo", "bgra"), 255, 1.0),
        ("a.avi", Codec("png", "rgba"), 0, 0.0),
        ("a.mov", Codec("rawvideo", "argb"), 0, 0.0),
    ],
)
def test_the_fourth_byte_of_an_uncompressed_avi_may_be_unused(
    tmp_path: Path, name: str, codec: Codec, opacity: int, shown: float
) -> None:
    rgba = np.full((8, 16, 4), (200, 100, 50, opacity), np.uint8)
    with VideoFile(write_clip(tmp_path / name, [rgba] * 2, codec=codec)) as source:
        frames = list(source)
    assert len(frames) == 2
    for frame in frames:
        assert frame.rgb[3, 3].tolist() == [200 * shown, 100 * shown, 50 * shown]
