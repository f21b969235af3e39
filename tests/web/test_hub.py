import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from starlette.websockets import WebSocket

from stream_ae.web.hub import Hub
from stream_ae.web.painting import PANELS
from stream_ae.web.viewers import Viewer
from stream_ae.web.wire import Message

RUN = {"private": False, "controls": True, "title": "street"}
SEEN = {
    "step": 9,
    "time": 1.0,
    "kind": "appeared",
    "text": "something appeared",
    "start": 5,
    "track": 1,
    "box": [0, 0, 1, 1],
    "score": 0.5,
}


class Heard(Viewer):
    """A viewer that takes down what it is told."""

    def __init__(self) -> None:
        socket = WebSocket({"type": "websocket"}, None, None)  # type: ignore[arg-type]
        super().__init__(socket, PANELS)
        self.heard: list[Mapping[str, object]] = []

    def say(self, message: Mapping[str, object]) -> None:
        self.heard.append(message)

    def kinds(self) -> list[object]:
        return [message["type"] for message in self.heard]


def _hub(directory: Path) -> tuple[Hub, list[Mapping[str, object]]]:
    told: list[Mapping[str, object]] = []
    return Hub(dict(RUN), directory=directory, tell=told.append), told


def _frame(number: int, *, moment: bool = False) -> Message:
    rgb = np.full((16, 16, 3), number, np.uint8)
    header = {
        "type": "frame",
        "number": number,
        "moment": moment,
        "arrays": [["frame", [16, 16, 3]], ["reconstruction", [16, 16, 3]], ["mask", [16, 16]]],
    }
    return Message(header, [rgb.tobytes(), rgb.tobytes(), np.packbits(rgb[..., 0] > 3).tobytes()])


def _looked(hub: Hub) -> None:
    """Let the hub look into the run folder once."""
    asyncio.run(hub._look())


def test_the_learner_is_told_what_is_wanted_when_that_changes(tmp_path: Path) -> None:
    hub, told = _hub(tmp_path)
    one, other = Heard(), Heard()
    for viewer in (one, other):
        hub.join(viewer)
        viewer.want({"panels": ["error", "features"], "features": "encoder"})
        hub.tell_wanted()
    other.want({"panels": ["background"], "features": None})
    hub.tell_wanted()
    hub.leave(one)
    hub.leave(other)
    assert [(w["looks"], w["panels"], w["features"]) for w in told] == [
        (True, ["error", "features"], ["encoder"]),
        (True, ["error", "background", "features"], ["encoder"]),
        (True, ["background"], []),
        (False, [], []),
    ]


def test_the_panels_of_a_moment_are_kept_and_its_event_says_so(tmp_path: Path) -> None:
    hub, _ = _hub(tmp_path)
    viewer = Heard()
    hub.join(viewer)
    hub.receive(_frame(9, moment=True))
    (tmp_path / "events.jsonl").write_text(json.dumps(SEEN) + "\n")
    _looked(hub)
    event = viewer.heard[-1]["event"]
    assert isinstance(event, Mapping)
    assert (event["id"], event["moment"], event["picture"]) == ("9-appeared-1", 9, None)
    assert hub.moment(9, "foreground") is not None
    assert hub.moment(9, "background") is None
    assert hub.moment(8, "frame") is None


def test_a_picture_that_comes_later_is_told(tmp_path: Path) -> None:
    hub, _ = _hub(tmp_path)
    viewer = Heard()
    hub.join(viewer)
    (tmp_path / "events.jsonl").write_text(json.dumps(SEEN) + "\n")
    _looked(hub)
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "000005-appeared-1.webp").touch()
    hub._look_again("9-appeared-1")
    updated = viewer.heard[-1]
    event = updated["event"]
    assert isinstance(event, Mapping)
    assert updated["type"] == "event_updated"
    assert event["picture"] == "events/000005-appeared-1.webp"


def test_much_that_comes_at_once_is_said_whole(tmp_path: Path) -> None:
    hub, _ = _hub(tmp_path)
    viewer = Heard()
    hub.join(viewer)
    lines = [json.dumps({"step": n, "time": n, "loss/mse": 1.0}) for n in range(1, 251)]
    (tmp_path / "metrics.jsonl").write_text("\n".join(lines) + "\n")
    _looked(hub)
    assert viewer.kinds() == ["hello", "hello"]
    assert viewer.heard[-1]["span"] == [1, 250]


def test_a_run_that_goes_back_is_told_from_its_beginning(tmp_path: Path) -> None:
    hub, _ = _hub(tmp_path)
    viewer = Heard()
    hub.join(viewer)
    path, shorter = tmp_path / "metrics.jsonl", tmp_path / "shorter"
    path.write_text('{"step": 50, "time": 1.0}\n{"step": 100, "time": 2.0}\n')
    _looked(hub)
    shorter.write_text('{"step": 50, "time": 1.0}\n')
    shorter.replace(path)
    _looked(hub)
    assert viewer.kinds() == ["hello", "window", "window", "hello"]
    assert viewer.heard[-1]["span"] == [50, 50]


def test_what_the_learner_says_of_the_run_reaches_everybody(tmp_path: Path) -> None:
    hub, _ = _hub(tmp_path)
    viewer = Heard()
    hub.join(viewer)
    hub.receive(Message({"type": "run", "optimizer": "bounded"}, []))
    hub.receive(Message({"type": "stages", "stages": ["encoder"]}, []))
    hub.receive(Message({"type": "stream", "state": "lost"}, []))
    assert viewer.kinds() == ["hello", "run", "health", "hello", "health"]
    assert viewer.heard[3]["stages"] == ["encoder"]
    assert viewer.heard[4]["state"] == "lost"
    assert hub.run["optimizer"] == "bounded"


def test_a_false_alarm_is_passed_on_with_its_event(tmp_path: Path) -> None:
    hub, told = _hub(tmp_path)
    viewer = Heard()
    hub.join(viewer)
    (tmp_path / "events.jsonl").write_text(json.dumps(SEEN) + "\n")
    _looked(hub)
    hub.pass_on(viewer, {"id": 1, "name": "false_alarm", "event": "9-appeared-1"})
    event = told[-1]["event"]
    assert isinstance(event, Mapping)
    assert event["box"] == [0, 0, 1, 1]
    hub.pass_on(viewer, {"id": 2, "name": "false_alarm", "event": "none"})
    assert viewer.heard[-1] == {"type": "answer", "id": 2, "ok": False, "text": "no such event"}


def test_an_answer_goes_to_who_asked_and_to_nobody_who_has_left(tmp_path: Path) -> None:
    hub, told = _hub(tmp_path)
    one, other = Heard(), Heard()
    for viewer in (one, other):
        hub.join(viewer)
        hub.pass_on(viewer, {"id": 7, "name": "pause", "value": ["no", "value"]})
    first, second = told
    assert first["id"] != second["id"]
    assert first["value"] is None
    hub.leave(other)
    for command in (first, second):
        hub.receive(Message({"type": "answer", "id": command["id"], "ok": True, "text": ""}, []))
    assert one.heard[-1] == {"type": "answer", "id": 7, "ok": True, "text": ""}
    assert "answer" not in other.kinds()
