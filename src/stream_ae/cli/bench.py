"""``stream-ae bench``: what can be measured, its options, its tables and its files."""

import signal
import sys
import threading
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from stream_ae.bench.compare import compare
from stream_ae.bench.pages import results_page
from stream_ae.bench.plot import draw_curves
from stream_ae.bench.protocols import forgetting as bench_forgetting
from stream_ae.bench.protocols import grid as bench_grid
from stream_ae.bench.protocols import in_stream as bench_learning
from stream_ae.bench.protocols import long as bench_long
from stream_ae.bench.protocols import out_of_stream as bench_transfer
from stream_ae.bench.protocols import plasticity as bench_plasticity
from stream_ae.bench.protocols import scenes as bench_scenes
from stream_ae.bench.protocols import sensitivity as bench_sensitivity
from stream_ae.bench.protocols import speed as bench_speed
from stream_ae.bench.results import write_results
from stream_ae.bench.rows import Row
from stream_ae.bench.summary import CURVE_WINDOW
from stream_ae.cli.options import Parser, positive
from stream_ae.errors import StreamAEError

RESULTS = Path("benchmarks/results")
"""Where results are written."""


class Part(NamedTuple):
    """A part of the benchmark of learning.

    Args:
        rows: measures, and gives a row when it is measured.
        header: names of the columns.
        line: a row in these columns.
    """

    rows: Callable[..., Iterator[Row]]
    header: str
    line: Callable[[Row], str]


PARTS = {
    "in-stream": Part(bench_learning.bench_learning, bench_learning.HEADER, bench_learning.as_line),
    "grid": Part(bench_grid.bench_grid, bench_grid.HEADER, bench_grid.as_line),
    "sensitivity": Part(
        bench_sensitivity.bench_sensitivity, bench_sensitivity.HEADER, bench_sensitivity.as_line
    ),
    "out-of-stream": Part(
        bench_transfer.bench_transfer, bench_transfer.HEADER, bench_transfer.as_line
    ),
    "forgetting": Part(
        bench_forgetting.bench_forgetting, bench_forgetting.HEADER, bench_forgetting.as_line
    ),
    "plasticity": Part(
        bench_plasticity.bench_plasticity, bench_plasticity.HEADER, bench_plasticity.as_line
    ),
    "scenes": Part(bench_scenes.bench_scenes, bench_scenes.HEADER, bench_scenes.as_line),
    "long": Part(bench_long.bench_long, bench_long.HEADER, bench_long.as_line),
}
"""The parts of the benchmark of learning, by their names on the command line."""


def add_bench(bench: Parser, *, source_help: str) -> None:
    """Give the parser of ``bench`` its commands."""
    commands = bench.add_subparsers(required=True, metavar="NAME")

    learning = commands.add_parser("learning", description="How well streams are learned.")
    add = learning.add_argument
    add("sources", metavar="SOURCE", nargs="*", help=source_help)
    add("--part", choices=tuple(PARTS), help="which part of it (default: in-stream)")
    add("--frames", type=positive, metavar="N", help="of each stream (scenes: of the whole)")
    add("--repeats", type=positive, metavar="N", help="fresh networks of each row, seeded 0, 1, …")
    add("--optimizers", type=_names, metavar="NAME[:LR],…", help="what to compare")
    add("--objective", choices=("full", "mse"), help="what is minimised (default: full)")
    add("--jobs", type=positive, metavar="N", help="runs at a time, of one thread each if several")
    _add_out(learning)
    learning.set_defaults(command=_learning)

    speed = commands.add_parser("speed", description="How fast streams are learned.")
    speed.add_argument("sources", metavar="SOURCE", nargs="*", help=source_help)
    speed.add_argument("--frames", type=positive, metavar="N", help="of each stream")
    speed.add_argument("--repeats", type=positive, metavar="N", help="whole runs")
    speed.add_argument(
        "--threads",
        type=_counts,
        metavar="N,…",
        help="processor threads (default: 1 and all cores)",
    )
    _add_out(speed)
    speed.set_defaults(command=_speed)

    against = commands.add_parser("compare", description="Results against those of a commit.")
    against.add_argument("--base", required=True, metavar="COMMIT", help="what to compare with")
    _add_out(against)
    against.set_defaults(command=_compare)

    page = commands.add_parser("results", description="The results as a page of Markdown.")
    _add_out(page)
    page.set_defaults(command=_results)


def _add_out(parser: Parser) -> None:
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"of results (default: {RESULTS})")


def _learning(options: dict[str, Any]) -> None:
    name, out = options.pop("part", "in-stream"), options.pop("out", RESULTS)
    part = PARTS[name]
    objective = options.get("objective", "full")
    stem = f"learning-{name}" if objective == "full" else f"learning-{name}-{objective}"
    settings = {"part": name, "objective": objective, "jobs": options.get("jobs", 1)}
    print(part.header)
    rows = _measure(part.rows, options, show=part.line, path=out / f"{stem}.json", about=settings)
    if name == "in-stream":
        picture = out / f"{stem}.png"
        title = (
            f"Error on frames not yet learned, mean of {CURVE_WINDOW} frames, objective {objective}"
        )
        with _disk_told_of(picture):
            draw_curves(picture, rows, title=title)


def _speed(options: dict[str, Any]) -> None:
    path = options.pop("out", RESULTS) / "speed.json"
    _measure(bench_speed.bench_speed, options, show=bench_speed.as_lines, path=path, about={})


def _compare(options: dict[str, Any]) -> int:
    comparison = compare(options["base"], options.get("out", RESULTS))
    for verdict in comparison.verdicts:
        print(verdict)
    print(comparison)
    return int(comparison.is_worse)


def _results(options: dict[str, Any]) -> None:
    print(results_page(options.get("out", RESULTS)), end="")


def _measure(
    measure: Callable[..., Iterator[Row]],
    options: dict[str, Any],
    *,
    show: Callable[[Row], str],
    path: Path,
    about: Row,
) -> list[Row]:
    """Measure, show each row and write it; one Ctrl-C or SIGTERM ends it with what there is."""
    if not options.get("sources"):
        options.pop("sources", None)  # so that those of the part itself are taken
    done: list[Row] = []
    try:
        with _sigterm_as_ctrl_c(), _disk_told_of(path):
            write_results(path, _shown(measure(**options), show, done=done), settings=about)
    except KeyboardInterrupt:
        what = f"what was measured ({len(done)} rows) is in {path}" if done else "nothing written"
        print(f"stream-ae: broken off; {what}", file=sys.stderr)
    return done


def _shown(rows: Iterable[Row], show: Callable[[Row], str], *, done: list[Row]) -> Iterator[Row]:
    for row in rows:
        yield row
        done.append(row)  # written by now, so what is shown is never lost
        print(show(row), flush=True)


def _names(text: str) -> list[str]:
    """Names between commas, for argparse."""
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise ArgumentTypeError(f"must be names with commas between them, got {text!r}")
    return names


def _counts(text: str) -> list[int]:
    """Positive numbers between commas, for argparse."""
    return [positive(number) for number in text.split(",")]


@contextmanager
def _disk_told_of(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StreamAEError(
            f"cannot write {str(path)!r}: {error.strerror or error}; choose another --out"
        ) from error


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what a signal does
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
