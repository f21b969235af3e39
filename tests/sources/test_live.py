import logging
import sys
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Self

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.sources import check_live, readers
from tests.support.clips import JPEG, picture, pictures, write_clip
from tests.support.http_server import HttpServer
from tests.support.rtsp_server import RtspServer
from tests.support.surprises import surprises

from stream_ae.errors import MissingExtraError, SourceError, SourceLostError
from stream_ae.frame import Event, Frame
from stream_ae.sources import attempts, camera
from stream_ae.sources.decoder import NoAnswerError
from stream_ae.sources.live import LiveStream

GREYS = [np.full((64, 96, 3), 20 * number, np.uint8) for number in range(12)]
"""A clip whose pictures tell their number by their brightness."""


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FIRST_PAUSES", (0.01,) * 3)
    monkeypatch.setattr(attempts, "LATER_PAUSES", (0.05,) * 40)


def numbers(frames: list[Frame]) -> list[int]:
    """Which pictures they show."""
    return [round(float(frame.rgb.mean()) / 20) for frame in frames]


def check_nothing_is_lost_uncounted(frames: list[Frame]) -> None:
    for before, number, frame in zip(
        numbers(frames), numbers(frames[1:]), frames[1:], strict=False
    ):
        assert number == (before + 1 + frame.dropped) % len(GREYS)


def test_conformance_over_rtsp() -> None:
    with RtspServer(GREYS) as server:
        check_live(lambda: LiveStream(server.url))
    assert server.requests[:4] == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"]


def test_conformance_over_http() -> None:
    with HttpServer(GREYS) as server:
        check_live(lambda: LiveStream(f"{server.url}/live"))


def test_pictures_come_in_order_over_rtsp() -> None:
    with RtspServer(GREYS) as server, LiveStream(server.url) as source:
        frames = list(islice(source, 20))
    check_nothing_is_lost_uncounted(frames)


def test_a_slow_learner_gets_the_latest_and_the_count_of_what_it_missed() -> None:
    with HttpServer(GREYS) as server, LiveStream(f"{server.url}/live") as source:
        shown = []
        for frame in source:
            shown.append(frame)
            if len(shown) == 5:
                break
            time.sleep(0.1)
    assert [frame.index for frame in shown] == list(range(5))
    assert sum(frame.dropped for frame in shown) >= 5, "50 a second came, 10 were looked at"
    check_nothing_is_lost_uncounted(shown)


def test_a_camera_that_comes_back_is_taken_up_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "stream_ae")
    server = RtspServer(GREYS)
    with LiveStream(server.url) as source:
        frames = source.frames()
        before = list(islice(frames, 3))
        server.close()
        server = RtspServer(GREYS, port=server.port)
        after = []
        for frame in frames:
            after.append(frame)
            if frame.is_first:
                break
        after += list(islice(frames, 2))
        server.close()
    assert [frame.is_first for frame in before] == [True, False, False]
    everything = [*before, *after]
    assert [frame.index for frame in everything] == list(range(len(everything)))
    back = after[-3]
    assert [event.kind for event in back.events] == ["source_lost", "reconnected"]
    assert "after" in back.events[1].text
    assert not after[-1].events
    assert source.address in caplog.text


def test_an_endless_stream_that_ends_is_taken_up_again() -> None:
    with HttpServer(GREYS) as server, LiveStream(f"{server.url}/live") as source:
        server.hang_up_after = 9
        frames = source.frames()
        firsts = list(islice((frame for frame in frames if frame.is_first), 3))
    assert [[e.kind for e in frame.events] for frame in firsts] == [
        [],
        ["source_lost", "reconnected"],
        ["source_lost", "reconnected"],
    ]


def test_a_camera_that_stays_away_is_given_up() -> None:
    server = RtspServer(GREYS)
    with LiveStream(server.url, give_up_after=0.1) as source:
        frames = source.frames()
        next(frames)
        server.close()
        with pytest.raises(SourceLostError, match=r"rtsp://.*after [23] attempts.*refused; go on"):
            list(frames)
    assert not readers()


def test_a_loss_is_told_when_it_happens() -> None:
    server = RtspServer(GREYS)
    told: list[Event] = []
    with LiveStream(server.url, give_up_after=0.1) as source:
        frames = source.frames(on_event=told.append)
        next(frames)
        server.close()
        with pytest.raises(SourceLostError):
            list(frames)
    assert [event.kind for event in told] == ["source_lost"], "though no frame came after it"


