"""Line charts as SVG that is part of a page; what they mean is said in ``charts``.

Colours become names of CSS variables (``--blue``, ``--ink``, …), so the page decides them and a
chart drawn once is right on a light and on a dark screen. Text stays text, in the page's typeface.
"""

import html
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from stream_ae.errors import MissingExtraError

Colour = Literal["blue", "orange", "grey", "red", "ink", "line"]
Scale = Literal["linear", "from_zero", "share", "log"]

_SIZE = 5.2, 2.5  # inches, at 72 points each
_STEPS = (1, 2, 5, 10)  # between two labels, times a power of ten
_PLACEHOLDERS = {colour: f"#00000{n}" for n, colour in enumerate(get_args(Colour), start=1)}


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a chart.

    Args:
        label: what it is, for the legend.
        colour: in which it is drawn.
        points: (frame, value), in the order of the frames.
    """

    label: str
    colour: Colour
    points: Sequence[tuple[float, float]]


def chart(
    name: str,
    curves: Sequence[Curve],
    *,
    scale: Scale = "linear",
    marks: Sequence[float] = (),
) -> str:
    """Draw curves over the frames of a stream.

    Args:
        name: what the chart shows; screen readers read it out.
        curves: at least one; the later are drawn over the earlier.
        scale: of the values; ``from_zero`` is linear and shows 0, ``share`` the same and labelled
            in per cent, ``log`` leaves out values that are not positive.
        marks: frames at which a thin vertical line is drawn.

    Returns:
        An ``<svg>`` element.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("matplotlib", purpose="a chart", extra="report") from error
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": name, "font.size": 9.0}):
        figure = Figure(figsize=_SIZE)
        axes = figure.add_axes((0.115, 0.13, 0.865, 0.83))
        for mark in marks:
            axes.axvline(mark, color=_PLACEHOLDERS["red"], linewidth=0.8, alpha=0.5)
        for curve in curves:
            points = [(x, y) for x, y in curve.points if scale != "log" or y > 0]
            axes.plot(
                [x for x, _ in points],
                [y for _, y in points],
                color=_PLACEHOLDERS[curve.colour],
                linewidth=1.6,
                marker="o" if len(points) < 3 else None,
                markersize=4,
                solid_joinstyle="round",
            )
        _style_axes(axes, scale)
        drawing = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(drawing, format="svg", transparent=True, metadata=nothing)
    return _for_page(drawing.getvalue(), name)


def _style_axes(axes: Any, scale: Scale) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    drawn = any(len(line.get_ydata()) for line in axes.get_lines())
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_PLACEHOLDERS["line"])
    axes.grid(axis="y", color=_PLACEHOLDERS["line"], linewidth=0.8)
    axes.tick_params(length=0, colors=_PLACEHOLDERS["ink"], pad=5)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=_STEPS, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.margins(x=0.02)
    axes.set_xlim(left=0.0)
    if scale == "log" and drawn:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=8))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        return
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=_STEPS))
    if scale != "linear":
        low, high = axes.get_ylim()
        axes.set_ylim(min(0.0, low), max(0.0, high))
    if scale == "share":
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))


def _for_page(drawing: str, name: str) -> str:
    """Remove what only a file of its own needs, and use the page's colours and typeface."""
    svg = drawing[drawing.index("<svg") :]
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    svg = re.sub(r"font-family: [^;]*;", "", svg)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*" height="[^"]*"', r'\1 role="img"', svg)
    for colour, placeholder in _PLACEHOLDERS.items():
        svg = svg.replace(placeholder, f"var(--{colour})")
    return svg.replace(">", f"><title>{html.escape(name)}</title>", 1)
