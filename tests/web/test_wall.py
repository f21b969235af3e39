import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from starlette.websockets import WebSocket
from tests.support.staged_wall import FLEET, learning, picture, sight

from stream_ae.fleet.cards import cards
from stream_ae.fleet.status import CameraStatus
from stream_ae.web.hub import Hub
from stream_ae.web.viewers import Shown, Viewer
from stream_ae.web.wall import SILENT, Wall
from stream_ae.web.wire import Message

ABOUT = {"fleet": "shop", "title": "shop", "private": False}


class Looks(Viewer):
    """A viewer that takes down what it is shown."""

    def __init__(self, page: Wall | Hub) -> None:
        socket = WebSocket({"type": "websocket"}, None, None)  # type: ignore[arg-type]
        super().__init__(socket, page.panels)
        self.said: list[Mapping[str, object]] = []
        self.frames: list[Shown] = []

    def say(self, message: Mapping[str, object]) -> None:
        self.said.append(message)

    def show(self, frame: Shown) -> None:
        if self.looks:
            self.frames.append(frame)


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _wall(clock: Callable[[], float] = time.monotonic) -> tuple[Wall, list[object]]:
    told: list[object] = []
    return Wall(
        dict(ABOUT), tell=lambda message: told.append(message["cameras"]), clock=clock
    ), told


def _show(wall: Wall, *cameras: CameraStatus, runs: Path = Path("runs")) -> None:
    values, pictures = cards(cameras, runs=str(runs))
    header = {"type": "cameras", "number": 7, "cameras": values}
    wall.receive(Message(json.loads(json.dumps(header)), pictures))


def _want(wall: Wall, viewer: Viewer, *names: str, paused: bool = False) -> None:
    asyncio.run(wall.hear(viewer, {"type": "want", "panels": list(names), "paused": paused}))


def test_only_what_somebody_sees_is_asked_for() -> None:
    wall, told = _wall()
    _show(wall, *FLEET)
    one, other = Looks(wall), Looks(wall)
    for viewer in (one, other):
        wall.join(viewer)
    _want(wall, one, "door", "yard")
    _want(wall, other, "door")
    _want(wall, one, "door", paused=True)
    wall.leave(other)
    door, yard = {"door": ["frame"]}, {"yard": ["frame"]}
    assert told == [door | yard, door, {}]


def test_who_looks_gets_the_cameras_and_the_pictures_on_the_screen() -> None:
    wall, _ = _wall()
    viewer = Looks(wall)
    wall.join(viewer)
    _show(wall, *FLEET)
    assert viewer.frames == []
    _want(wall, viewer, "door", "safe", "nobody")
    message = viewer.frames[-1].message(viewer.panels, None)
    length = int.from_bytes(message[:4], "big")
    header = json.loads(message[4 : 4 + length])
    assert [camera["name"] for camera in header["cameras"]] == [each.name for each in FLEET]
    assert [name for name, *_ in header["panels"]] == ["door"], "safe is private"
    assert message[4 + length :] == picture(90)


def test_silence_is_told() -> None:
    clock = Time()
    wall, _ = _wall(clock)
    _show(wall, learning("door"), learning("yard"))
    assert (wall.health()["state"], wall.health()["fps"]) == ("live", 24.0)
    clock.now = SILENT + 1
    assert (wall.health()["state"], wall.health()["behind"]) == ("stalled", SILENT + 1)


def test_the_page_of_a_camera_shows_its_run(tmp_path: Path) -> None:
    async def look() -> None:
        wall, told = _wall()
        _show(wall, learning("door"), runs=tmp_path)
        assert wall.camera("nobody") is None
        hub = wall.camera("door")
        assert hub is not None
        assert wall.camera("door") is hub
        assert (hub.run["title"], hub.run["controls"], hub.run["wall"]) == ("door", False, True)
        assert hub.view.directory == tmp_path / "door"
        viewer = Looks(hub)
        hub.join(viewer)
        await hub.hear(viewer, {"type": "want", "panels": ["error"]})
        assert told == [{"door": ["error", "frame"]}]
        seen = replace(learning("door"), sight=sight(90, "frame", "error"))
        _show(wall, seen, runs=tmp_path)
        message = viewer.frames[-1].message(("error", "features"), None)
        length = int.from_bytes(message[:4], "big")
        header = json.loads(message[4 : 4 + length])
        assert (header["number"], header["scalars"]) == (100, {"loss/mse": 0.01})
        assert [name for name, *_ in header["panels"]] == ["error"]
        assert hub.health()["fps"] == learning("door").fps > 0.0
        _show(wall, replace(learning("door"), state="away", sight=None))
        assert hub.health()["state"] == "lost"
        _show(wall, learning("yard"))
        wall.tidy()
        assert wall.camera("door") is None

    asyncio.run(look())


def test_a_page_that_nobody_looks_at_is_no_longer_followed(tmp_path: Path) -> None:
    async def look() -> None:
        clock = Time()
        wall, _ = _wall(clock)
        _show(wall, learning("door"), runs=tmp_path)
        hub = wall.camera("door")
        clock.now = 100.0
        wall.tidy()
        assert wall.camera("door") is not hub

    asyncio.run(look())
