"""What ``stream-ae bench`` does: tables on the terminal, and results in files."""

import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from stream_ae.bench.compare import compare
from stream_ae.bench.over_seeds import CURVE_WINDOW
from stream_ae.bench.pages import results_page
from stream_ae.bench.plot import draw_curves
from stream_ae.bench.protocol import measure
from stream_ae.bench.protocols import PARTS
from stream_ae.bench.protocols import fleet as of_fleet
from stream_ae.bench.protocols import foreground as of_foreground
from stream_ae.bench.protocols import novelty as of_novelty
from stream_ae.bench.protocols import optimizers as of_optimizers
from stream_ae.bench.protocols import outages as of_outages
from stream_ae.bench.protocols.speed import as_lines, bench_speed
from stream_ae.bench.results import write_results
from stream_ae.bench.rows import Row
from stream_ae.bench.table import heading, line
from stream_ae.cli.bench_options import RESULTS
from stream_ae.errors import StreamAEError
from stream_ae.runs.signals import handled
from stream_ae.settings.choices import OBJECTIVE

Options = dict[str, Any]
"""What was asked for, by the option's name; nothing that was not."""


def learning(options: Options) -> None:
    """How well streams are learned: a row each, and in-stream a picture."""
    name, out = options.pop("part", "in-stream"), options.pop("out", RESULTS)
    part = PARTS[name]
    settings = replace(part.defaults, **_asked(options))
    objective = settings.objective
    stem = f"learning-{name}" if objective == OBJECTIVE else f"learning-{name}-{objective}"
    if settings.model is not None:
        stem += f"-{settings.model.rpartition(':')[2]}"
    about: Row = {
        "part": name,
        "objective": objective,
        "jobs": settings.jobs,
        "model": settings.model,
    }
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


def speed(options: Options) -> None:
    """How fast streams are learned."""
    path = options.pop("out", RESULTS) / "speed.json"
    _measured(bench_speed(**_asked(options)), show=as_lines, path=path, about={})


def foreground(options: Options) -> None:
    """How well foreground is found: a row for each stream and method, and pictures of masks."""
    out = options.pop("out", RESULTS)
    columns, second = of_foreground.COLUMNS, "method"
    print(heading(columns, second=second))
    rows = of_foreground.bench_foreground(options.pop("folders"), pictures=out, **options)
    _measured(
        rows,
        show=lambda row: line(row, columns=columns, second=second),
        path=out / "foreground.json",
        about={},
    )


def novelty(options: Options) -> None:
    """How well what is novel is found: a row with the network's latents, and one without."""
    out = options.pop("out", RESULTS)
    columns, second = of_novelty.COLUMNS, "method"
    print(heading(columns, second=second))
    _measured(
        of_novelty.bench_novelty(options["folder"], pictures=out),
        show=lambda row: line(row, columns=columns, second=second),
        path=out / "novelty.json",
        about={},
    )


def optimizers(options: Options) -> None:
    """How ``BoundedGD`` learns small streams: a row for each of them and each method."""
    out = options.pop("out", RESULTS)
    columns, second = of_optimizers.COLUMNS, "method"
    print(heading(columns, second=second))
    _measured(
        of_optimizers.bench_optimizers(**options),
        show=lambda row: line(row, columns=columns, second=second),
        path=out / "optimizers.json",
        about={},
    )


def fleet(options: Options) -> None:
    """What a fleet costs beside plain processes: a row each, and one for each rate."""
    out = options.pop("out", RESULTS)
    columns, second = of_fleet.COLUMNS, "method"
    print(heading(columns, second="cameras"))
    _measured(
        of_fleet.bench_fleet(**options),
        show=lambda row: line(row, columns=columns, second=second),
        path=out / "fleet.json",
        about={"frames": options.get("frames"), "size": options.get("size")},
    )


def outages(options: Options) -> None:
    """How a fleet of thousands fares over a year: a row for each thing that may be otherwise."""
    out = options.pop("out", RESULTS)
    columns, second = of_outages.COLUMNS, "fleet"
    print(heading(columns, second=second))
    _measured(
        of_outages.bench_outages(**options),
        show=lambda row: line(row, columns=columns, second="method"),
        path=out / "outages.json",
        about={},
    )


def _asked(options: Options) -> Options:
    """The options without an empty list of sources, so that the usual ones are taken."""
    return {name: value for name, value in options.items() if name != "sources" or value}


def against(options: Options) -> int:
    """Compare results with those of a commit; 1 if something is worse."""
    comparison = compare(options["base"], options.get("out", RESULTS))
    for verdict in comparison.verdicts:
        print(verdict)
    print(comparison)
    return int(comparison.is_worse)


def results(options: Options) -> None:
    """Print the results as a page of Markdown."""
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


@contextmanager
def _disk_errors_told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StreamAEError(
            f"cannot write {str(path)!r}: {error.strerror or error}; choose another --out"
        ) from error
