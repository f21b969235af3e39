from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from tests.support.clips import H264, MPEG4, Codec, pictures, write_clip, write_playlist
from tests.support.http_server import HttpServer

from stream_ae.errors import SourceError, SourceLostError
from stream_ae.frame import Event, Frame
from stream_ae.sources import attempts
from stream_ae.sources.live import LiveStream
from stream_ae.sources.video_file import VideoFile

GREYS = [np.full((64, 96, 3), 20 * number, np.uint8) for number in range(12)]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for: neither a server nor the time of the next picture."""
    pause = LiveStream.pause
    monkeypatch.setattr(LiveStream, "pause", lambda self, _: pause(self, 0.001))
    monkeypatch.setattr(attempts, "FIRST_PAUSES", (0.01,) * 2)


def count(frames: list[Frame]) -> int:
    """Frames that were given or counted."""
    return len(frames) + sum(frame.dropped for frame in frames)


def played(url: str) -> tuple[int, list[str]]:
    """How many frames were given or counted, and the kinds of events."""
    told: list[Event] = []
    with LiveStream(url) as source:
        frames = list(source.frames(on_event=told.append))
    events = [*told, *(event for frame in frames for event in frame.events)]
    return count(frames), [event.kind for event in events]


def in_a_file(path: Path) -> int:
    with VideoFile(path) as source:
        return len(list(source))


def write_noise(path: Path, *, codec: Codec = H264, frames: int = 40) -> Path:
    """A recording with its index in front, whose pictures are large."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (frames, 64, 96, 3), np.uint8)
    if path.suffix != ".mp4":
        return write_clip(path, noise, codec=codec, fps=25)
    plain = write_clip(path.with_name("plain.mp4"), noise, codec=codec, fps=25)
    with (
        av.open(str(plain)) as source,
        av.open(str(path), "w", options={"movflags": "faststart"}) as copy,
    ):
        stream = copy.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    return path


def serve(server: HttpServer, how: str) -> None:
    """Answer with what a server may know: ranges, the length, chunks, or nothing."""
    server.ranges, server.chunked = how == "ranges", how == "chunks"
    server.length = how in ("ranges", "length")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["ranges", "length", "chunks", "nothing"])
