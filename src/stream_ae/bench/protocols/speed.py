"""How fast a stream is learned with all on that a run has on, and where a frame's time goes."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from stream_ae.bench.hardware import bare_network, matmul_flops
from stream_ae.bench.streams import stream_name
from stream_ae.errors import StreamAEError
from stream_ae.learning.step import PARTS
from stream_ae.runs.config import TrainConfig
from stream_ae.runs.folder import read_run
from stream_ae.runs.train import train

FRAMES, REPEATS = 1000, 3
SOURCES = ("scene:street",)

Row = dict[str, Any]


def bench_speed(
    sources: Sequence[str] = SOURCES,
    *,
    frames: int = FRAMES,
    repeats: int = REPEATS,
    threads: Sequence[int] | None = None,
) -> Iterator[Row]:
    """A row for each source and number of threads: the median over whole runs, and their spread.

    Board, journal and checkpoints are on; the run folders are temporary. The bare network is timed
    after every run, so that both have the same neighbours on a shared machine; numbers of threads
    take turns for the same reason.

    Args:
        sources: streams, by address.
        frames: of each stream, which begins anew if it is shorter.
        repeats: whole runs of each.
        threads: how many; None for one and for all cores.

    Raises:
        SourceError: a stream cannot be opened.
    """
    counts = sorted({1, os.cpu_count() or 1}) if threads is None else list(threads)
    for source in sources:
        _run(source, 2, threads=counts[0])  # not counted: what has to be compiled once is
        runs: dict[int, list[Row]] = {count: [] for count in counts}
        for _ in range(repeats):
            for count in counts:
                runs[count].append(_run(source, frames, threads=count))
        start = median(_first_frame(source) for _ in range(repeats))
        for count in counts:
            yield {
                "source": stream_name(source),
                "frames": frames,
                "repeats": repeats,
                "threads": count,
                **_figures(runs[count], frames),
                "first_frame_s": start,
            }


def as_lines(row: Mapping[str, Any]) -> str:
    """A row for the terminal: frames a second, the bare network beside it, then time by part."""
    low, high = row["fps_range"]
    total = sum(row["ms_by_part"].values())
    parts = (
        f"  {part:10} {took:6.2f} ms {took / total:6.1%}"
        for part, took in row["ms_by_part"].items()
    )
    return "\n".join(
        [
            f"{row['source']}: {row['fps']:.1f} frames/s ({low:.1f} to {high:.1f}) at"
            f" {row['threads']} threads, first frame after {row['first_frame_s']:.1f} s",
            f"  {row['peak_rss_mib']:.0f} MiB at most, over the second half"
            f" {row['rss_mib_per_100k']:.1f} more per 100,000 frames",
            f"  {row['overhead']:.2f} × the bare network ({row['bare_ms']:.2f} ms,"
            f" {row['gflop']:.2f} GFLOP, {row['matmul_share']:.0%} of the rate of a matrix"
            " product)",
            *parts,
        ]
    )


def _figures(runs: Sequence[Row], frames: int) -> Row:
    """What the runs of a row come to."""
    fps = [run["fps"] for run in runs]
    return {
        "fps": median(fps),
        "fps_range": [min(fps), max(fps)],
        "bare_ms": median(run["bare_ms"] for run in runs),
        "overhead": median(1000.0 / run["fps"] / run["bare_ms"] for run in runs),
        "gflop": runs[0]["flops"] / 1e9,
        "matmul_share": median(
            1000.0 * run["flops"] / run["bare_ms"] / run["matmul"] for run in runs
        ),
        "peak_rss_mib": max(run["peak_rss_mib"] for run in runs),
        "rss_mib_per_100k": max(run["rss_mib_per_100k"] for run in runs),
        "ms_by_part": {
            part: 1000.0 * median(run["seconds_by_part"][part] for run in runs) / frames
            for part in PARTS
        },
    }


def _run(source: str, frames: int, *, threads: int) -> Row:
    """A whole run, and the bare network right after it."""
    config = TrainConfig(source=source, frames=frames, loop=True, progress=False, threads=threads)
    with tempfile.TemporaryDirectory(prefix="stream-ae-bench-") as folder:
        directory = Path(folder) / "run"
        train(config, directory=directory)
        done = read_run(directory)
    bare = bare_network()  # with the threads of the run
    return {
        **done.summary,
        "rss_mib_per_100k": _growth(done.metrics),
        "bare_ms": bare.ms,
        "flops": bare.flops,
        "matmul": matmul_flops(),
    }


def _growth(lines: Sequence[Mapping[str, Any]]) -> float:
    """How fast the highest memory so far grew over the second half of a run."""
    first, last = lines[len(lines) // 2], lines[-1]
    frames: int = last["step"] - first["step"]
    grown: float = last["speed/memory_mib"] - first["speed/memory_mib"]
    return 100_000 * grown / max(frames, 1)


def _first_frame(source: str) -> float:
    """Seconds that a run of one frame takes, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="stream-ae-bench-") as folder:
        words = ["train", source, "--frames", "1", "--no-progress", "--run-dir", f"{folder}/run"]
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "stream_ae", *words], capture_output=True, text=True, check=False
        )
        took = time.perf_counter() - start
    if done.returncode:
        raise StreamAEError(f"a run of one frame of {source} failed: {done.stderr.strip()}")
    return took
