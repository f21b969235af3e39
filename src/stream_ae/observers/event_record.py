"""An event as plain values: the same in ``events.jsonl``, in a webhook, over MQTT, in a command."""

import json
from collections.abc import Mapping
from typing import TypedDict

from stream_ae.detection.findings import Box, Kind, WatchEvent

_SENTENCES: dict[Kind, str] = {
    "cut": "the scene was cut to another one",
    "camera_moved": "the camera was moved",
    "light_switched": "the light was switched",
    "covered": "the camera was covered",
    "black": "the picture was black",
    "frozen": "the picture was frozen",
    "appeared": "something appeared",
    "left": "something left",
    "left_behind": "something was left behind",
    "removed": "something was taken away",
    "novel": "something was never seen before",
}
_LASTING: dict[Kind, str] = {
    "covered": "for",
    "black": "for",
    "frozen": "for",
    "novel": "for",
    "left": "after",
}
"""What has a length worth telling; that of others is how long it took to be sure of them."""

_DIGITS = 4  # of a share of the picture, of a score; a pixel of a 4K picture is 0.00026
_TIME_DIGITS = 3


class EventRecord(TypedDict):
    """An event as JSON holds it; ``box`` is ``[x, y, width, height]`` in shares of the picture.

    ``step`` is the number of the frame with which it was told, ``time`` is when, in seconds since
    1970; ``start_time``, ``end_time`` and ``peak_time`` are seconds of the stream's own clock.
    """

    step: int
    time: float
    kind: Kind
    text: str
    start: int
    end: int
    peak: int
    start_time: float
    end_time: float
    peak_time: float
    score: float
    box: list[float] | None
    track: int | None
    zone: str | None


def event_record(event: WatchEvent, *, step: int, now: float) -> EventRecord:
    """An event as plain values that JSON can hold.

    Args:
        event: what was seen.
        step: number of the frame with which it is told.
        now: seconds since 1970.
    """
    box = None if event.box is None else [round(float(share), _DIGITS) for share in event.box]
    return {
        "step": step,
        "time": round(now, _TIME_DIGITS),
        "kind": event.kind,
        "text": event_text(event),
        "start": event.start,
        "end": event.end,
        "peak": event.peak,
        "start_time": round(event.start_time, _TIME_DIGITS),
        "end_time": round(event.end_time, _TIME_DIGITS),
        "peak_time": round(event.peak_time, _TIME_DIGITS),
        "score": round(float(event.score), _DIGITS),
        "box": box,
        "track": event.track,
        "zone": event.zone,
    }


def event_json(values: Mapping[str, object]) -> bytes:
    """A record, or one with more entries, as one line of JSON in UTF-8, without a line end."""
    text = json.dumps(values, ensure_ascii=False, allow_nan=False)
    return text.encode(errors="backslashreplace")  # what no text can hold, in a name


def event_text(event: WatchEvent) -> str:
    """An event in one line for a person.

    >>> box = Box(0.1, 0.6, 0.1, 0.3)
    >>> event_text(WatchEvent("left", 12, 80, 40, 0.5, 3.2, 1.6, 0.9, box, zone="door"))
    'something left in door, at the bottom left, at 0:03.2, after 2.7 s'
    """
    parts = [_SENTENCES[event.kind]]
    if event.zone is not None:
        parts[0] += f" in {event.zone}"
    if event.box is not None:
        parts.append(place(event.box))
    moment = event.end_time if event.kind == "left" else event.start_time
    minutes, seconds = divmod(max(0.0, moment), 60)
    parts.append(f"at {int(minutes)}:{seconds:04.1f}")
    duration = event.end_time - event.start_time
    if event.kind in _LASTING and duration >= 0.1:
        parts.append(f"{_LASTING[event.kind]} {duration:.1f} s")
    return ", ".join(parts)


def place(box: Box) -> str:
    """Where a box is, in thirds of the picture."""
    column = _third(box.x + box.width / 2, ("left", "", "right"))
    row = _third(box.y + box.height / 2, ("top", "", "bottom"))
    words = " ".join(filter(None, (row, column)))
    return f"at the {words}" if words else "in the middle"


def _third(share: float, names: tuple[str, str, str]) -> str:
    return names[min(2, max(0, int(3 * share)))]
