import re
import sys
from xml.etree import ElementTree

import matplotlib
import pytest

from stream_ae.errors import MissingExtraError
from stream_ae.reports.svg import Curve, Scale, chart

SVG = "{http://www.w3.org/2000/svg}"
RISING = Curve("rising", "blue", [(50, 0.1), (100, 0.2), (150, 0.4)])


def _lines(svg: str, colour: str) -> list[list[float]]:
    """The coordinates of every path in one of the page's colours."""
    paths = list(ElementTree.fromstring(svg).iter(f"{SVG}path"))
    drawn = [path for path in paths if f"stroke: var(--{colour})" in path.attrib.get("style", "")]
    return [[float(x) for x in re.findall(r"-?\d+\.?\d*", path.attrib["d"])] for path in drawn]


def _labels(svg: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_a_curve_goes_right_and_up_in_its_colour() -> None:
    (line,) = _lines(chart("c", [RISING]), "blue")
    xs, ys = line[::2], line[1::2]
    assert xs[1] - xs[0] == pytest.approx(xs[2] - xs[1]) != 0
    assert ys[1] - ys[2] == pytest.approx(2 * (ys[0] - ys[1]), abs=0.01)  # y counts downwards
    assert ys[0] > ys[2]


def test_equal_ratios_are_equal_distances_on_a_log_scale() -> None:
    (line,) = _lines(chart("c", [RISING], scale="log"), "blue")
    ys = line[1::2]
    assert ys[0] - ys[1] == pytest.approx(ys[1] - ys[2], abs=0.01)
    assert ys[0] > ys[1]


def test_a_log_scale_leaves_out_what_is_not_positive() -> None:
    curve = Curve("c", "blue", [(1, 0.1), (2, 0.0), (3, -1.0), (4, 0.2), (5, 0.3)])
    (line,) = _lines(chart("c", [curve], scale="log"), "blue")
    assert len(line) == 2 * 3


@pytest.mark.parametrize("value", [0.0, 0.3, -0.3])
@pytest.mark.parametrize("scale", ["linear", "from_zero", "share", "log"])
def test_one_point_and_none_can_be_drawn(value: float, scale: Scale) -> None:
    for points in ([(1, value)], []):
        svg = chart("c", [Curve("c", "red", points)], scale=scale)
        markers = ElementTree.fromstring(svg).iter(f"{SVG}use")
        shown = [mark for mark in markers if "--red" in mark.attrib.get("style", "")]
        assert len(shown) == (1 if points and (scale != "log" or value > 0) else 0)


def test_shares_are_in_per_cent_and_start_at_zero() -> None:
    labels = _labels(chart("c", [Curve("c", "blue", [(1, 0.5), (9, 0.6)])], scale="share"))
    assert "0 %" in labels
    assert "60 %" in labels


def test_a_scale_from_zero_shows_what_is_below_it_too() -> None:
    labels = _labels(chart("c", [Curve("c", "blue", [(1, -5.0), (9, 6.0)])], scale="from_zero"))
    assert labels.count("0") == 2  # of the frames, and of the values
    assert any(label.startswith("−") for label in labels)


def test_marks_are_vertical_lines() -> None:
    lines = _lines(chart("c", [RISING], marks=[60, 120]), "red")
    assert len(lines) == 2
    for x0, y0, x1, y1 in lines:
        assert x0 == x1
        assert y0 != y1


def test_a_chart_is_part_of_a_page() -> None:
    before = dict(matplotlib.rcParams)
    svg = chart("a < b", [RISING, Curve("other", "grey", [(50, 0.3), (150, 0.3), (200, 0.1)])])
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert "width" not in root.attrib
    assert root.findtext(f"{SVG}title") == "a < b"
    assert "font-family" not in svg
    assert not re.search(r"(stroke|fill): #", svg)
    assert dict(matplotlib.rcParams) == before


def test_the_same_curves_give_the_same_chart() -> None:
    assert chart("c", [RISING]) == chart("c", [RISING])


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"matplotlib.*stream-ae\[report\]"):
        chart("c", [RISING])