def test_silence_is_a_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "SILENCE_TIMEOUT", 0.4)
    monkeypatch.setattr(camera, "_WAIT", 0.2)
    with RtspServer(GREYS) as server, LiveStream(server.url, give_up_after=1e-9) as source:
        frames = source.frames()
        next(frames)
        server.freeze()
        with pytest.raises(SourceLostError, match="no answer in time"):
            list(frames)


DAMAGE = Event("decode_error", "a packet was not decoded")


class Scripted:
    """A connection that shows some pictures, then is silent for one wait; and so on.

    Before each picture one is damaged.
    """

    has_end = False

    def __init__(self, pictures_before_each_silence: list[int]) -> None:
        self.waits = pictures_before_each_silence

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""

    def __iter__(self) -> Iterator[Event | SimpleNamespace]:
        for _ in range(self.waits.pop(0)):
            yield DAMAGE
            yield SimpleNamespace(
                rgb=lambda: GREYS[0], skipped=0, time=None, size=(64, 96), pixel_aspect=1.0
            )
        raise NoAnswerError("no answer in time")


def test_a_picture_ends_a_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Scripted([0, 0, 1, 0, 1, 0, 2, 0, 0, 5])
    monkeypatch.setattr(camera, "SILENCE_TIMEOUT", 3 * camera._WAIT)
    monkeypatch.setattr(attempts, "FIRST_PAUSES", ())
    monkeypatch.setattr(camera, "VideoReader", lambda *_, **__: script)
    frames: list[Frame] = []
    source = LiveStream("rtsp://127.0.0.1:1/live", give_up_after=1e-9)
    with source, pytest.raises(SourceLostError):
        frames.extend(source)
    assert script.waits == [5], "three silent waits in a row are a loss, fewer are not"
    assert len(frames) + sum(frame.dropped for frame in frames) == 4
    assert [event for frame in frames for event in frame.events] == [DAMAGE] * 4


@pytest.mark.parametrize("seconds", [-1.0, float("nan")])
def test_nobody_waits_less_than_no_time(seconds: float) -> None:
    with pytest.raises(ValueError, match="must be seconds, 0 or more, got"):
        LiveStream("rtsp://127.0.0.1/live", give_up_after=seconds)


@pytest.mark.parametrize("password", ["12/34", "se@cret", "se%cret"])
def test_what_cannot_be_opened_for_the_sake_of_its_password_gets_a_hint(password: str) -> None:
    with (
        LiveStream(f"http://me:{password}@127.0.0.1:1/live") as source,
        pytest.raises(SourceError, match=r"write #, /, \?, @ and % in a password as") as caught,
    ):
        next(iter(source))
    assert password not in str(caught.value)


def test_a_scheme_may_be_in_capitals() -> None:
    with RtspServer(GREYS) as server, LiveStream(server.url.replace("rtsp", "RTSP")) as source:
        assert next(iter(source)).is_first
    with pytest.raises(SourceError, match=r"/dev/video987|webcam:987"):
        LiveStream("WEBCAM:987")


def test_what_cannot_be_opened_is_one_clear_line() -> None:
    with LiveStream("rtsp://user:secret@127.0.0.1:1/live") as source:
        with pytest.raises(SourceError) as caught:
            next(iter(source))
        assert not isinstance(caught.value, SourceLostError)
    message = str(caught.value)
    assert message.startswith(
        "cannot open 'rtsp://user:***@127.0.0.1:1/live' after 4 attempts in 0 s"
    )
    assert "connection refused; is the camera on, and the address right?" in message
    assert "secret" not in message


def test_an_address_without_a_stream() -> None:
    with (
        HttpServer(GREYS) as server,
        LiveStream(f"{server.url}/nothing") as source,
        pytest.raises(SourceError, match=r"after 4 attempts.*404 Not Found"),
    ):
        next(iter(source))


def test_a_page_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html>Hello.</html>" * 50)
    with (
        HttpServer(GREYS, folder=tmp_path) as server,
        LiveStream(f"{server.url}/page.html") as source,
    ):
        server.headers = {"Content-Type": "text/html; charset=utf-8"}
        with pytest.raises(SourceError, match=r"a page \(text/html\): it is no video"):
            next(iter(source))


