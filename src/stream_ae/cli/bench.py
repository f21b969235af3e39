"""``stream-ae bench``: what can be measured, its options, its tables and its files."""

import signal
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from stream_ae.bench.compare import compare
from stream_ae.bench.over_seeds import CURVE_WINDOW
from stream_ae.bench.pages import results_page
from stream_ae.bench.plot import draw_curves
from stream_ae.bench.protocol import measure
from stream_ae.bench.protocols import PARTS
from stream_ae.bench.protocols.speed import as_lines, bench_speed
from stream_ae.bench.results import write_results
from stream_ae.bench.rows import Row
from stream_ae.bench.table import heading, line
from stream_ae.cli.parser import Parser, positive
from stream_ae.errors import StreamAEError
from stream_ae.nn.losses import OBJECTIVE, Objective
from stream_ae.runs.signals import handled

Options = dict[str, Any]
"""What was asked for, by the option's name; nothing that was not."""

RESULTS = Path("benchmarks/results")
"""Where results are written."""


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
    add(
        "--objective",
        choices=get_args(Objective),
        help=f"what is minimised (default: {OBJECTIVE})",
    )
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


def _learning(options: Options) -> None:
    name, out = options.pop("part", "in-stream"), options.pop("out", RESULTS)
    part = PARTS[name]
    settings = replace(part.defaults, **_asked(options))
    objective = settings.objective
    stem = f"learning-{name}" if objective == OBJECTIVE else f"learning-{name}-{objective}"
    about: Row = {"part": name, "objective": objective, "jobs": settings.jobs}
    print(heading(part.columns))
    rows = _measured(
        measure(part, settings),
        show=lambda row: line(row, columns=part.columns),
        path=out / f"{stem}.json",
        about=about,
    )
    if name == "in-stream":
        picture = out / f"{stem}.png"
        title = (
            f"Error on frames not yet learned, mean of {CURVE_WINDOW} frames, objective {objective}"
        )
        with _disk_errors_told(picture):
            draw_curves(picture, rows, title=title)


def _speed(options: Options) -> None:
    path = options.pop("out", RESULTS) / "speed.json"
    _measured(bench_speed(**_asked(options)), show=as_lines, path=path, about={})


def _asked(options: Options) -> Options:
    """The options without an empty list of sources, so that the usual ones are taken."""
    return {name: value for name, value in options.items() if name != "sources" or value}


def _compare(options: Options) -> int:
    comparison = compare(options["base"], options.get("out", RESULTS))
    for verdict in comparison.verdicts:
        print(verdict)
    print(comparison)
    return int(comparison.is_worse)


def _results(options: Options) -> None:
    print(results_page(options.get("out", RESULTS)), end="")


def _measured(
    rows: Iterable[Row], *, show: Callable[[Row], str], path: Path, about: Row
) -> list[Row]:
    """Show each row and write it; one Ctrl-C or SIGTERM ends it with what there is."""
    done: list[Row] = []
    try:
        with handled(signal.SIGTERM, signal.default_int_handler), _disk_errors_told(path):
            write_results(path, _shown(rows, show, done=done), settings=about)
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
def _disk_errors_told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StreamAEError(
            f"cannot write {str(path)!r}: {error.strerror or error}; choose another --out"
        ) from error
