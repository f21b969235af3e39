import os
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.support.rtsp_server import RtspServer

from stream_ae.errors import SourceError
from stream_ae.sources import attempts, camera
from stream_ae.sources.live import LiveStream

GREYS = [np.full((64, 96, 3), 20 * number, np.uint8) for number in range(12)]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FIRST_PAUSES", (0.01,) * 3)


def first_number(url: str) -> int:
    """Which of the greys the first frame shows."""
    with LiveStream(url) as source:
        return round(float(next(iter(source)).rgb.mean()) / 20)


def test_a_camera_that_knows_both_is_asked_over_tcp() -> None:
    with RtspServer(GREYS, transports=("tcp", "udp")) as server:
        assert first_number(server.url) in range(12)
    assert server.transports_used == ["tcp"]


@pytest.mark.parametrize("refusal", ["461 Unsupported Transport", "400 Bad Request", "500 Oh"])
def test_a_camera_that_knows_only_udp(refusal: str) -> None:
    with RtspServer(GREYS, transports=("udp",), refusal=refusal) as server:
        assert first_number(server.url) in range(12)
    assert server.transports_used == ["udp"]


@pytest.mark.slow
def test_a_transport_over_which_nothing_comes_is_not_waited_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(camera, "OPEN_TIMEOUT", 1.0)
    monkeypatch.setattr(camera, "_WAIT", 0.5)
    monkeypatch.setattr(camera, "SILENCE_TIMEOUT", 1e9)
    with RtspServer(GREYS, transports=("tcp", "udp"), silent="tcp") as server:
        assert first_number(server.url) in range(12)
    assert server.transports_used == ["tcp", "udp"]


def test_the_transport_that_worked_is_kept() -> None:
    server = RtspServer(GREYS, transports=("udp",))
    with LiveStream(server.url) as source:
        frames = source.frames()
        next(frames)
        server.close()
        server = RtspServer(GREYS, transports=("udp",), port=server.port)
        assert next(frame for frame in frames if frame.is_first).index > 0
        server.close()
    assert server.refused == 0


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (401, "401 Unauthorized; are user and"),
        (403, "403 Forbidden; may"),
        (404, "404 Not Found"),
        (454, "4XX; is the camera"),
        (503, "5XX; is"),
    ],
)
def test_what_an_rtsp_server_refuses_is_one_clear_line(code: int, said: str) -> None:
    with (
        RtspServer(GREYS, describe=f"{code} No") as server,
        LiveStream(server.url.replace("://", "://user:secret@")) as source,
        pytest.raises(SourceError, match=f"the server answered {said}") as caught,
    ):
        next(iter(source))
    assert "secret" not in str(caught.value)


def test_a_login_with_special_characters_reaches_the_camera() -> None:
    with RtspServer(GREYS, login=("me", "p#/?@%")) as server:
        for password in ("p%23%2F%3F%40%25", "p%23%2F%3F@%"):
            assert first_number(server.url.replace("://", f"://me:{password}@")) in range(12)


@pytest.mark.skipif(sys.platform == "darwin", reason="cameras are no files there")
def test_a_webcam_that_is_not_there() -> None:
    with pytest.raises(SourceError, match=r"there is no /dev/video987; found .*plugged in\?"):
        LiveStream("webcam:987")


@pytest.mark.parametrize(
    ("platform", "url", "container"),
    [("linux", "/dev/video0", "v4l2"), ("darwin", "0:none", "avfoundation")],
)
def test_a_webcam_is_opened_by_the_name_that_the_system_has_for_it(
    monkeypatch: pytest.MonkeyPatch, platform: str, url: str, container: str
) -> None:
    opened: list[tuple[str, str]] = []

    def refuse(url: str, *, container: str, **_: object) -> None:
        opened.append((url, container))
        raise SourceError("device or resource busy")

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "exists", lambda _: True)
    monkeypatch.setattr(os, "access", lambda *_: True)
    monkeypatch.setattr(camera, "VideoReader", refuse)
    source = LiveStream("webcam:0")
    with pytest.raises(SourceError, match=r"cannot open 'webcam:0' after 4 attempts.*busy"):
        next(iter(source))
    source.close()
    assert opened == [(url, container)] * 4


@pytest.mark.skipif(sys.platform == "darwin", reason="cameras are no files there")
def test_a_webcam_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda _: True)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(SourceError, match=r"may not read /dev/video0; join the group"):
        LiveStream("webcam:0")
