from pathlib import Path

import av
import numpy as np
import pytest
from tests.support.clips import H264, LOSSLESS, Codec, pictures, write_clip

from stream_ae.errors import SourceError
from stream_ae.sources.decoder import Decoded, VideoReader
from stream_ae.sources.main_video import decoder_of, main_video, stated_duration
from stream_ae.sources.video_file import VideoFile


def two_videos(path: Path, dispositions: tuple[str, str], counts: tuple[int, int]) -> Path:
    """A file with two videos: one of 16 x 16 pixels, and then one of 48 x 48."""
    flags = av.stream.Disposition
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("mjpeg", rate=10) for _ in range(2)]
        for stream, size, kind in zip(streams, (16, 48), dispositions, strict=True):
            stream.height = stream.width = size
            stream.pix_fmt, stream.disposition = "yuvj420p", flags[kind] if kind else flags(0)
        for stream, count in zip(streams, counts, strict=True):
            for number in range(count):
                frame = av.VideoFrame(stream.width, stream.height, "yuvj420p")
                frame.pts = number
                container.mux(stream.encode(frame))
    return path


@pytest.mark.parametrize("suffix", [".mov", ".nut"])
@pytest.mark.parametrize(
    ("dispositions", "counts", "expected"),
    [
        (("", "default"), (5, 5), [(48, 48)] * 5),
        (("default", ""), (5, 4), [(16, 16)] * 5),
        (("default", "default"), (1, 5), [(48, 48)] * 5),
        (("attached_pic", ""), (1, 5), [(48, 48)] * 5),
    ],
)
def test_the_main_video_is_read_wherever_it_is(
    tmp_path: Path,
    suffix: str,
    dispositions: tuple[str, str],
    counts: tuple[int, int],
    expected: list[tuple[int, int]],
) -> None:
    path = two_videos(tmp_path / f"clip{suffix}", dispositions, counts)
    with av.open(str(path)) as container:
        best = container.streams.best("video")
        assert isinstance(best, av.VideoStream)
        assert (best.height, best.width) == expected[0]
        assert container.streams.video[main_video(container)] is best
    with VideoReader(f"file:{path}") as video:
        assert [item.size for item in video if isinstance(item, Decoded)] == expected


def test_a_single_picture_beside_a_film_is_not_the_film(tmp_path: Path) -> None:
    path = two_videos(tmp_path / "clip.mov", ("default", ""), (1, 5))
    with av.open(str(path)) as container:
        best = container.streams.best("video")
        assert isinstance(best, av.VideoStream)
        assert best.height == 16, "FFmpeg itself would take the thumbnail"
    with VideoReader(f"file:{path}") as video:
        assert [item.size for item in video if isinstance(item, Decoded)] == [(48, 48)] * 5


def test_the_cover_of_a_song_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as container:
        cover, sound = container.add_stream("mjpeg", rate=10), container.add_stream("aac", 8000)
        cover.height = cover.width = 16
        cover.pix_fmt, cover.disposition = "yuvj420p", av.stream.Disposition.attached_pic
        container.mux(cover.encode(av.VideoFrame(16, 16, "yuvj420p")))
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        samples.sample_rate = 8000
        container.mux(sound.encode(samples))
        container.mux(sound.encode(None))
    with pytest.raises(SourceError, match="it holds no video that can be decoded, only audio"):
        VideoReader(f"file:{path}")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("clips.txt", b"file 'camera/clip_1.mp4'\n" * 900, "it is text, no video"),
        ("film.nfo", b"a film\n" * 40, "it is text, no video"),
        ("read.me.asc", b"words and more words\r\n", "it is text, no video"),
        ("art.ans", b"\x1b[31mred\x1b[0m\n" * 30, "it is text, no video"),
        ("art.adf", b"\1" + bytes(4300) + b"a\7" * 2000, "it is text, no video"),
        ("art.xb", b"XBIN\x1a\2\0\2\0\x10\0" + b"a\7" * 4, "it is text, no video"),
        ("a.ffconcat", b"ffconcat version 1.0\nfile clip.mp4\n", "a list of other files"),
        ("script.py", b"print('no film')\n" * 30, "it is no video"),
        ("data.csv", b"1,2,3\n" * 300, "it is no video"),
        ("film.srt", b"1\n00:00:01,000 --> 00:00:02,000\nHello\n\n" * 9, "only subtitle"),
    ],
)
def test_text_is_no_video(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    write_clip(tmp_path / "clip.mp4", pictures(2))
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=reason):
        VideoReader(f"file:{tmp_path / name}")


def test_a_picture_in_tiles_is_not_taken_for_one_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_clip(tmp_path / "clip.mov", pictures(1), codec=LOSSLESS)
    with VideoReader(f"file:{path}") as video:
        assert len(list(video)) == 1
    tile = property(lambda _: av.stream.Disposition.dependent)
    monkeypatch.setattr("av.video.stream.VideoStream.disposition", tile, raising=False)
    with pytest.raises(SourceError, match="one picture in tiles"):
        VideoReader(f"file:{path}")


def test_the_transparency_of_a_webm_is_decoded(tmp_path: Path) -> None:
    rgba = np.full((48, 64, 4), 200, np.uint8)
    rgba[:, :32, 3], rgba[:, 32:, 3] = 0, 255
    path = write_clip(tmp_path / "clip.webm", [rgba] * 3, codec=Codec("libvpx-vp9", "yuva420p"))
    with VideoFile(path) as source:
        frames = list(source)
    assert [frame.time for frame in frames] == pytest.approx([0.0, 0.1, 0.2])
    for frame in frames:
        assert frame.rgb[:, :24].max() <= 2
        assert frame.rgb[:, 40:].min() >= 195


def test_other_streams_keep_their_decoder(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.webm", pictures(2), codec=Codec("libvpx-vp9", "yuv420p"))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert decoder_of(stream) is stream.codec_context


@pytest.mark.parametrize(
    ("name", "codec", "seconds"),
    [
        ("clip.mp4", H264, 2.0),
        ("clip.mkv", H264, 2.0),
        ("clip.avi", LOSSLESS, 2.0),
        ("clip.ts", H264, 2.0),
        ("clip.flv", H264, 2.0),
        ("clip.h264", H264, None),
    ],
)
def test_the_duration_that_is_stated(
    tmp_path: Path, name: str, codec: Codec, seconds: float | None
) -> None:
    path = write_clip(tmp_path / name, pictures(20), codec=codec)
    with av.open(str(path)) as container:
        assert stated_duration(container.streams.video[0]) == pytest.approx(seconds, abs=0.21)
