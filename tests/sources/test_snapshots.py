import io
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.support.http_server import HttpServer, jpeg

from stream_ae.errors import SourceError, SourceLostError
from stream_ae.frame import Frame
from stream_ae.sources import attempts, base, snapshots
from stream_ae.sources.frame_queue import FrameQueue
from stream_ae.sources.live import LiveStream
from stream_ae.sources.snapshots import is_snapshot

GREYS = [np.full((48, 64, 3), 20 * number, np.uint8) for number in range(12)]


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What is waited between two requests, instead of waiting."""
    waited: list[float] = []
    pause = LiveStream.pause

    def noticed(self: LiveStream, seconds: float) -> bool:
        waited.append(seconds)
        return pause(self, min(seconds, 0.02))

    def without_loss(capacity: int, *, drop_oldest: bool) -> FrameQueue:  # noqa: ARG001
        return FrameQueue(capacity)

    monkeypatch.setattr(LiveStream, "pause", noticed)
    monkeypatch.setattr(base, "FrameQueue", without_loss)  # as in a second, each picture is taken
    monkeypatch.setattr(attempts, "FIRST_PAUSES", ())
    return waited


def taken(server: HttpServer, count: int, path: str = "/snapshot") -> list[Frame]:
    with LiveStream(server.url + path) as source:
        return list(islice(source, count))


def numbers(frames: list[Frame]) -> list[int]:
    return [round(float(frame.rgb.mean()) / 20) for frame in frames]


def test_one_picture_after_the_other_without_any_loss(pauses: list[float]) -> None:
    with HttpServer(GREYS) as server:
        frames = taken(server, 6)
        assert numbers(frames) == list(range(6))
    assert [frame.is_first for frame in frames] == [True] + [False] * 5
    assert [event for frame in frames for event in frame.events] == []
    assert set(pauses) == {snapshots.SHORTEST_PAUSE}, "at most one request a second"


def test_a_picture_that_stays_the_same_is_asked_for_more_slowly(pauses: list[float]) -> None:
    with HttpServer([GREYS[0]] * 4 + [GREYS[5], GREYS[6]]) as server:
        assert numbers(taken(server, 6)) == [0, 0, 0, 0, 5, 6]
    assert pauses[:6] == [1, 2, 4, 5, 1, 1]


def test_a_server_may_answer_that_nothing_changed(pauses: list[float]) -> None:
    with HttpServer(GREYS[:1]) as server:
        server.headers = {"ETag": '"1"'}
        server.jpegs = [jpeg(GREYS[1]), b"", b"", jpeg(GREYS[3])]
        assert numbers(taken(server, 4)) == [1, 1, 1, 3]
        assert [headers.get("If-None-Match") for _, headers in server.requests[:4]] == [
            *(None, '"1"', '"1"', '"1"')
        ]
    assert pauses[:3] == [1, 2, 4]


@pytest.mark.parametrize(("fresh", "waited"), [(0, 1), (7, 7), (86_400, 60)])
def test_how_long_a_picture_is_fresh(pauses: list[float], fresh: int, waited: float) -> None:
    with HttpServer(GREYS) as server:
        server.headers = {"Cache-Control": f"public, max-age={fresh}"}
        assert len(taken(server, 3)) == 3
    assert set(pauses) == {waited}


def test_a_picture_that_is_half_written_is_counted_and_the_next_one_is_shown() -> None:
    with HttpServer(GREYS[:3]) as server:
        server.jpegs[1] = b"<html>" * 50
        with LiveStream(f"{server.url}/snapshot") as source:
            frames = list(islice(source, 2))
    assert numbers(frames) == [0, 2]
    assert [event.kind for event in frames[1].events] == ["decode_error"]


def test_the_first_answer_has_to_be_a_picture() -> None:
    with HttpServer(GREYS[:1]) as server:
        server.jpegs = [b"\xff\xd8\xff" + bytes(100)]
        with pytest.raises(SourceError, match="no video"):
            taken(server, 1)


def test_a_server_that_goes_away_is_a_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "LATER_PAUSES", (0.01,) * 50)
    server = HttpServer(GREYS)
    with LiveStream(f"{server.url}/snapshot", give_up_after=0.1) as source:
        frames = source.frames()
        told = [next(frames)]
        server.close()
        with pytest.raises(SourceLostError, match="did not come back"):
            told.extend(frames)


def still(kind: str, count: int = 1) -> bytes:
    file = io.BytesIO()
    first, *more = [Image.new("RGB", (8, 8), (80 * number, 0, 0)) for number in range(count)]
    first.save(file, kind, save_all=count > 1, append_images=more)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
def test_what_is_one_picture(tmp_path: Path, kind: str) -> None:
    assert is_snapshot(still(kind), content_type="application/octet-stream")
    (tmp_path / "a").write_bytes(still(kind))
    with HttpServer(folder=tmp_path) as server:
        assert [frame.size for frame in taken(server, 2, "/a")] == [(8, 8)] * 2


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_an_animation_is_not(kind: str) -> None:
    assert not is_snapshot(still(kind, 3), content_type="image/x")


def test_neither_is_a_video_of_jpegs() -> None:
    assert not is_snapshot(still("JPEG"), content_type="video/x-motion-jpeg")
