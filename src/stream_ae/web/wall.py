"""The middle of a fleet's page: from who asks the fleet, to those who look at its cameras.

All cameras are shown side by side, once a second; each has a page of its own besides, which is that
of a single run: it follows the run folder, and shows the pictures that the camera sends. Of each
camera only those panels are asked for that somebody sees.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from stream_ae.web.hub import Hub, Tell
from stream_ae.web.viewers import Shown, Viewer
from stream_ae.web.wire import Header, Message

SILENT = 4.0
"""Seconds without a word of the fleet after which its page says so."""

_TELL_EVERY = 1.0  # seconds
_KEPT = 60.0  # seconds that the page of a camera is ready for the next who looks
_SIDE = 224  # pixels of a picture
_PANELS = ("frame", "reconstruction", "error", "foreground", "background")
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
        tell: says which pictures are wanted.
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
        self._wanted: dict[str, list[str]] = {}

    def receive(self, message: Message) -> None:
        """Take in how all cameras stand."""
        if message.header.get("type") != "cameras":
            return
        self._came = self._clock()
        cameras: list[Header] = message.header["cameras"]
        pictures = iter(message.blobs)
        self._cameras = {camera["name"]: camera for camera in cameras}
        self.panels.clear()  # viewers know it as it is
        seen: dict[str, dict[str, bytes]] = {}
        for camera in cameras:
            name = camera["name"]
            seen[name] = {panel: next(pictures) for panel in camera["pictures"]}
            self.panels[name] = seen[name].get("frame")
        shown = _sized(self.panels.items())
        now = {"type": "cameras", "number": message.header["number"]}
        self._newest = Shown({**now, "cameras": list(map(_card, cameras))}, shown)
        for viewer in self.viewers:
            viewer.show(self._newest)
        for name in self._rooms.keys() & seen.keys():
            self._feed(name, seen[name])

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
        """Say which panels of which cameras somebody sees, if that has changed."""
        seen: dict[str, set[str]] = {}
        for name, panels in self._looked_at():
            seen.setdefault(name, set()).update(panels)
        wanted = {name: sorted(panels) for name, panels in sorted(seen.items())}
        if wanted != self._wanted:
            self._wanted = wanted
            told = {"type": "wanted", "looks": bool(wanted), "panels": [], "features": []}
            self._tell({**told, "cameras": wanted})

    def _looked_at(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The cameras that somebody sees, with their panels.

        The page of one shows its numbers, too, which come with the frame.
        """
        for viewer in self.viewers:
            if viewer.looks:
                yield from ((name, ("frame",)) for name in viewer.panels)
        for name, room in self._rooms.items():
            yield from ((name, ("frame", *v.panels)) for v in room.hub.viewers if v.looks)

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
            picture = self.panels[name]
            self._feed(name, {} if picture is None else {"frame": picture})
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

    def _feed(self, name: str, pictures: Mapping[str, bytes]) -> None:
        """Show a camera on its own page."""
        camera, room = self._cameras[name], self._rooms[name]
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
        if camera["frame"] is not None:
            shown = {"type": "frame", **camera["frame"]}
            room.hub.show(Shown(shown, _sized(pictures.items())))


def _card(camera: Mapping[str, object]) -> dict[str, object]:
    """A camera as the wall shows it."""
    pictures = camera["pictures"]
    card = {key: value for key, value in camera.items() if key not in ("frame", "pictures")}
    return {**card, "pictured": isinstance(pictures, list) and "frame" in pictures}


def _sized(pictures: Iterable[tuple[str, bytes | None]]) -> dict[str, tuple[bytes, int, int]]:
    """Pictures by name with their width and height, of those that are there."""
    return {name: (data, _SIDE, _SIDE) for name, data in pictures if data is not None}


def _about(camera: Mapping[str, object]) -> dict[str, object]:
    """What the page of a camera knows of its run."""
    return {
        "title": camera["name"],
        "source": camera["source"],
        "private": camera["private"],
        "controls": False,
        "ended": False,
        "panels": list(_PANELS),
        "wall": True,
    }
