"""How fast a stream is learned with all on that a run has on, and where a frame's time goes."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from stream_ae.run_folder import read_run
from stream_ae.session import train
from stream_ae.step import PARTS

FRAMES, REPEATS = 500, 3
SOURCES = ("scene:street",)

Row = dict[str, Any]


def bench_speed(
    sources: Sequence[str] = SOURCES, *, frames: int = FRAMES, repeats: int = REPEATS
) -> Iterator[Row]:
    """One row for each source: the median over ``repeats`` whole runs, and their spread.

    Board, journal, progress and checkpoints are on; the run folders are temporary.

    Args:
        sources: streams, by address.
        frames: of each stream, which begins anew if it is shorter.
        repeats: whole runs of each.

    Raises:
        SourceError: a stream cannot be opened.
    """
    for source in sources:
        runs = [_run(source, frames) for _ in range(repeats)]
        fps = [summary["fps"] for summary in runs]
        yield {
            "source": source,
            "frames": frames,
            "repeats": repeats,
            "threads": runs[0]["threads"],
            "fps": median(fps),
            "fps_range": [min(fps), max(fps)],
            "peak_rss_mib": max(summary["peak_rss_mib"] for summary in runs),
            "ms_by_part": {
                part: 1000 * median(summary["seconds_by_part"][part] for summary in runs) / frames
                for part in PARTS
            },
        }


def as_lines(row: Mapping[str, Any]) -> str:
    """A row for the terminal: frames a second, then milliseconds by part."""
    low, high = row["fps_range"]
    total = sum(row["ms_by_part"].values())
    head = (
        f"{row['source']}: {row['fps']:.1f} frames/s ({low:.1f} to {high:.1f}) at"
        f" {row['threads']} threads, {row['peak_rss_mib']:.0f} MiB"
    )
    parts = (
        f"  {part:10} {took:6.2f} ms {took / total:6.1%}"
        for part, took in row["ms_by_part"].items()
    )
    return "\n".join([head, *parts])


def _run(source: str, frames: int) -> Row:
    with tempfile.TemporaryDirectory(prefix="stream-ae-bench-") as folder:
        directory = Path(folder) / "run"
        train(source, {"frames": frames, "loop": True, "progress": False}, directory=directory)
        return dict(read_run(directory).summary)
