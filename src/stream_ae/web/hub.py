"""The middle of the page's process: from the learner to those who look, and back."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stream_ae.web.health import Health
from stream_ae.web.painting import PANELS, Painter
from stream_ae.web.run_view import RunView
from stream_ae.web.viewers import Shown, Viewer
from stream_ae.web.wire import Header, Message

_MOMENTS = 200  # events whose panels are kept, about 40 kB each
_OF_A_MOMENT = ("frame", "reconstruction", "error", "foreground")
_LOOK_EVERY = 0.25  # seconds between two looks into the run folder
_HEALTH_EVERY = 4  # looks from one line of health to the next
_MUCH = 100  # lines that are read at once, or told one by one
_FRESH = 30  # looks for which an event without its picture is looked at again

Tell = Callable[[Mapping[str, object]], None]


class Hub:
    """Takes the learner's messages, follows the run folder, and tells all viewers.

    Args:
        run: what is known of the run from its beginning.
        directory: the run folder.
        tell: sends a message to the learner.
    """

    panels = PANELS

    def __init__(self, run: Header, *, directory: Path, tell: Tell) -> None:
        self.run = run
        self.viewers: set[Viewer] = set()
        self.view = RunView(directory, on_reset=self._start_again)
        self._health, self._painter, self._tell = Health(directory), Painter(), tell
        self._stages: list[str] = []
        self._moments: OrderedDict[int, dict[str, bytes]] = OrderedDict()
        self._newest: Shown | None = None
        self._wanted: dict[str, object] = {}
        self._asked: dict[str, tuple[Viewer, object]] = {}
        self._without_picture: dict[str, int] = {}
        self._is_reset = False

    # What comes from the learner.

    def receive(self, message: Message) -> None:
        """Take in a message of the learner."""
        header = message.header
        kind = header.pop("type")
        if kind == "frame":
            self._receive_frame(header, message.blobs)
        elif kind == "beat":
            self._health.beat(header)
        elif kind == "run":
            self.run |= header
            self._say({"type": "run", "run": self.run})
        elif kind == "stages":
            self._stages = header["stages"]
            self._say(self.hello())
        elif kind == "stream":
            self._health.tell(header["state"])
        elif kind == "held":
            self._health.hold(header["held"])
        elif kind == "answer":
            self._answer(header)
        if kind in ("stream", "held", "run"):
            self._say(self.health())

    def _receive_frame(self, header: Header, blobs: list[bytes]) -> None:
        arrays = _arrays(header.pop("arrays"), blobs)
        is_moment = header.pop("moment")
        wanted = {name for viewer in self.viewers for name in viewer.panels if name != "features"}
        stages = {f"features {v.features}" for v in self.viewers if "features" in v.panels}
        if is_moment:
            wanted |= set(_OF_A_MOMENT)
        painted = {name: self._painter.paint(arrays, name) for name in wanted | stages}
        panels = {name: panel for name, panel in painted.items() if panel is not None}
        if is_moment and panels:
            self._moments[header["number"]] = {
                name: panels[name][0] for name in _OF_A_MOMENT if name in panels
            }
            while len(self._moments) > _MOMENTS:
                self._moments.popitem(last=False)
        self.show(Shown({"type": "frame", **header}, panels))

    def show(self, frame: Shown) -> None:
        """Show a frame to all."""
        self._newest = frame
        for viewer in self.viewers:
            viewer.show(frame)

    def _answer(self, header: Header) -> None:
        viewer, name = self._asked.pop(header["id"], (None, None))
        if viewer is not None:
            viewer.say({"type": "answer", **header, "id": name})
        if header["ok"] and "run" in header:
            self.run |= header["run"]
            self._say({"type": "run", "run": self.run})

    # What is read from the run folder.

    async def follow(self) -> None:
        """Look into the run folder again and again; once a second tell how the run is doing."""
        count = 0
        while True:
            await self._look()
            for name in list(self._without_picture):
                self._look_again(name)
            if count % _HEALTH_EVERY == 0 and self.viewers:
                self._say(self.health())
            count += 1
            await asyncio.sleep(_LOOK_EVERY)

    async def _look(self) -> None:
        """Read what is new; of much at once, which a run of months has at first, say it whole."""
        messages: list[dict[str, object]] = []
        for window in self.view.new_windows():
            messages.append({"type": "window", **window})
            await self._breathe(messages)
        for event in self.view.new_events():
            messages.append({"type": "event", "event": self._complete(event)})
            await self._breathe(messages)
        whole = self._is_reset or len(messages) > _MUCH
        self._is_reset = False
        for message in [self.hello()] if whole and self.viewers else messages:
            self._say(message)

    async def _breathe(self, messages: list[dict[str, object]]) -> None:
        """Let others have their turn now and then."""
        if len(messages) % _MUCH == 0:
            await asyncio.sleep(0)

    def _look_again(self, name: str) -> None:
        event = self.view.event(name)
        shown = None if event is None else self.view.complete(event)
        self._without_picture[name] -= 1
        if shown is not None and shown["picture"] is not None:
            self._say({"type": "event_updated", "event": {**shown, "moment": self._moment(shown)}})
            self._without_picture[name] = 0
        if self._without_picture[name] <= 0:
            del self._without_picture[name]

    def _complete(self, event: Header) -> Header:
        shown = self.view.complete(event)
        if shown["scene"] and shown["picture"] is None and not self.run["private"]:
            self._without_picture[shown["id"]] = _FRESH
        return {**shown, "moment": self._moment(shown)}

    def _moment(self, event: Header) -> int | None:
        return event["step"] if event["step"] in self._moments else None

    def _start_again(self) -> None:
        self._is_reset = True

    # What goes to those who look, and comes from them.

    def hello(self) -> dict[str, object]:
        """All that a viewer needs at first."""
        whole = self.view.whole()
        events = [{**event, "moment": self._moment(event)} for event in self.view.events]
        return {
            "type": "hello",
            "run": self.run,
            "stages": self._stages,
            **whole,
            "events": events,
            "health": self.health(),
        }

    def health(self) -> dict[str, object]:
        """How the run is doing now."""
        return self._health.now(self.view.newest, viewers=len(self.viewers))

    def join(self, viewer: Viewer) -> None:
        """Somebody begins to look."""
        self.viewers.add(viewer)
        viewer.say(self.hello())

    def leave(self, viewer: Viewer) -> None:
        """Somebody has gone."""
        self.viewers.discard(viewer)
        for name in [name for name, (who, _) in self._asked.items() if who is viewer]:
            del self._asked[name]
        self.tell_wanted()

    def tell_wanted(self) -> None:
        """Tell the learner what somebody wants to see, if that has changed."""
        looking = [viewer for viewer in self.viewers if viewer.looks]
        panels = {name for viewer in looking for name in viewer.panels}
        features = {v.features for v in looking if "features" in v.panels and v.features}
        wanted = {
            "type": "wanted",
            "looks": bool(looking),
            "panels": [name for name in PANELS if name in panels],
            "features": sorted(features)[:2],
        }
        if wanted != self._wanted:
            self._wanted = wanted
            self._tell(wanted)

    async def hear(self, viewer: Viewer, message: Header) -> None:
        """Take in what a viewer says."""
        kind = message.get("type")
        if kind == "want":
            viewer.want(message)
            self.tell_wanted()
            if self._newest is not None:  # the next one may not come soon
                viewer.show(self._newest)
        elif kind == "zoom":
            await self._zoom(viewer, message)
        elif kind == "command":
            self.pass_on(viewer, message)

    async def _zoom(self, viewer: Viewer, message: Header) -> None:
        """Answer with a part of the curves, as fine as it is known."""
        tags, first, last = message.get("tags"), message.get("from"), message.get("to")
        if not (isinstance(tags, list) and isinstance(first, int) and isinstance(last, int)):
            return
        named = [tag for tag in tags if isinstance(tag, str)][:20]
        try:
            part = await asyncio.to_thread(self.view.part, named, first=first, last=last)
        except OSError:
            part = {}
        viewer.say(
            {"type": "history", "id": message.get("id"), "history": part, "span": [first, last]}
        )

    def pass_on(self, viewer: Viewer, command: Header) -> None:
        """Give a viewer's command to the learner; its answer goes back to the viewer."""
        if not self.run["controls"]:
            viewer.say(_refusal(command, "this page has no controls; start it with --controls"))
            return
        event = None
        if command.get("name") == "false_alarm":
            event = self.view.event(str(command.get("event")))
            if event is None or not event["scene"]:
                viewer.say(_refusal(command, "no such event"))
                return
        key = f"{id(viewer)}-{command.get('id')}"
        self._asked[key] = viewer, command.get("id")
        value = command.get("value")
        self._tell(
            {
                "type": "command",
                "id": key,
                "name": str(command.get("name")),
                "value": value if isinstance(value, str | int | float) else None,
                "event": event,
            }
        )

    def moment(self, number: int, name: str) -> bytes | None:
        """A panel of a moment, as a JPEG; None where it was not kept."""
        return self._moments.get(number, {}).get(name)

    def _say(self, message: Mapping[str, object]) -> None:
        for viewer in list(self.viewers):
            viewer.say(message)


def _refusal(command: Header, text: str) -> dict[str, object]:
    return {"type": "answer", "id": command.get("id"), "ok": False, "text": text}


def _arrays(kinds: list[tuple[str, list[int]]], blobs: list[bytes]) -> dict[str, NDArray[np.uint8]]:
    """The arrays of a frame; a mask comes as bits."""
    arrays = {}
    for (name, shape), blob in zip(kinds, blobs, strict=True):
        flat = np.frombuffer(blob, np.uint8)
        if name == "mask":
            flat = np.unpackbits(flat, count=shape[0] * shape[1])
        arrays[name] = flat.reshape(shape)
    return arrays
