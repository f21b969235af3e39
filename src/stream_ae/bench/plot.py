"""One picture of a benchmark: how the error falls on every stream, for every optimizer.

Colours are those of Okabe and Ito (2008, "Color Universal Design"), told apart with any kind of
colour vision; the lines differ in their strokes as well.
"""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stream_ae.bench.contestants import name_of
from stream_ae.bench.over_seeds import CURVE_WINDOW
from stream_ae.bench.rows import Row, diverged, number, numbers, text
from stream_ae.errors import MissingExtraError
from stream_ae.storage.atomic import write_atomically

COPY = "copy"
"""The one baseline that is drawn: what is reached without a network."""

_COLUMNS, _PANEL = 3, (4.2, 3.0)  # panels in a row at most; inches of one
_LEGEND_ENTRY = 1.9  # inches, the longest one
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_STROKES = ("-", (0, (5, 1.5)), "-.", (0, (3, 1, 1, 1, 1, 1)), (0, (9, 2)))
_GREY = "#7f7f7f"


def draw_curves(path: Path, rows: Sequence[Row], *, title: str) -> bool:
    """Draw the loss curves of rows with a ``curve``, a panel for each source.

    Of an optimizer with several rates the best on that source is drawn, by mean squared error.

    Args:
        path: of the picture (PNG).
        rows: of ``bench learning``.
        title: above all panels.

    Returns:
        Whether there was anything to draw.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OSError: the file cannot be written.
    """
    panels = best_curves(rows)
    if not panels:
        return False
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("matplotlib", purpose="a chart", extra="report") from error
    columns = 2 if len(panels) == 4 else min(_COLUMNS, len(panels))
    lines = -(-len(panels) // columns)
    width, height = max(columns * _PANEL[0], 6.0), lines * _PANEL[1] + 1.1
    figure = Figure(figsize=(width, height), layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False).flatten()
    names = list(dict.fromkeys(name for curves in panels.values() for name in curves))
    for axes, (source, curves) in zip(grid, panels.items(), strict=False):
        _draw(axes, curves, names=[name for name in names if name != COPY])
        shown = source.encode(errors="backslashreplace").decode()  # a file's name may be no text
        axes.set_title(shown, loc="left", fontsize=10, fontweight="bold", parse_math=False)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    handles = {line.get_label(): line for axes in grid for line in axes.get_lines()}
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    figure.supylabel("mean squared error × 1000", fontsize=9)
    figure.legend(
        handles.values(),
        handles.keys(),
        loc="outside lower center",
        ncols=int(width // _LEGEND_ENTRY),
        frameon=False,
        fontsize=9,
    )
    drawing = io.BytesIO()
    figure.savefig(drawing, format="png", dpi=120)
    write_atomically(path, drawing.getvalue())
    return True


def best_curves(rows: Sequence[Row]) -> dict[str, dict[str, list[float]]]:
    """For each source the curve of each optimizer at its best rate, and of the copy."""
    best: dict[str, dict[str, Row]] = {}
    for row in rows:
        name = name_of(text(row, "optimizer"))
        if diverged(row) or not row.get("curve") or (row.get("baseline") and name != COPY):
            continue
        of_source = best.setdefault(text(row, "source"), {})
        if name not in of_source or number(row, "mse") < number(of_source[name], "mse"):
            of_source[name] = row
    return {
        source: {name: _points(row) for name, row in of_source.items()}
        for source, of_source in best.items()
    }


def _points(row: Row) -> list[float]:
    return [point for point in numbers(row, "curve") if point is not None]


def _draw(axes: Any, curves: Mapping[str, Sequence[float]], *, names: Sequence[str]) -> None:
    """One panel; an optimizer looks the same on all of them."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    for name, curve in curves.items():
        order = 0 if name == COPY else names.index(name)
        is_first = name != COPY and order == 0
        axes.plot(
            [CURVE_WINDOW * (point + 0.5) for point in range(len(curve))],
            [1000 * value for value in curve],
            label="copy of the last frame" if name == COPY else name,
            color=_GREY if name == COPY else _COLOURS[order % len(_COLOURS)],
            linestyle=":" if name == COPY else _STROKES[order % len(_STROKES)],
            linewidth=2.4 if is_first else 1.5,
            zorder=3 if is_first else 2,
        )
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=8))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.grid(axis="y", color="#dddddd", linewidth=0.8)
    axes.tick_params(length=0, labelsize=8)
    axes.set_xlim(left=0)
    axes.set_xlabel("frame", fontsize=8)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
