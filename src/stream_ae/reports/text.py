"""``stream-ae inspect``: what a run folder holds, in one screen, and whether all of it is sound."""

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from stream_ae.errors import CheckpointError
from stream_ae.observers.findings_curves import FILE, read_curves
from stream_ae.reports.formatting import NOTHING, counted, duration, number, share, size
from stream_ae.reports.sightings import Sightings
from stream_ae.reports.telling import in_order, rarity, wording
from stream_ae.runs.contents import is_watch_event
from stream_ae.runs.folder import Row, RunFolder, read_run
from stream_ae.storage.state_file import DamagedStateError, read_state

_LOSSES = {
    "mse": "mse",
    "detail": "detail_loss",
    "gradient": "gradient_loss",
    "ssim": "ssim",
    "global": "global_loss",
}
_INDENT = 20


def describe(directory: Path) -> str:
    """What a run folder holds; every file that a run needs is read to its end.

    Args:
        directory: the run folder.

    Returns:
        About twenty lines of text.

    Raises:
        CheckpointError: something is missing or damaged; the message names it.
    """
    run = read_run(directory)
    states = _states(directory)
    rows = {**_settings(run), **_losses(run.summary), **_course(run), **_on_disk(directory, states)}
    lines = [f"  {name:{_INDENT - 2}}{value}" for name, value in rows.items()]
    return "\n".join([str(directory), *lines])


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


def _course(run: RunFolder) -> dict[str, str]:
    """How the run went: frames, change, speed, events."""
    summary, seconds = run.summary, run.summary["seconds_by_part"]
    frames = summary["frames"]
    slowest = sorted(seconds, key=lambda part: seconds[part], reverse=True)[:4]
    parts = [f"{part} {number(1000 * seconds[part] / frames)}" for part in slowest if frames]
    seen = Sightings(run.events, begin=0.0, end=0.0).counts
    kinds = Counter(event["kind"] for event in run.events if not is_watch_event(event))
    return {
        "frames": f"{frames:,}: {summary['frames_learned']:,} learned,"
        f" {summary['frames_gated']:,} gated; {summary['dropped_frames']:,} dropped",
        "change": f"{share(summary['change_ratio'])} of the pixels",
        "speed": f"{number(summary['fps'])} frames a second, {duration(summary['seconds'])} in all",
        "ms a frame": ", ".join(parts) or NOTHING,
        "memory": f"{number(summary['peak_rss_mib'])} MiB at most",
        "events": ", ".join(f"{n} {kind.replace('_', ' ')}" for kind, n in kinds.items())
        or NOTHING,
        **_watched(run, seen),
        "curves": f"{len(run.metrics):,} windows",
    }


def _watched(run: RunFolder, seen: Mapping[str, int]) -> dict[str, str]:
    """What was seen, of a run that watched."""
    path = run.directory / FILE
    if not path.exists():
        return {}
    _, points = read_curves(path)
    kinds = ", ".join(f"{seen[kind]:,} {wording(kind).label}" for kind in in_order(seen))
    rarest = max(points, key=lambda point: point.novelty)
    return {
        "seen": kinds or "nothing",
        "novelty": f"{points[-1].novelty:.2f} last, at most {rarest.novelty:.3f}"
        f" by frame {rarest.step:,} ({rarity(rarest.novelty)})",
        "foreground": f"{share(points[-1].foreground)} of the pixels last",
    }


def _on_disk(directory: Path, states: list[str]) -> dict[str, str]:
    files = []
    for path in directory.rglob("*"):
        with suppress(FileNotFoundError):  # a run that goes on removes its oldest state
            if path.is_file():
                files.append(path.stat().st_size)
    return {
        "states": f"\n{'':{_INDENT}}".join(states),
        "on disk": f"{size(sum(files))} in {len(files)} files",
    }


def _states(directory: Path) -> list[str]:
    """One line for each saved state, the newest first, all of them read."""
    paths = sorted((directory / "checkpoints").glob("step-*.pt"), reverse=True)
    if not paths:
        raise CheckpointError(
            f"{directory / 'checkpoints'} should hold a state, got none; the run cannot be resumed"
        )
    return [_state(path) for path in paths]


def _state(path: Path) -> str:
    try:
        step = read_state(path).get("step")
        if step is None:
            raise DamagedStateError("not a state of a run")
    except DamagedStateError as error:
        raise CheckpointError(
            f"{path} is damaged ({error}); remove it, and --resume takes the newest that is whole"
        ) from error
    file = path.stat()
    age = duration(max(0.0, time.time() - file.st_mtime))
    return f"{path.name}  frame {step:,}, {size(file.st_size)}, {age} old, whole"
