"""All that a run folder holds, read to its end, for a person or for a program."""

import json
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from stream_ae.errors import CheckpointError
from stream_ae.observers.findings_curves import FILE, Point, read_curves
from stream_ae.reports.sightings import Sightings
from stream_ae.runs.contents import is_watch_event
from stream_ae.runs.folder import RunFolder, read_run
from stream_ae.storage.state_file import DamagedStateError, read_state


class StateFile(NamedTuple):
    """A saved state, which was read and is whole.

    Args:
        name: of its file.
        step: frames learned by then.
        size: in bytes.
        age: in seconds.
    """

    name: str
    step: int
    size: int
    age: float


class Inspection(NamedTuple):
    """What a run folder holds.

    Args:
        run: its text files.
        states: the newest first.
        happened: how often each kind of thing happened to the stream or the run.
        seen: how often each kind of thing was seen.
        points: curves of a run that watched; none of any other.
        files: how many there are.
        size: of all of them, in bytes.
    """

    run: RunFolder
    states: list[StateFile]
    happened: Mapping[str, int]
    seen: Mapping[str, int]
    points: list[Point]
    files: int
    size: int


def inspect_run(directory: Path) -> Inspection:
    """Read a run folder; every file that a run needs is read to its end.

    Args:
        directory: the run folder.

    Raises:
        CheckpointError: something is missing or damaged; the message names it.
    """
    run = read_run(directory)
    watched = (directory / FILE).exists()
    sizes = _sizes(directory)
    return Inspection(
        run=run,
        states=_states(directory),
        happened=Counter(event["kind"] for event in run.events if not is_watch_event(event)),
        seen=Sightings(run.events, begin=0.0, end=0.0).counts,
        points=read_curves(directory / FILE)[1] if watched else [],
        files=len(sizes),
        size=sum(sizes),
    )


def as_json(inspection: Inspection) -> str:
    """A run folder as one JSON object in one line.

    ``directory``; ``config`` and ``summary`` as their files have them; ``window``: the last line of
    ``metrics.jsonl``, null where there is none; ``windows``: their number; ``events`` and ``seen``:
    a number for each kind; ``watched``: the last point of the curves, null where nothing was
    watched; ``states``: ``name``, ``step``, ``bytes`` and ``age_seconds``, the newest first;
    ``files`` and ``bytes`` on disk.
    """
    run, points = inspection.run, inspection.points
    states = [
        {"name": name, "step": step, "bytes": size, "age_seconds": round(age, 3)}
        for name, step, size, age in inspection.states
    ]
    contents = {
        "directory": str(run.directory),
        "config": run.config,
        "summary": run.summary,
        "window": run.metrics[-1] if run.metrics else None,
        "windows": len(run.metrics),
        "events": inspection.happened,
        "seen": inspection.seen,
        "watched": points[-1]._asdict() if points else None,
        "states": states,
        "files": inspection.files,
        "bytes": inspection.size,
    }
    return json.dumps(contents)


def _sizes(directory: Path) -> list[int]:
    """Of all files, in bytes."""
    sizes = []
    for path in directory.rglob("*"):
        with suppress(FileNotFoundError):  # a run that goes on removes its oldest state
            if path.is_file():
                sizes.append(path.stat().st_size)
    return sizes


def _states(directory: Path) -> list[StateFile]:
    paths = sorted((directory / "checkpoints").glob("step-*.pt"), reverse=True)
    if not paths:
        raise CheckpointError(
            f"{directory / 'checkpoints'} should hold a state, got none; the run cannot be resumed"
        )
    return [_state(path) for path in paths]


def _state(path: Path) -> StateFile:
    try:
        step = read_state(path).get("step")
        if step is None:
            raise DamagedStateError("not a state of a run")
    except DamagedStateError as error:
        raise CheckpointError(
            f"{path} is damaged ({error}); remove it, and --resume takes the newest that is whole"
        ) from error
    file = path.stat()
    return StateFile(path.name, step, file.st_size, max(0.0, time.time() - file.st_mtime))
