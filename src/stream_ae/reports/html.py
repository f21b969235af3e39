"""Mode 1's analysis: one page that says how well a stream was learned, and shows it.

The page is one file without a script and without any address it would fetch from, so that it can be
kept, sent and opened years later. It only shows what the run wrote down: every number comes from
``summary.json`` or ``metrics.jsonl``.
"""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from stream_ae.observers.filmstrip import Filmstrip, Snapshot
from stream_ae.observers.window import WINDOW
from stream_ae.reports.charts import draw_charts
from stream_ae.reports.formatting import NOTHING, counted, duration, number, share
from stream_ae.reports.page import title, today, write_page
from stream_ae.runs.folder import Row, RunFolder, read_run
from stream_ae.settings.shell import command

EVENTS_SHOWN = 30
"""Events that are listed and marked; of more, the last ones."""


class _Tile(NamedTuple):
    label: str
    value: str
    note: str


def write_report(directory: Path, *, filmstrip: Filmstrip | None = None) -> Path:
    """Write ``report.html`` into a run folder, out of what the run wrote there.

    Args:
        directory: the run folder.
        filmstrip: the images over time; the report of a private run has none.

    Returns:
        The path of the page.

    Raises:
        CheckpointError: a file of the run is missing or damaged.
        MissingExtraError: jinja2 or matplotlib is not installed.
        OSError: the page cannot be written.
    """
    run = read_run(directory)
    shown = filmstrip is not None and not run.config.get("private")
    contents = _contents(run, filmstrip.snapshots if filmstrip and shown else None)
    return write_page(directory / "report.html", template="report.html.jinja", contents=contents)


def _contents(run: RunFolder, snapshots: Sequence[Snapshot] | None) -> dict[str, object]:
    summary, events = run.summary, _of_the_stream(run.events)
    shown = events[-EVENTS_SHOWN:]
    date = today()
    return {
        "title": title(summary["source"]),
        "date": date,
        "facts": _facts(summary, date=date),
        "verdict": _verdict(summary),
        "tiles": _tiles(summary),
        "window": WINDOW,
        "charts": draw_charts(run.metrics, marks=[event["step"] for event in shown]),
        "snapshots": [_snapshot(snapshot) for snapshot in snapshots or ()],
        "no_snapshots": (
            "This run is private: no pixel of it was written to disk, so there is no image."
            if snapshots is None
            else "There is no image: this part of the run learned no frame."
        ),
        "events": shown,
        "events_note": _events_note(shown, of=len(events)),
        **_speed(summary),
        "settings": sorted(_flat(run.config)),
        "commands": _commands(run),
    }


def _facts(summary: Row, *, date: str) -> list[str]:
    return [
        f"{summary['frames']:,} frames in {duration(summary['seconds'])}",
        f"{summary['parameters']:,} parameters",
        f"{summary['optimizer'].get('name', 'optimizer')}",
        f"{summary['device']}, {counted(summary['threads'], 'thread')}",
        f"seed {summary['seed']}",
        date,
    ]


def _verdict(summary: Row) -> str:
    copy, mean = (summary["baselines"][key] for key in ("copy_last_frame", "running_mean"))
    sentences = [
        "Each frame was predicted before it was learned, and learned once. The mean squared error"
        f" was {number(summary['mse'])} over the whole stream and"
        f" {number(summary['last_50']['mse'])} over its last 50 frames."
    ]
    if copy is not None and mean is not None:
        sentences.append(
            f"Copying the frame before would have given {number(copy)}, the mean of all earlier"
            f" frames {number(mean)}."
        )
    return " ".join(sentences)


def _tiles(summary: Row) -> list[_Tile]:
    last, baselines = summary["last_50"], summary["baselines"]
    learned = f"{summary['frames_learned']:,} learned"
    return [
        _Tile("Frames", f"{summary['frames']:,}", learned),
        _Tile("Mean squared error", number(summary["mse"]), "whole stream"),
        _Tile("Mean squared error", number(last["mse"]), "last 50 frames"),
        _Tile("Structural similarity", number(last["ssim"]), "last 50 frames"),
        _against("Against a copy of the last frame", summary["mse"], baselines["copy_last_frame"]),
        _against("Against the mean of all frames", summary["mse"], baselines["running_mean"]),
        _Tile("Changed pixels", share(summary["change_ratio"]), "mean of the stream"),
        _Tile("Frames per second", number(summary["fps"], digits=3), "the whole loop"),
    ]


def _against(label: str, mse: float | None, baseline: float | None) -> _Tile:
    if mse is None or not baseline:
        return _Tile(label, NOTHING, "no error to compare with")
    return _Tile(label, f"{number(mse / baseline, digits=2)} ×", "its error; below 1 is better")


def _snapshot(snapshot: Snapshot) -> dict[str, str]:
    return {
        "number": f"{snapshot.number:,}",
        "mse": number(snapshot.mse),
        "changed": share(snapshot.changed),
        "base64": base64.b64encode(snapshot.jpeg).decode("ascii"),
    }


def _of_the_stream(events: Sequence[Row]) -> list[Row]:
    """The events without ``started`` and ``finished``, which every run has."""
    return [event for event in events if event["kind"] not in ("started", "finished")]


def _events_note(shown: Sequence[Row], *, of: int) -> str:
    if len(shown) == of:
        return "In the order of the stream."
    return f"The last {len(shown)} of {of:,} events; events.jsonl holds them all."


def _speed(summary: Row) -> dict[str, object]:
    seconds, frames = summary["seconds_by_part"], summary["frames"]
    total, most = sum(seconds.values()), max(seconds.values())
    parts = [
        {
            "name": part,
            "milliseconds": f"{1000.0 * seconds[part] / frames:.2f}" if frames else NOTHING,
            "share": f"{100.0 * seconds[part] / total:.1f} %" if total else NOTHING,
            "width": f"{100.0 * seconds[part] / most if most else 0.0:.1f}",
        }
        for part in seconds
    ]
    note = (
        f"{number(summary['fps'], digits=3)} frames per second over {duration(summary['seconds'])}"
        f" of wall time; at most {summary['peak_rss_mib']:,.0f} MiB of memory."
        " Reading and resizing run beside the learning; read is what the learner waited for."
    )
    return {"parts": parts, "speed_note": note}


def _flat(settings: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    pairs = []
    for key, value in settings.items():
        if isinstance(value, dict):
            pairs += _flat(value, f"{prefix}{key}.")
        else:
            pairs.append((f"{prefix}{key}", NOTHING if value is None else str(value)))
    return pairs


def _commands(run: RunFolder) -> list[tuple[str, str]]:
    directory, source = run.directory, str(run.summary["source"])
    again = [source] if "://" in source and "***" in source else []  # with its password
    return [
        (
            "Every curve, image, feature map and histogram:",
            command("tensorboard", "--logdir", directory),
        ),
        ("What the run folder holds:", command("stream-ae", "inspect", directory)),
        (
            "Go on learning where this run ended:",
            command("stream-ae", "train", *again, "--run-dir", directory, "--resume"),
        ),
    ]
