from pathlib import Path

import pytest
from tests.support.clips import write_playlist
from tests.support.http_server import HttpServer

from stream_ae.errors import SourceLostError
from stream_ae.frame import Event, Frame
from stream_ae.sources import attempts
from stream_ae.sources.live import LiveStream
from stream_ae.sources.network_url import parse_url
from stream_ae.sources.segments import segments_of

LIST = """#EXTM3U
#EXT-X-TARGETDURATION:6
#EXT-X-KEY:METHOD=NONE
#EXTINF:5.5,title
a.ts
#EXTINF:6,
/b.ts?x=1
#EXTINF:0.25
https://other/c.ts
#EXT-X-ENDLIST
"""
BASE = parse_url("http://me:secret@cam/films/1.m3u8")


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    pause = LiveStream.pause
    monkeypatch.setattr(LiveStream, "pause", lambda self, _: pause(self, 0.001))
    monkeypatch.setattr(attempts, "FIRST_PAUSES", ())


def parsed(playlist: str) -> list[tuple[str, float, bool]]:
    found = segments_of(playlist, base=BASE, redirected="http://cam/hd/1.m3u8")
    return [(s.url.without_login, s.seconds, s.url.login is not None) for s in found]


def test_the_segments_of_a_recording() -> None:
    assert parsed(LIST) == [
        ("http://cam/hd/a.ts", 5.5, True),
        ("http://cam/b.ts?x=1", 6.0, True),
        ("https://other/c.ts", 0.25, False),  # nobody else gets the password
    ]


def test_the_head_that_segments_share_comes_first() -> None:
    head = '#EXT-X-MAP:URI="init.mp4"\n#EXTINF:5.5,title'
    assert parsed(LIST.replace("#EXTINF:5.5,title", head))[:2] == [
        ("http://cam/hd/init.mp4", 0.0, True),
        ("http://cam/hd/a.ts", 5.5, True),
    ]


@pytest.mark.parametrize(
    ("usual", "beyond"),
    [
        ("#EXT-X-ENDLIST", ""),
        ("METHOD=NONE", 'METHOD=AES-128,URI="key"'),
        ("#EXTINF:6,", "#EXT-X-BYTERANGE:100@0\n#EXTINF:6,"),
        ("#EXTINF:6,", "#EXT-X-STREAM-INF:BANDWIDTH=1"),
        ("#EXTINF:6,", '#EXT-X-MAP:URI="a",BYTERANGE="1@0"\n#EXTINF:6,'),
        ("#EXTINF:6,", '#EXT-X-MAP:URI="a"\n#EXT-X-MAP:URI="b"\n#EXTINF:6,'),
    ],
)
def test_what_is_left_to_ffmpeg(usual: str, beyond: str) -> None:
    assert parsed(LIST.replace(usual, beyond)) == []


def played(server: HttpServer) -> tuple[int, list[Event], SourceLostError | None]:
    """How many frames were given or counted, what was told, and how it ended."""
    told: list[Event] = []
    frames: list[Frame] = []
    with LiveStream(f"{server.url}/list.m3u8") as source:
        try:
            frames.extend(source.frames(on_event=told.append))
        except SourceLostError as error:
            return len(frames) + sum(frame.dropped for frame in frames), told, error
    return len(frames) + sum(frame.dropped for frame in frames), told, None


@pytest.mark.parametrize("kind", ["mpegts", "fmp4"])
def test_all_segments_are_one_recording(tmp_path: Path, kind: str) -> None:
    write_playlist(tmp_path, kind=kind)
    with HttpServer(folder=tmp_path) as server:
        assert played(server) == (40, [], None)


@pytest.mark.parametrize("number", [0, 4, 9])
def test_a_segment_that_is_missing_is_told_and_no_end_as_usual(tmp_path: Path, number: int) -> None:
    write_playlist(tmp_path)
    (tmp_path / f"list{number}.ts").unlink()
    with HttpServer(folder=tmp_path) as server:
        count, told, error = played(server)
    first = told[0].text
    assert first.startswith(f"segment {number + 1} of 10 (0.2 s) is missing: the server answered")
    assert {event.kind for event in told} == {"decode_error"}
    assert 35 <= count <= 36
    assert count + len(told) - 1 == 36, "each other frame is given or counted"
    assert "0.2 of 1.6 s are missing" in str(error)


def test_a_segment_that_breaks_off_goes_on(tmp_path: Path) -> None:
    write_playlist(tmp_path)
    with HttpServer(folder=tmp_path) as server:
        server.cuts = [10_000, 10_000, 100]  # the list, the first segment, the second
        count, told, error = played(server)
    assert (count, error) == (40, None)
    assert [event.kind for event in told] == ["source_lost", "reconnected"]
