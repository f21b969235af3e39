"""The folder of a watched run as it is written, out of findings made by hand."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.support.findings import make_findings, make_frame

from stream_ae.detection.findings import WatchEvent
from stream_ae.observers.event_record import event_json, event_record
from stream_ae.observers.findings_curves import FindingsCurves
from stream_ae.observers.thumbnails import Thumbnails

BEGAN = 1_700_000_000.0
"""When the stream began, in seconds since 1970."""


def write_watched_run(
    directory: Path,
    events: Iterable[WatchEvent] = (),
    *,
    frames: int = 200,
    pictures: bool = True,
    others: Sequence[bytes] = (),
) -> Path:
    """A watched run of 10 frames a second; each event is told with its last frame.

    Args:
        others: further lines of ``events.jsonl``.
    """
    directory.mkdir(parents=True, exist_ok=True)
    now = [BEGAN]
    curves = FindingsCurves(directory, clock=lambda: now[0])
    thumbnails = Thumbnails(directory)
    told: dict[int, list[WatchEvent]] = {}
    for event in events:
        told.setdefault(event.end, []).append(event)
    lines = list(others)
    for number in range(1, frames + 1):
        now[0] = BEGAN + (number - 1) / 10
        found = make_findings(number, events=tuple(told.get(number, ())), covered=4)
        curves.on_findings(found, make_frame(number))
        if pictures:
            thumbnails.on_findings(found, make_frame(number))
        lines += [
            event_json(event_record(event, step=number, now=now[0])) for event in found.events
        ]
    curves.close()
    (directory / "events.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    return directory
