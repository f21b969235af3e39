"""``stream-ae inspect``: what a run folder holds, in one screen, and whether all of it is sound."""

import math
from collections.abc import Mapping
from pathlib import Path

from stream_ae.reports.formatting import NOTHING, counted, duration, number, share, size
from stream_ae.reports.inspection import Inspection, StateFile, inspect_run
from stream_ae.reports.telling import in_order, rarity, wording
from stream_ae.reports.terminal_chart import curve
from stream_ae.runs.folder import Row, RunFolder

_LOSSES = {
    "mse": "mse",
    "detail": "detail_loss",
    "gradient": "gradient_loss",
    "ssim": "ssim",
    "global": "global_loss",
}
_INDENT = 20
_COLUMNS, _ROWS = 72, 4  # of the curve, in characters


def describe(directory: Path, *, plain: bool = False) -> str:
    """What a run folder holds; every file that a run needs is read to its end.

    Args:
        directory: the run folder.
        plain: draw the curve in ASCII.

    Returns:
        About twenty-five lines of text.

    Raises:
        CheckpointError: something is missing or damaged; the message names it.
    """
    found = inspect_run(directory)
    rows = {
        **_settings(found.run),
        **_losses(found.run.summary),
        **_course(found),
        "states": f"\n{'':{_INDENT}}".join(map(_state, found.states)),
        "on disk": f"{size(found.size)} in {found.files} files",
    }
    lines = [f"  {name:{_INDENT - 2}}{value}" for name, value in rows.items()]
    return "\n".join([str(directory), *lines, *_chart(found.run.metrics, plain=plain)])


def _settings(run: RunFolder) -> dict[str, str]:
    summary, optimizer = run.summary, run.summary["optimizer"]
    lr, threads = optimizer.get("lr"), counted(summary["threads"], "thread")
    versions = run.config.get("versions", {})
    others = {name: run.config[name] for name in ("objective", "fit", "loop") if name in run.config}
    return {
        "source": str(summary["source"]),
        "network": f"{summary['parameters']:,} parameters",
        "optimizer": f"{optimizer.get('name', NOTHING)}{'' if lr is None else f', lr {lr:g}'}",
        "machine": f"{summary['device']}, {threads}, seed {summary['seed']}",
        "settings": ", ".join(f"{name} {value}" for name, value in others.items()) or NOTHING,
        "written by": ", ".join(f"{name} {version}" for name, version in versions.items()),
    }


def _losses(summary: Row) -> dict[str, str]:
    baselines = summary["baselines"]
    return {
        "": "".join(f"{name:>10}" for name in _LOSSES),
        "whole run": _columns(summary),
        "last 50 frames": _columns(summary["last_50"]),
        "copy of last frame": f"{number(baselines['copy_last_frame']):>10}",
        "running mean": f"{number(baselines['running_mean']):>10}",
    }


def _columns(losses: Mapping[str, float | None]) -> str:
    return "".join(f"{number(losses[key]):>10}" for key in _LOSSES.values())


def _course(found: Inspection) -> dict[str, str]:
    """How the run went: frames, change, speed, events."""
    summary, seconds = found.run.summary, found.run.summary["seconds_by_part"]
    frames = summary["frames"]
    slowest = sorted(seconds, key=lambda part: seconds[part], reverse=True)[:4]
    parts = [f"{part} {number(1000 * seconds[part] / frames)}" for part in slowest if frames]
    happened = [f"{n} {kind.replace('_', ' ')}" for kind, n in found.happened.items()]
    return {
        "frames": f"{frames:,}: {summary['frames_learned']:,} learned,"
        f" {summary['frames_gated']:,} gated; {summary['dropped_frames']:,} dropped",
        "change": f"{share(summary['change_ratio'])} of the pixels",
        "speed": f"{number(summary['fps'])} frames a second, {duration(summary['seconds'])} in all",
        "ms a frame": ", ".join(parts) or NOTHING,
        "memory": f"{number(summary['peak_rss_mib'])} MiB at most",
        "events": ", ".join(happened) or NOTHING,
        **_watched(found),
    }


def _watched(found: Inspection) -> dict[str, str]:
    """What was seen, of a run that watched."""
    points, seen = found.points, found.seen
    if not points:
        return {}
    kinds = ", ".join(f"{seen[kind]:,} {wording(kind).label}" for kind in in_order(seen))
    rarest = max(points, key=lambda point: point.novelty)
    return {
        "seen": kinds or "nothing",
        "novelty": f"{points[-1].novelty:.2f} last, at most {rarest.novelty:.3f}"
        f" by frame {rarest.step:,} ({rarity(rarest.novelty)})",
        "foreground": f"{share(points[-1].foreground)} of the pixels last",
    }


def _state(state: StateFile) -> str:
    age = duration(state.age)
    return f"{state.name}  frame {state.step:,}, {size(state.size)}, {age} old, whole"


def _chart(metrics: list[Row], *, plain: bool) -> list[str]:
    """The curve of the error, on a logarithmic scale; nothing where there is none."""
    tag = "loss/mse"
    values = [(row["step"], row[tag]) for row in metrics if row.get(tag, 0.0) > 0]
    if not values:
        return []
    points = [(step, math.log(value)) for step, value in values]
    drawn = curve(points, columns=_COLUMNS, rows=_ROWS, plain=plain)
    errors = [value for _, value in values]
    names = [f"mse {number(max(errors))}", *[""] * (_ROWS - 2), f"{number(min(errors))}"]
    first, last = (f"frame {step:,}" for step, _ in (values[0], values[-1]))
    windows = counted(len(metrics), "window").center(_COLUMNS - len(first) - len(last))
    return [
        *(
            f"  {name:>{_INDENT - 4}}  {line}".rstrip()
            for name, line in zip(names, drawn, strict=True)
        ),
        f"{'':{_INDENT}}{first}{windows}{last}",
    ]
