"""How fast a stream is learned with all on that a run has on, and where a frame's time goes."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from stream_ae.bench.hardware import Bare, bare_network, matmul_flops
from stream_ae.bench.rows import Row, number, numbers, section, text
from stream_ae.bench.streams import stream_name
from stream_ae.errors import StreamAEError
from stream_ae.learning.step import PARTS
from stream_ae.runs.config import TrainConfig
from stream_ae.runs.folder import read_run
from stream_ae.runs.train import train

FRAMES, REPEATS = 1000, 3
SOURCES = ("scene:street",)
"""Of each stream, whole runs of each, and the streams, unless said otherwise."""


class _Run(NamedTuple):
    """What one run gives: its summary, how fast memory grew, and what the machine can do."""

    summary: Mapping[str, object]
    growth: float
    bare: Bare
    matmul: float


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
        frames: of each stream, which begins again if it is shorter.
        repeats: whole runs of each.
        threads: how many; None for one and for all cores.

    Raises:
        SourceError: a stream cannot be opened.
    """
    counts = sorted({1, os.cpu_count() or 1}) if threads is None else list(threads)
    for source in sources:
        _run(source, 2, threads=counts[0])  # not counted: what has to be compiled once is
        runs: dict[int, list[_Run]] = {count: [] for count in counts}
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
                **_summary(runs[count], frames),
                "first_frame_s": start,
            }


def as_lines(row: Row) -> str:
    """A row for the terminal: frames a second, the bare network beside it, then time by part."""
    low, high = numbers(row, "fps_range")
    parts = section(row, "ms_by_part")
    total = sum(number(parts, part) for part in parts)
    by_part = (
        f"  {part:10} {number(parts, part):6.2f} ms {number(parts, part) / total:6.1%}"
        for part in parts
    )
    return "\n".join(
        [
            f"{text(row, 'source')}: {number(row, 'fps'):.1f} frames/s ({low:.1f} to {high:.1f}) at"
            f" {row['threads']} threads, first frame after {number(row, 'first_frame_s'):.1f} s",
            f"  {number(row, 'peak_rss_mib'):.0f} MiB at most, over the second half"
            f" {number(row, 'rss_mib_per_100k'):.1f} more per 100,000 frames",
            f"  {number(row, 'overhead'):.2f} × the bare network ({number(row, 'bare_ms'):.2f} ms,"
            f" {number(row, 'gflop'):.2f} GFLOP, {number(row, 'matmul_share'):.0%} of the rate of a"
            " matrix product)",
            *by_part,
        ]
    )


def _summary(runs: Sequence[_Run], frames: int) -> Row:
    """What the runs of a row come to."""
    fps = [number(run.summary, "fps") for run in runs]
    seconds = [section(run.summary, "seconds_by_part") for run in runs]
    return {
        "fps": median(fps),
        "fps_range": [min(fps), max(fps)],
        "bare_ms": median(run.bare.ms for run in runs),
        "overhead": median(
            1000.0 / each / run.bare.ms for each, run in zip(fps, runs, strict=True)
        ),
        "gflop": runs[0].bare.flops / 1e9,
        "matmul_share": median(1000.0 * run.bare.flops / run.bare.ms / run.matmul for run in runs),
        "peak_rss_mib": max(number(run.summary, "peak_rss_mib") for run in runs),
        "rss_mib_per_100k": max(run.growth for run in runs),
        "ms_by_part": {
            part: 1000.0 * median(number(each, part) for each in seconds) / frames for part in PARTS
        },
    }


def _run(source: str, frames: int, *, threads: int) -> _Run:
    """A whole run, and the bare network right after it."""
    config = TrainConfig(source=source, frames=frames, loop=True, progress=False, threads=threads)
    with tempfile.TemporaryDirectory(prefix="stream-ae-bench-") as folder:
        directory = Path(folder) / "run"
        train(config, directory=directory)
        done = read_run(directory)
    bare = bare_network()  # with the threads of the run
    return _Run(done.summary, _growth(done.metrics), bare, matmul_flops())


def _growth(lines: Sequence[Mapping[str, object]]) -> float:
    """MiB per 100,000 frames by which the highest memory rose over the second half of a run."""
    first, last = lines[len(lines) // 2], lines[-1]
    frames = number(last, "step") - number(first, "step")
    grown = number(last, "speed/memory_mib") - number(first, "speed/memory_mib")
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