@pytest.mark.parametrize("suffix", ["ts", "mp4", "mkv", "avi"])
def test_a_recording_loses_no_frame_however_the_server_answers(
    tmp_path: Path, suffix: str, how: str
) -> None:
    codec = MPEG4 if suffix == "avi" else H264
    path = write_noise(tmp_path / f"clip.{suffix}", codec=codec)
    assert in_a_file(path) == 40
    with HttpServer(folder=tmp_path) as server:
        serve(server, how)
        assert played(f"{server.url}/{path.name}") == (40, [])
        server.cuts = [path.stat().st_size * part // 10 for part in (3, 6)]
        frames, events = played(f"{server.url}/{path.name}")
    assert frames == 40
    assert events in (["source_lost", "reconnected"] * 2, ["source_lost", "reconnected"]), (
        "a cut may fall where a demuxer had only looked for the end"
    )


@pytest.mark.slow
@pytest.mark.parametrize("how", ["ranges", "length", "chunks", "nothing"])
def test_a_recording_that_stays_cut_short_is_lost(tmp_path: Path, how: str) -> None:
    path = write_noise(tmp_path / "clip.mp4", frames=100)
    with HttpServer(folder=tmp_path) as server:
        serve(server, how)
        server.cuts = [path.stat().st_size // 2] * 9
        frames: list[Frame] = []
        with (
            LiveStream(f"{server.url}/clip.mp4", give_up_after=0) as source,
            pytest.raises(SourceLostError, match=r"the last [12]\.\d s are missing"),
        ):
            frames.extend(source)


@pytest.mark.parametrize("kind", ["mp4", "mkv"])
def test_a_recording_that_is_itself_cut_short_is_lost(tmp_path: Path, kind: str) -> None:
    path = write_noise(tmp_path / f"clip.{kind}", frames=100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with (
        HttpServer(folder=tmp_path) as server,
        pytest.raises(SourceLostError, match=r"it ended, but the last [12]\.\d s are missing"),
    ):
        played(f"{server.url}/clip.{kind}")


@pytest.mark.parametrize("ranges", [True, False])
def test_the_index_may_be_at_the_end(tmp_path: Path, *, ranges: bool) -> None:
    path = write_noise(tmp_path / "clip.mp4").with_name("plain.mp4")
    with HttpServer(folder=tmp_path) as server:
        server.ranges = ranges
        server.cuts = [path.stat().st_size // 2]
        assert played(f"{server.url}/plain.mp4") == (40, ["source_lost", "reconnected"])


def test_recordings_that_were_joined_are_all_played(tmp_path: Path) -> None:
    parts = [
        write_clip(tmp_path / f"{number}.ts", pictures(frames), fps=25)
        for number, frames in enumerate((40, 30))
    ]
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    with HttpServer(folder=tmp_path) as server:
        assert played(f"{server.url}/joined.ts") == (in_a_file(joined), [])
    assert in_a_file(joined) == 70


@pytest.mark.parametrize("ticks", [(1 << 33) - 20 * 3600, (1 << 33) - 1])
def test_a_clock_that_wraps_loses_nothing(tmp_path: Path, ticks: int) -> None:
    path = tmp_path / "late.ts"
    with av.open(str(path), "w", options={"output_ts_offset": str(ticks / 90_000)}) as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for rgb in pictures(40):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    with HttpServer(folder=tmp_path) as server:
        assert played(f"{server.url}/late.ts") == (in_a_file(path), [])
    assert in_a_file(path) == 40


def test_an_animation_is_a_recording(tmp_path: Path) -> None:
    first, *more = [Image.new("RGB", (8, 8), (50 * number, 0, 0)) for number in range(5)]
    first.save(tmp_path / "a.gif", save_all=True, append_images=more, duration=40)
    with HttpServer(folder=tmp_path) as server:
        assert played(f"{server.url}/a.gif") == (5, [])


def playlist(folder: Path, *, ends: bool) -> Path:
    """Ten segments of a recording, four pictures each."""
    path = write_playlist(folder)
    if not ends:
        path.write_text(path.read_text().replace("#EXT-X-ENDLIST\n", ""))
    return path


def test_a_playlist_with_an_end_is_a_recording(tmp_path: Path) -> None:
    playlist(tmp_path, ends=True)
    with HttpServer(folder=tmp_path) as server:
        assert played(f"{server.url}/list.m3u8") == (40, [])


@pytest.mark.slow
def test_a_playlist_without_an_end_is_a_camera(tmp_path: Path) -> None:
    playlist(tmp_path, ends=False)
    with HttpServer(folder=tmp_path) as server, LiveStream(f"{server.url}/list.m3u8") as source:
        assert next(iter(source)).is_first
        assert source.live


@pytest.mark.slow
def test_a_live_playlist_that_ends_is_over(tmp_path: Path) -> None:
    path = playlist(tmp_path, ends=False)
    told: list[Event] = []
    with HttpServer(folder=tmp_path) as server, LiveStream(f"{server.url}/list.m3u8") as source:
        frames = source.frames(on_event=told.append)
        next(frames)
        path.write_text(f"{path.read_text()}#EXT-X-ENDLIST\n")
        list(frames)
    assert [event.kind for event in told] == ["source_lost"], "and not played from its start"


@pytest.mark.slow
def test_a_playlist_that_only_ffmpeg_reads_is_a_recording_too(tmp_path: Path) -> None:
    playlist(tmp_path, ends=True)
    (tmp_path / "best.m3u8").write_text("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000\nlist.m3u8\n")
    with HttpServer(folder=tmp_path) as server:
        assert played(f"{server.url}/best.m3u8") == (40, [])


def test_multipart_is_a_camera_and_its_size_may_change() -> None:
    wide = [np.full((32, 128, 3), 20 * number, np.uint8) for number in range(3)]
    with HttpServer(GREYS[:3] + wide) as server:
        told = []
        with LiveStream(f"{server.url}/live") as source:
            for frame in source:
                told += [(event.kind, event.text) for event in frame.events]
                if len(told) == 2:
                    break
    assert told == [
        ("size_changed", "from 96x64 to 128x32"),
        ("size_changed", "from 128x32 to 96x64"),
    ]


@pytest.mark.parametrize("kind", ["image/jpeg", "video/x-motion-jpeg", "application/octet-stream"])
def test_pictures_without_an_end_are_a_camera_also_without_boundaries(kind: str) -> None:
    rng = np.random.default_rng(0)
    with HttpServer(list(rng.integers(0, 256, (4, 64, 96, 3), np.uint8))) as server:
        server.headers = {"Content-Type": kind}
        server.hold_after = 20  # FFmpeg alone would wait for 50
        with LiveStream(f"{server.url}/bare") as source:
            frames = list(islice(source, 2))
        assert len(server.requests) == 1
    assert [event for frame in frames for event in frame.events] == []


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/status/401", "401 Unauthorized; are user and password right"),
        ("/status/403", "403 Forbidden; may this user see it"),
        ("/nothing", "404 Not Found; is the path right"),
        ("/status/302", "302 and sends us on without end"),
    ],
)
def test_what_the_server_answered_is_one_clear_line(path: str, said: str) -> None:
    with (
        HttpServer() as server,
        LiveStream(f"{server.url}{path}?token=secret") as source,
        pytest.raises(SourceError, match=f"after 3 attempts in 0 s: the server answered {said}"),
    ):
        next(iter(source))


def test_a_redirection_is_followed(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", pictures(5))
    with HttpServer(folder=tmp_path) as server:
        assert played(f"{server.url}/to/clip.mp4")[0] == 5
