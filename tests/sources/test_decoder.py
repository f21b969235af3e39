import contextlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from tests.support.clips import H264, LOSSLESS, Codec, picture, pictures, write_clip
from tests.support.rtsp_server import RtspServer, encode_h264

from stream_ae.errors import SourceError, SourceLostError
from stream_ae.frame import Event
from stream_ae.sources.decoder import Decoded, NoAnswerError, VideoReader

VP9 = Codec("libvpx-vp9", "yuv420p")


def set_key_frames(stream: av.VideoStream) -> None:
    stream.codec_context.gop_size = 12


def counts(video: VideoReader) -> list[int]:
    """How many pictures were skipped before each that came."""
    return [item.skipped for item in video if isinstance(item, Decoded)]


def test_what_the_container_states(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", pictures(12), fps=30)
    with VideoReader(f"file:{tmp_path}/clip.mp4") as video:
        assert video.length == 12
        assert video.fps == 30
        assert video.has_end
    write_clip(tmp_path / "clip.h264", pictures(12))
    with VideoReader(f"file:{tmp_path}/clip.h264") as video:
        assert video.length is None
        assert not video.has_end


def test_pictures_and_events_come_in_order(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.avi", pictures(5), codec=LOSSLESS, fps=10, spoilt=(2,))
    shown: list[float | str] = []
    with VideoReader(f"file:{path}") as video:
        for item in video:
            if isinstance(item, Decoded):
                assert item.time is not None
                shown.append(item.time)
                assert item.size == (48, 64)
                assert np.array_equal(item.rgb(), picture(round(10 * item.time)))
            else:
                shown.append(item.kind)
    assert shown == pytest.approx([0.0, 0.1, "decode_error", 0.3, 0.4])


def test_damaged_streams_decode_the_same_every_time(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (30, 48, 64, 3), np.uint8)
    path = write_clip(tmp_path / "clip.mp4", noise)
    data = bytearray(path.read_bytes())
    for place in range(2000, len(data) - 6000, 3000):
        data[place : place + 20] = bytes(range(20))
    path.write_bytes(data)
    passes = []
    for _ in range(4):
        with VideoReader(f"file:{path}") as video:
            items = list(video)
        passes.append(
            [item.rgb().tobytes() if isinstance(item, Decoded) else item for item in items]
        )
    assert any(isinstance(item, Event) for item in passes[0])
    assert passes[1:] == passes[:1] * 3


def test_the_reason_holds_no_address() -> None:
    with pytest.raises(SourceError) as caught:
        VideoReader("http://user:secret@127.0.0.1:1/live", timeout=(1.0, 1.0))
    assert str(caught.value) == "connection refused"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_after_a_silence_the_same_line_goes_on() -> None:
    with RtspServer(pictures(5)) as server:
        options = {"rtsp_transport": "tcp", "fpsprobesize": "0"}
        with VideoReader(server.url, options=options, timeout=(5.0, 0.3)) as video:
            assert isinstance(next(iter(video)), Decoded)
            server.freeze()
            with pytest.raises(NoAnswerError, match="no answer in time"):
                list(video)
            server.thaw()
            assert isinstance(next(iter(video)), Decoded)
    assert server.requests.count("PLAY") == 1
    assert issubclass(NoAnswerError, SourceLostError)


@pytest.mark.parametrize(
    ("limit", "skipped"),
    [("CONVERT_FEWER_AFTER", [7, 7, 7]), ("KEY_FRAMES_ONLY_AFTER", [0, 4, 4, 4, 4, 4])],
)
def test_of_what_comes_too_fast_pictures_are_skipped_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, skipped: list[int]
) -> None:
    path = tmp_path / "clip.h264"  # states no duration; every fifth picture is a key frame
    units = [unit for picture in encode_h264(pictures(30), 10) for unit in picture]
    path.write_bytes(b"".join(b"\0\0\0\1" + unit for unit in units))
    with VideoReader(f"file:{path}", only_latest=True) as video:
        assert counts(video) == [0] * 30
    monkeypatch.setattr("stream_ae.sources.drop_policy.BUFFERED_WAIT", 60.0)
    monkeypatch.setattr(f"stream_ae.sources.drop_policy.{limit}", -1.0)
    with VideoReader(f"file:{path}", only_latest=True) as video:
        assert counts(video) == skipped
    with VideoReader(f"file:{path}") as video:
        assert counts(video) == [0] * 30, "nobody asked for the latest"


def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", pictures(2))
    with VideoReader(f"file:{path}") as video:
        assert len(list(video)) == 2
        video.close()
    video.close()


@pytest.mark.parametrize("error", [RuntimeError("odd"), ValueError("no"), av.error.OSError(5, "x")])
def test_whatever_a_packet_raises_is_an_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    path = write_clip(tmp_path / "clip.avi", pictures(5), codec=LOSSLESS)

    with VideoReader(f"file:{path}") as video:
        decoder = video._decoder

        class Fragile:
            sample_aspect_ratio = None

            def decode(self, packet: "av.Packet[av.VideoStream]") -> list[av.VideoFrame]:
                if packet.pts == 3:
                    raise error
                frames: list[av.VideoFrame] = decoder.decode(packet)
                return frames

        monkeypatch.setattr(video, "_decoder", Fragile())
        items = list(video)
    kinds = ["event" if isinstance(item, Event) else "picture" for item in items]
    assert kinds == ["picture"] * 3 + ["event", "picture"]
    (event,) = [item for item in items if isinstance(item, Event)]
    assert event.kind == "decode_error"
    assert event.text.startswith("a packet was not decoded at 0.300 s: ")


def test_a_picture_without_rgb_is_an_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_clip(tmp_path / "clip.avi", pictures(3), codec=LOSSLESS)
    monkeypatch.setattr("stream_ae.sources.conversion._FATAL", {"rgb24"})
    with VideoReader(f"file:{path}") as video:
        items = list(video)
    text = "a picture cannot be converted to RGB at 0.{}00 s: NotImplementedError: pixels of rgb24"
    assert items == [Event("decode_error", text.format(number)) for number in range(3)]


@pytest.mark.parametrize(
    ("aspect", "matrix", "expected"),
    [
        (None, None, 1.0),
        (Fraction(64, 45), None, 64 / 45),
        (Fraction(8, 9), None, 8 / 9),
        (Fraction(64, 45), [0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30], 45 / 64),
        (Fraction(64, 45), [-1 << 16, 0, 0, 0, -1 << 16, 0, 0, 0, 1 << 30], 64 / 45),
    ],
)
@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_the_aspect_of_a_pixel_is_turned_with_the_picture(
    tmp_path: Path, aspect: Fraction | None, matrix: list[int] | None, expected: float, suffix: str
) -> None:
    def setup(stream: av.VideoStream) -> None:
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if matrix is not None:
            stream.set_display_matrix(matrix)

    path = write_clip(tmp_path / f"clip{suffix}", pictures(2), setup=setup)
    with VideoReader(f"file:{path}") as video:
        aspects = [item.pixel_aspect for item in video if isinstance(item, Decoded)]
    assert aspects == pytest.approx([expected] * 2)


def test_the_aspect_of_a_pixel_may_change_in_the_middle(tmp_path: Path) -> None:
    def encoded(aspect: Fraction) -> bytes:
        def setup(stream: av.VideoStream) -> None:
            stream.codec_context.sample_aspect_ratio = aspect
            stream.codec_context.max_b_frames = 0

        return write_clip(tmp_path / "part.h264", pictures(4), setup=setup).read_bytes()

    path = tmp_path / "clip.h264"
    path.write_bytes(encoded(Fraction(12, 11)) + encoded(Fraction(16, 11)))
    with VideoReader(f"file:{path}") as video:
        aspects = [item.pixel_aspect for item in video if isinstance(item, Decoded)]
    assert aspects == pytest.approx([12 / 11] * 4 + [16 / 11] * 4)


@pytest.mark.parametrize(
    ("name", "share", "missing"),
    [
        ("clip.mkv", 1.0, 0.0),
        ("clip.mkv", 0.5, 2.0),
        ("clip.mp4", 1.0, 0.0),
        ("clip.mp4", 0.5, 2.0),
        ("clip.ts", 0.5, 0.0),  # which states nothing
        ("clip.h264", 0.5, 0.0),
    ],
)
def test_what_a_container_states_and_does_not_hold_is_missing(
    tmp_path: Path, name: str, share: float, missing: float
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 48, 64, 3), np.uint8)
    path = write_clip(tmp_path / name, noise, faststart=True)
    path.write_bytes(path.read_bytes()[: round(share * path.stat().st_size)])
    with VideoReader(f"file:{path}") as video:
        with contextlib.suppress(SourceLostError):
            list(video)
        assert video.missing == pytest.approx(missing, abs=0.4)


@pytest.mark.parametrize("name", ["clip.mkv", "clip.webm", "clip.mp4", "clip.ts"])
def test_what_begins_late_is_not_missing_its_end(tmp_path: Path, name: str) -> None:
    codec = VP9 if name == "clip.webm" else H264
    whole = write_clip(tmp_path / name, pictures(48), codec=codec, setup=set_key_frames)
    path = tmp_path / f"cut {name}"
    with av.open(str(whole)) as read, av.open(str(path), "w") as written:
        stream = written.add_stream_from_template(read.streams.video[0])
        for number, packet in enumerate(read.demux(video=0)):
            if number >= 24 and packet.size:
                packet.stream = stream
                written.mux(packet)
    with VideoReader(f"file:{path}") as video:
        assert len([item for item in video if isinstance(item, Decoded)]) == 24
        assert video.missing == pytest.approx(0, abs=0.11)
