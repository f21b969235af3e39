"""The charts of a report: which curves stand together, and what a reader should know of each."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stream_ae.reports.svg import Colour, Curve, Scale, chart
from stream_ae.runs.folder import Row

POINTS = 400
"""Points of a curve at most; where there are more, neighbours are averaged."""


class DrawnChart(NamedTuple):
    """A chart with the words around it.

    Args:
        title: what it shows.
        note: how to read it.
        legend: label and colour of each curve.
        svg: the chart itself.
    """

    title: str
    note: str
    legend: list[tuple[str, Colour]]
    svg: str


class _Plan(NamedTuple):
    title: str
    note: str
    scale: Scale
    curves: Mapping[str, tuple[str, Colour]]  # tag -> label, colour; the first is drawn on top


_GUESSES: Mapping[str, tuple[str, Colour]] = {
    "loss/copy_last_frame": ("copy of the last frame", "orange"),
    "loss/running_mean": ("mean of all frames", "grey"),
}

_PLANS = (
    _Plan(
        "Mean squared error",
        "Of frames not learned yet, beside two guesses without a network. Lower is better.",
        "log",
        {"loss/mse": ("reconstruction", "blue"), **_GUESSES},
    ),
    _Plan(
        "Structural similarity",
        "How similar frame and reconstruction are; 1 means equal.",
        "linear",
        {"loss/ssim": ("SSIM", "blue")},
    ),
    _Plan(
        "Detail loss",
        "Squared error on the pixels that changed, the hardest ones. Lower is better.",
        "log",
        {"loss/detail": ("changed pixels", "blue"), "loss/mse": ("all pixels", "grey")},
    ),
    _Plan(
        "Change",
        "Share of pixels that changed since the frame before; thin lines are events.",
        "share",
        {"change/ratio": ("changed pixels", "blue")},
    ),
    _Plan(
        "Update",
        "Share of the error that a step removes, to first order; share of steps that increased it.",
        "share",
        {
            "optim/effective_step": ("effective step", "blue"),
            "optim/overshoot": ("overshoot", "red"),
        },
    ),
    _Plan(
        "Speed",
        "Frames per second of the whole loop.",
        "from_zero",
        {"speed/fps": ("frames per second", "blue")},
    ),
)


def draw_charts(metrics: Sequence[Row], *, marks: Sequence[int] = ()) -> list[DrawnChart]:
    """Draw every chart for which there are values.

    Args:
        metrics: the lines of ``metrics.jsonl``.
        marks: frames at which something happened to the stream.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    charts = []
    for plan in _PLANS:
        curves = [
            Curve(label, colour, _thinned([(r["step"], r[tag]) for r in metrics if tag in r]))
            for tag, (label, colour) in plan.curves.items()
        ]
        shown = [curve for curve in curves if curve.points]
        if shown:
            svg = chart(
                plan.title,
                shown[::-1],
                scale=plan.scale,
                marks=sorted(set(marks)) if "change/ratio" in plan.curves else (),
            )
            legend = [(curve.label, curve.colour) for curve in shown]
            charts.append(DrawnChart(plan.title, plan.note, legend, svg))
    return charts


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most :data:`POINTS` points: groups of neighbours, of equal size, become their mean."""
    size = max(1, -(-len(points) // POINTS))
    groups = [points[start : start + size] for start in range(0, len(points), size)]
    return [
        (sum(x for x, _ in group) / len(group), sum(y for _, y in group) / len(group))
        for group in groups
    ]
