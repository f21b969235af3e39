"""What the commands of ``stream-ae fleet`` do."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from stream_ae.cli.parser import Given
from stream_ae.errors import ConfigError
from stream_ae.fleet.client import Fleet, begun, check_room_here, ends_local, found, joined
from stream_ae.fleet.hub import Done
from stream_ae.fleet.plan import camera, read_plan
from stream_ae.fleet.spec import Value
from stream_ae.fleet.status import CameraStatus

_TITLES = ("camera", "state", "frame", "fps", "novelty", "machine", "last")
_OWN = {"camera", "stream", "queue", "address", "name"}
_NOT_SHOWN = {"sight", "samples"}


def start(given: Given) -> None:
    """Start what a file names, or what was changed in it."""
    plan = read_plan(Path(str(given["file"])))
    if not given.get("queue"):
        check_room_here(plan, address=_text(given, "address"))
    with joined(_text(given, "address"), start=True):
        fleet = begun(plan)
        fleet.runs()
        done = fleet.apply(plan, queue=bool(given.get("queue")))
    print(told(done))


def status(given: Given) -> None:
    """Print how each camera stands."""
    with fleet_of(given) as fleet:
        cameras = fleet.look()
    if not given.get("json"):
        print(table(cameras))
        return
    for each in cameras:
        values = asdict(replace(each, sight=None, samples=()))
        print(json.dumps({key: value for key, value in values.items() if key not in _NOT_SHOWN}))


def add(given: Given) -> None:
    """Start one camera more."""
    options = {name: _plain(value) for name, value in given.items() if name not in _OWN}
    options["source"] = str(given["stream"])
    with fleet_of(given) as fleet:
        spec = camera(str(given["camera"]), options, runs=fleet.runs(), folder=Path.cwd())
        done = fleet.add(replace(spec, from_file=False), queue=bool(given.get("queue")))
    print(told(done))


def remove(given: Given) -> None:
    """Stop a camera."""
    with fleet_of(given) as fleet:
        print(told(fleet.remove(str(given["camera"]))))


def restart(given: Given) -> None:
    """Let other processes go on with cameras."""
    named = given.get("cameras")
    names = [str(name) for name in named] if isinstance(named, list) else []
    is_rolling = bool(given.get("rolling"))
    if not names and not is_rolling:
        raise ConfigError(
            "the names of cameras were expected, got none; name them, or add --rolling for all"
        )
    with fleet_of(given) as fleet:
        if not names:
            fleet.restart_hub()
            names = [each.name for each in fleet.look() if each.state not in ("waiting", "stopped")]
        for name in names:
            _restart(fleet, name, waits=is_rolling)


def stop(given: Given) -> None:
    """Stop a fleet, and Ray where it was started for it."""
    address = _text(given, "address")
    with fleet_of(given) as fleet:
        done = fleet.end()
    ends_local(address)
    print(told(done))


def told(done: Done) -> str:
    """What a change came to, in a few lines."""
    parts = {
        "started": done.started,
        "restarted": done.restarted,
        "stopped": done.stopped,
        "waiting for room": done.waiting,
    }
    lines = [f"{what}: {', '.join(names)}" for what, names in parts.items() if names]
    return "\n".join(lines) or "nothing has changed"


def table(cameras: Sequence[CameraStatus]) -> str:
    """The cameras in columns.

    >>> print(table([CameraStatus("door", "learning", frame=512, fps=9.98, node="shop")]))
    camera  state     frame  fps   novelty  machine  last
    door    learning  512    10.0           shop
    """
    rows = [_TITLES, *map(_row, cameras)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def _row(camera: CameraStatus) -> tuple[str, ...]:
    seen = "" if camera.last_event is None else camera.last_event["text"]
    return (
        camera.name,
        camera.state,
        f"{camera.frame}",
        f"{camera.fps:.1f}" if camera.fps else "",
        "" if camera.novelty is None else f"{camera.novelty:.2f}",
        camera.node,
        camera.text or seen,
    )


def _restart(fleet: Fleet, name: str, *, waits: bool) -> None:
    tokens = {each.name: each.token for each in fleet.look()}
    done = fleet.restart(name)
    if not waits:
        print(told(done))
        return
    again = fleet.wait_until_learning(name, token=tokens.get(name, 0))
    print(f"{name}: {again.state} after {again.time - done.asked:.1f} s", flush=True)


@contextmanager
def fleet_of(given: Given) -> Iterator[Fleet]:
    """The fleet that is meant, in its cluster."""
    with joined(_text(given, "address")):
        yield found(_text(given, "name"))


def _text(given: Given, name: str) -> str | None:
    return str(given[name]) if name in given else None


def _plain(value: object) -> Value:
    """An option of the command line as a file has it."""
    if isinstance(value, list):
        return [str(each) for each in value]
    return value if isinstance(value, bool | int | float) else str(value)