def test_a_recording_over_http_is_played_at_its_own_pace_and_ends(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", pictures(30), fps=60)
    with (
        HttpServer(GREYS, folder=tmp_path) as server,
        LiveStream(f"{server.url}/clip.mp4") as source,
    ):
        frames = list(source)
    assert len(frames) + sum(frame.dropped for frame in frames) == 30
    assert frames[-1].time > 0.9 * 29 / 60, "not faster than it was recorded"
    assert np.abs(frames[-1].rgb.astype(int) - picture(29)).mean() < 4
    assert [frame.is_first for frame in frames] == [True] + [False] * (len(frames) - 1)


def test_a_recording_that_breaks_off_goes_on_where_it_was(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 40, (30, 64, 96, 3), np.uint8)
    shown = [grain + np.uint8(5 * number) for number, grain in enumerate(noise)]
    path = write_clip(tmp_path / "clip.mkv", shown, codec=JPEG, fps=60)
    with (
        HttpServer(GREYS, folder=tmp_path) as server,
        LiveStream(f"{server.url}/clip.mkv") as source,
    ):
        server.cuts = [path.stat().st_size // 2]
        frames = list(source)
    got = [round((float(frame.rgb.mean()) - 19.5) / 5) for frame in frames]
    assert got == sorted(set(got)), "nothing is shown twice"
    assert got[-1] == 29
    assert [event.kind for frame in frames for event in frame.events] == [
        "source_lost",
        "reconnected",
    ]
    assert len(frames) + sum(frame.dropped for frame in frames) == 30


def test_closing_does_not_wait_for_a_camera_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FIRST_PAUSES", (3600.0,))
    refused = threading.Event()
    pause = LiveStream.pause

    def noticed(self: LiveStream, seconds: float) -> bool:
        refused.set()
        return pause(self, seconds)

    monkeypatch.setattr(LiveStream, "pause", noticed)
    with LiveStream("http://127.0.0.1:1/live") as source:
        reading = threading.Thread(target=lambda: list(source))
        reading.start()
        assert refused.wait(10)
    reading.join(10)
    assert not reading.is_alive()
    assert not readers()


def test_no_secret_is_shown_anywhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with HttpServer(GREYS) as server:
        server.hang_up_after = 5
        with LiveStream(
            server.url.replace("://", "://user:secret@") + "/live?token=secret"
        ) as source:
            frames = source.frames()
            told = [next(frames)]
            told += list(islice((frame for frame in frames if frame.is_first), 1))
            names = [thread.name for thread in threading.enumerate()]
    told_of = f"{source.address} {names} {caplog.text} {[(f.source, f.events) for f in told]}"
    assert "lost http://user:***@" in caplog.text
    assert "secret" not in told_of


@pytest.mark.parametrize(
    "url", ["webcam:", "webcam:x", "webcam:-1", "webcam:0x1", "rtsp://", "http:///a", "ftp://a/b"]
)
def test_a_malformed_address(url: str) -> None:
    with pytest.raises(SourceError, match=r"expected .*webcam:.*got") as caught:
        LiveStream(url)
    assert repr(url) in str(caught.value)


class Surprising:
    """A camera whose library raises something after some pictures."""

    def __init__(self, error: Exception, *, frames: int) -> None:
        self._error, self._frames = error, frames

    def pictures(self) -> Iterator[SimpleNamespace]:
        for _ in range(self._frames):
            yield SimpleNamespace(
                rgb=lambda: GREYS[0], skipped=0, time=None, size=(64, 96), pixel_aspect=1.0
            )
        raise self._error


@settings(max_examples=30)
@given(error=surprises, frames=st.integers(0, 3))
def test_whatever_a_library_raises_is_one_of_our_errors_in_one_line(
    error: Exception, frames: int
) -> None:
    got: list[Frame] = []
    with LiveStream("http://me:secret@127.0.0.1:1/live") as source:
        vars(source)["_stream"] = Surprising(error, frames=frames)
        with pytest.raises(SourceError) as caught:
            got.extend(source)
    assert type(caught.value) is (SourceLostError if frames else SourceError)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_without_pyav_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with (
        LiveStream("rtsp://127.0.0.1:1/live") as source,
        pytest.raises(MissingExtraError, match=r"stream-ae\[video\]"),
    ):
        next(iter(source))
