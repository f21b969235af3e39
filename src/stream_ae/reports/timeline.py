"""The course of a watched stream as one SVG: a lane for each kind of event, curves below them.

All share one axis of time. Across, everything is in per cent and only the curves are stretched, so
that the words keep their size on a telephone. Colours are CSS variables of the page.
"""

import html
import math
from collections.abc import Callable, Container, Mapping, Sequence
from typing import NamedTuple

from stream_ae.observers.findings_curves import Point
from stream_ae.reports.formatting import share
from stream_ae.reports.moments import Moments
from stream_ae.reports.sightings import Slot
from stream_ae.reports.telling import one_in

_LANE, _CURVE, _AXIS = 40, 74, 22  # pixels from one to the next; of the axis below
_BAR, _PLOT = 18, 46  # pixels in height
_MOST_ROWS = 3  # of bars in a lane, for what happens at the same time
_NARROWEST = 0.001  # share of the width; a browser draws nothing that has none
_RAREST = 5.0  # 1 in 10^5: beyond it a novelty is shown no higher


class Lane(NamedTuple):
    """All events of one kind.

    Args:
        kind: what they are.
        label: the same in words.
        colour: name of a CSS variable.
        slots: where they are.
        anchors: names of the places in the page that a bar may lead to.
    """

    kind: str
    label: str
    colour: str
    slots: Mapping[int, Slot]
    anchors: Container[str] = ()


class _Curve(NamedTuple):
    label: str
    colour: str
    value: Callable[[Point], float]
    top: Callable[[float], str]  # what the largest value of the plot is called


def _squared(value: float) -> str:
    return share(value**2)


_CURVES = (
    _Curve(
        "how rare it was",
        "red",
        lambda point: min(-math.log10(max(1.0 - point.novelty, 1e-9)), _RAREST),
        lambda value: f"{one_in(1 - 10**-value)} frames",
    ),
    # Of the square root: a cut changes all of a picture, and what moves in it a few per cent.
    _Curve("what does not belong", "blue", lambda p: math.sqrt(max(0.0, p.foreground)), _squared),
    _Curve("what changed", "grey", lambda p: math.sqrt(max(0.0, p.change)), _squared),
)


def timeline(lanes: Sequence[Lane], points: Sequence[Point], *, moments: Moments) -> str:
    """Draw the course of a stream.

    Args:
        lanes: the kinds that there are, from the top down.
        points: of the curves, at least one.
        moments: how the moments of the stream are written, and between which they are.

    Returns:
        An ``<svg>`` element as wide as its place and of a fixed height.
    """
    drawn, top = [], 0
    for lane in lanes:
        drawn.append(_lane(lane, top, moments))
        top += _LANE
    for curve in _CURVES:
        drawn.append(_curve(curve, points, top=top, moments=moments))
        top += _CURVE
    axis = "".join(_label(at, text, top) for at, text in moments.labels())
    return (
        f'<svg class="timeline" width="100%" height="{top + _AXIS}" role="img">'
        f"<title>what happened when</title>{axis}{''.join(drawn)}</svg>"
    )


def _label(at: float, text: str, top: int) -> str:
    anchor = "start" if at < 0.03 else "end" if at > 0.97 else "middle"
    x = _per_cent(at)
    return (
        f'<line class="grid" x1="{x}" x2="{x}" y1="0" y2="{top}"/>'
        f'<text x="{x}" y="{top + 16}" text-anchor="{anchor}">{html.escape(text)}</text>'
    )


def _lane(lane: Lane, top: int, moments: Moments) -> str:
    total = sum(slot.events for slot in lane.slots.values())
    slots = [slot for _, slot in sorted(lane.slots.items())]
    rows = _rows(slots)
    height = _BAR / (1 + max(rows, default=0))
    bars = "".join(
        _bar(slot, lane, y=top + 18 + row * height, height=height, moments=moments)
        for slot, row in zip(slots, rows, strict=True)
    )
    return (
        f'<text class="name" x="0" y="{top + 13}">{html.escape(lane.label)}'
        f'<tspan class="count" dx="7">{total:,}</tspan></text>{bars}'
    )


def _rows(slots: Sequence[Slot]) -> list[int]:
    """In which row of its lane each is drawn: the first that is free, of a few."""
    ends: list[float] = []
    rows = []
    for slot in slots:
        free = [row for row, end in enumerate(ends) if end <= slot.begin]
        if not free and len(ends) < _MOST_ROWS:
            free = [len(ends)]
            ends.append(slot.end)
        row = free[0] if free else ends.index(min(ends))
        ends[row] = max(ends[row], slot.end)
        rows.append(row)
    return rows


def _bar(slot: Slot, lane: Lane, *, y: float, height: float, moments: Moments) -> str:
    begin, end = moments.share(slot.begin), moments.share(slot.end)
    when = moments.span(slot.begin, slot.end)
    many = f"{slot.events:,} × " if slot.events > 1 else ""
    width = max(end - begin, _NARROWEST)
    bar = (
        f'<rect class="mark" x="{_per_cent(begin)}" y="{y + 1:g}" width="{_per_cent(width)}"'
        f' height="{height - 2:g}" style="--colour: var(--{lane.colour})">'
        f"<title>{many}{html.escape(lane.label)}, {html.escape(when)}</title></rect>"
    )
    anchor = f"{lane.kind}-{slot.start}"
    return f'<a href="#{anchor}">{bar}</a>' if anchor in lane.anchors else bar


def _curve(curve: _Curve, points: Sequence[Point], *, top: int, moments: Moments) -> str:
    values = [curve.value(point) for point in points]
    highest = max(values)
    scale = _PLOT / max(highest, 1e-9)
    begin = moments.begin
    path, x = f"M0 {_PLOT}", 0.0
    for point, value in zip(points, values, strict=True):
        y = f"{_PLOT - scale * value:.1f}"
        path += f"L{x:.1f} {y}"
        x = 1000 * moments.share(max(point.time if moments.by_clock else point.seconds, begin))
        path += f"L{x:.1f} {y}"
    path += f"L{x:.1f} {_PLOT}"
    return (
        f'<text class="name" x="0" y="{top + 14}">{curve.label}</text>'
        f'<text x="100%" y="{top + 14}" text-anchor="end">up to {curve.top(highest)}</text>'
        f'<svg x="0" y="{top + 20}" width="100%" height="{_PLOT}" viewBox="0 0 1000 {_PLOT}"'
        f' preserveAspectRatio="none"><path class="curve" d="{path}"'
        f' style="--colour: var(--{curve.colour})"/></svg>'
    )


def _per_cent(at: float) -> str:
    return f"{100 * at:.2f}%"
