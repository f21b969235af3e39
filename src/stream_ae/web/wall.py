"""The middle of a fleet's page: from who asks the fleet, to those who look at its cameras.

All cameras are shown side by side, once a second; each has a page of its own besides, which is that
of a single run: it follows the run folder, and shows the pictures that the camera sends.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from stream_ae.web.hub import Hub, Tell
from stream_ae.web.viewers import Shown, Viewer
from stream_ae.web.wire import Header, Message

SILENT = 4.0
"""Seconds without a word of the fleet after which its page says so."""

_TELL_EVERY = 1.0  # seconds
_KEPT = 60.0  # seconds that the page of a camera is ready for the next who looks
_SIDE = 224  # pixels of a picture
_STREAMS = {"away": "lost", "stopped": "ended", "failed": "ended"}


class _Room:
    """A camera's own page, while somebody looks."""

    def __init__(self, hub: Hub, *, seen_at: float) -> None:
        self.hub, self.seen_at = hub, seen_at
        self.following = asyncio.create_task(hub.follow())
        self.state = ""


class Wall:
    """Takes in how cameras stand, and tells all viewers.

    Args:
        about: what is known of the fleet.
        tell: says whether pictures are wanted.
        clock: seconds since any fixed time.
    """

    def __init__(
        self, about: Header, *, tell: Tell, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.viewers: set[Viewer] = set()
        self.panels: dict[str, bytes | None] = {}
        """The newest picture of each camera, by their names in the fleet's order."""
        self._about, self._tell, self._clock = about, tell, clock
        self._came = clock()
        self._cameras: dict[str, Header] = {}
        self._newest: Shown | None = None
        self._rooms: dict[str, _Room] = {}
        self._looks = False

    def receive(self, message: Message) -> None:
        """Take in how all cameras stand."""
        if message.header.get("type") != "cameras":
            return
        self._came = self._clock()
        cameras: list[Header] = message.header["cameras"]
        pictures = iter(message.blobs)
        self._cameras = {camera["name"]: camera for camera in cameras}
        self.panels.clear()  # viewers know it as it is
        for camera in cameras:
            self.panels[camera["name"]] = next(pictures) if camera["pictured"] else None
        shown = {n: (data, _SIDE, _SIDE) for n, data in self.panels.items() if data is not None}
        cards = [{k: v for k, v in camera.items() if k != "frame"} for camera in cameras]
        now = {"type": "cameras", "number": message.header["number"], "cameras": cards}
        self._newest = Shown(now, shown)
        for viewer in self.viewers:
            viewer.show(self._newest)
        for name, room in self._rooms.items():
            self._feed(name, room)

    def hello(self) -> dict[str, object]:
        """All that a viewer needs at first."""
        return {"type": "hello", "run": self._about, "health": self.health()}

    def health(self) -> dict[str, object]:
        """How the fleet is doing as a whole."""
        behind = self._clock() - self._came
        return {
            "type": "health",
            "state": "stalled" if behind > SILENT else "live",
            "fps": sum(camera["fps"] for camera in self._cameras.values()),
            "behind": behind,
            "learning": "awake",
        }

    def join(self, viewer: Viewer) -> None:
        """Somebody begins to look."""
        self.viewers.add(viewer)
        viewer.say(self.hello())

    def leave(self, viewer: Viewer) -> None:
        """Somebody has gone."""
        self.viewers.discard(viewer)
        self.tell_wanted()

    async def hear(self, viewer: Viewer, message: Header) -> None:
        """Take in which cameras somebody sees."""
        if message.get("type") == "want":
            viewer.want(message)
            self.tell_wanted()
            if self._newest is not None:
                viewer.show(self._newest)

    def tell_wanted(self) -> None:
        """Say whether somebody looks, if that has changed."""
        on_the_wall = any(viewer.looks for viewer in self.viewers)
        looks = on_the_wall or any(
            viewer.looks for room in self._rooms.values() for viewer in room.hub.viewers
        )
        if looks != self._looks:
            self._looks = looks
            self._tell({"type": "wanted", "looks": looks, "panels": [], "features": []})

    def camera(self, name: str) -> Hub | None:
        """What there is to see of one camera, from now on; None where there is none."""
        camera = self._cameras.get(name)
        if camera is None:
            return None
        if name not in self._rooms:
            hub = Hub(
                {**self._about, **_about(camera)},
                directory=Path(camera["directory"]),
                tell=lambda _: self.tell_wanted(),
            )
            self._rooms[name] = _Room(hub, seen_at=self._clock())
            self._feed(name, self._rooms[name])
        return self._rooms[name].hub

    async def follow(self) -> None:
        """Tell how the fleet is doing, once a second."""
        while True:
            for viewer in self.viewers:
                viewer.say(self.health())
            self.tidy()
            await asyncio.sleep(_TELL_EVERY)

    def tidy(self) -> None:
        """Follow no longer what nobody has looked at for a while, or what is gone."""
        for name, room in list(self._rooms.items()):
            if room.hub.viewers and name in self._cameras:
                room.seen_at = self._clock()
            elif name not in self._cameras or self._clock() - room.seen_at > _KEPT:
                room.following.cancel()
                del self._rooms[name]

    def _feed(self, name: str, room: _Room) -> None:
        """Show a camera on its own page."""
        camera = self._cameras.get(name)
        if camera is None:
            return
        state, number = _STREAMS.get(camera["state"], "live"), camera["number"]
        if state == "live" and camera["state"] == "learning":
            beat = {
                "type": "beat",
                "number": number,
                "dropped": 0,
                "learning": "awake",
                "fps": camera["fps"],
            }
            room.hub.receive(Message(beat, []))
        elif state != room.state:
            room.hub.receive(Message({"type": "stream", "state": state}, []))
        room.state = state
        picture = self.panels.get(name)
        if picture is not None:
            shown = {"type": "frame", "number": number, **camera["frame"]}
            room.hub.show(Shown(shown, {"frame": (picture, _SIDE, _SIDE)}))


def _about(camera: Mapping[str, object]) -> dict[str, object]:
    """What the page of a camera knows of its run."""
    return {
        "title": camera["name"],
        "source": camera["source"],
        "private": camera["private"],
        "controls": False,
        "ended": False,
        "panels": ["frame"],
        "wall": True,
    }
