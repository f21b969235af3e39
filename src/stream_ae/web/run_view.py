"""What the page knows of a run, read from the run folder: it shows what anybody can read there.

A page that is opened late, or after the run, knows as much as one that was there from the start.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from stream_ae.storage.event_pictures import FOLDER, picture_name
from stream_ae.web.follow import FollowedLines, Row, rows_between
from stream_ae.web.history import BUCKETS, Curves

TAGS = (
    "loss/mse",
    "loss/copy_last_frame",
    "loss/running_mean",
    "loss/detail",
    "loss/global",
    "change/ratio",
    "change/foreground",
    "change/novelty",
    "optim/effective_step",
    "optim/overshoot",
    "speed/fps",
)
"""The curves that are kept of the whole run; any other can be asked for."""

MOST_EVENTS = 300
"""Events that are listed; of more, the newest. ``events.jsonl`` has them all."""

_MARKS = 2000  # events whose moments are marked in the curves
_TIME = "time"  # seconds since 1970, of each point


class RunView:
    """The curves and the events of a run folder.

    Args:
        directory: the run folder; it may appear later.
        on_reset: told where the run has gone back: what was shown no longer holds.
    """

    def __init__(self, directory: Path, *, on_reset: Callable[[], None]) -> None:
        self.directory = directory
        self._metrics = FollowedLines(directory / "metrics.jsonl", on_reset=self._reset)
        self._lines = FollowedLines(directory / "events.jsonl", on_reset=self._reset)
        self._told = on_reset
        self._forget()

    def _forget(self) -> None:
        self._curves = Curves((*TAGS, _TIME))
        self._events: deque[Row] = deque(maxlen=MOST_EVENTS)
        self._marks: deque[list[object]] = deque(maxlen=_MARKS)
        self._false: set[str] = set()
        self.newest: Row = {}  # the last line of the metrics

    def _reset(self) -> None:
        self._forget()
        self._metrics.restart()
        self._lines.restart()
        self._told()

    def new_windows(self) -> Iterator[Row]:
        """The windows of frames that have come since the last call, each as its line says."""
        for row in self._metrics.new():
            values = {tag: value for tag, value in row.items() if tag not in ("step", _TIME)}
            self._curves.add(row["step"], {**values, _TIME: row.get(_TIME)})
            self.newest = {"step": row["step"], _TIME: row.get(_TIME), "values": values}
            yield self.newest

    def new_events(self) -> Iterator[Row]:
        """The events that have come since the last call, as the page shows them."""
        for row in self._lines.new():
            if row.get("kind") == "false_alarm":
                yield from self._marked(str(row.get("event")))
            else:
                event = self._event(row)
                self._events.append(event)
                if event["scene"]:
                    self._marks.append([event["step"], event["kind"]])
                yield event

    def _marked(self, name: str) -> Iterator[Row]:
        self._false.add(name)
        for event in self._events:
            if event["id"] == name:
                event["false_alarm"] = True
                yield event

    def _event(self, row: Row) -> Row:
        is_seen = "start" in row
        kind, track = str(row.get("kind")), row.get("track")
        name = f"{row['step']}-{kind}" + ("" if track is None else f"-{track}")
        shown = {**row, "id": name, "scene": is_seen, "false_alarm": name in self._false}
        if is_seen:
            shown["file"] = picture_name(kind, start=int(row["start"]), track=track)
        return shown

    @property
    def events(self) -> list[Row]:
        """The newest events, the newest last."""
        return [self.complete(event) for event in self._events]

    def event(self, name: str) -> Row | None:
        """An event by its id; None where it is none of the newest."""
        return next((event for event in self._events if event["id"] == name), None)

    def complete(self, event: Mapping[str, object]) -> Row:
        """An event with the path of its picture, if that is there by now."""
        shown = dict(event)
        file = shown.pop("file", None)
        is_there = file is not None and (self.directory / FOLDER / str(file)).is_file()
        return {**shown, "picture": f"{FOLDER}/{file}" if is_there else None}

    def picture(self, name: str) -> Path | None:
        """The file of an event's picture; None where there is none of that name."""
        if not any(event.get("file") == name for event in self._events):
            return None
        path = self.directory / FOLDER / name
        return path if path.is_file() else None

    def whole(self) -> dict[str, object]:
        """All that a browser needs to draw the run so far."""
        rows = self._curves.rows()
        times = [[step, mean] for step, _, _, mean in rows.pop(_TIME, [])]
        span = [times[0][0], times[-1][0]] if times else [0, 0]
        return {
            "history": rows,
            "times": times,
            "span": span,
            "marks": list(self._marks),
            "events": self.events,
        }

    def part(self, tags: list[str], *, first: int, last: int) -> dict[str, list[list[float]]]:
        """Some curves from one frame to another, as fine as they were written if that fits.

        Args:
            tags: of the curves.
            first: number of the first frame.
            last: of the last one.

        Raises:
            OSError: the file cannot be read.
        """
        curves = Curves(tags, buckets=2 * BUCKETS)
        for row in rows_between(self._metrics.path, first=first, last=last):
            curves.add(row["step"], row)
        return curves.rows()
