import re
from xml.etree import ElementTree

import pytest

from stream_ae.observers.findings_curves import Point
from stream_ae.reports.moments import Moments
from stream_ae.reports.sightings import Slot
from stream_ae.reports.timeline import Lane, timeline

MOMENTS = Moments(0.0, 100.0)
POINTS = [Point(n, 10.0 * n, 0.0, 0.01 * n, 0.02 * n, 0.0) for n in range(1, 11)]


def _drawn(lanes: list[Lane], points: list[Point] = POINTS) -> ElementTree.Element:
    return ElementTree.fromstring(timeline(lanes, points, moments=MOMENTS))


def _path(drawn: ElementTree.Element, number: int) -> list[tuple[float, float]]:
    path = list(drawn.iter("path"))[number].attrib["d"]
    numbers = [float(x) for x in re.findall(r"-?\d+\.?\d*", path)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def test_a_bar_is_where_and_as_long_as_what_it_stands_for() -> None:
    drawn = _drawn(
        [Lane("appeared", "appeared", "blue", {24: Slot(1, 10.0, 35.0, 101)}, {"appeared-101"})]
    )
    (bar,) = drawn.iter("rect")
    assert (bar.attrib["x"], bar.attrib["width"]) == ("10.00%", "25.00%")
    assert bar.findtext("title") == "appeared, 0:10.0 – 0:35.0"
    assert [link.attrib["href"] for link in drawn.iter("a")] == ["#appeared-101"]


def test_several_in_one_slot_say_how_many_they_are() -> None:
    drawn = _drawn(
        [Lane("cut", "cut", "grey", {3: Slot(4, 5.0, 5.0, 1), 9: Slot(1, 50.0, 50.0, 9)})]
    )
    titles = [bar.findtext("title") for bar in drawn.iter("rect")]
    assert titles == ["4 × cut, 0:05.0", "cut, 0:50.0"]
    assert all(bar.attrib["width"] == "0.10%" for bar in drawn.iter("rect")), "never without width"
    assert not list(drawn.iter("a")), "what is not on the page is not linked"
    assert "cut5" in "".join(drawn.itertext())


def test_what_happens_at_the_same_time_is_drawn_in_rows() -> None:
    spans = [(0.0, 50.0), (10.0, 20.0), (20.0, 30.0), (25.0, 90.0), (40.0, 60.0), (95.0, 99.0)]
    slots = {k: Slot(1, begin, end, k) for k, (begin, end) in enumerate(spans)}
    bars = list(_drawn([Lane("appeared", "appeared", "blue", slots)]).iter("rect"))
    tops = [float(bar.attrib["y"]) for bar in bars]
    first, second, third = sorted(set(tops))
    assert tops == [first, second, second, third, second, first]
    assert {bar.attrib["height"] for bar in bars} == {"4"}
    assert second - first == third - second == 6.0


def test_more_at_the_same_time_than_there_are_rows_share_one() -> None:
    slots = {k: Slot(1, float(k), 90.0, k) for k in range(10)}
    bars = list(_drawn([Lane("appeared", "appeared", "blue", slots)]).iter("rect"))
    assert len({bar.attrib["y"] for bar in bars}) == 3


def test_curves_rise_to_their_largest_value() -> None:
    drawn = _drawn([])
    path = _path(drawn, 1)
    assert min(y for _, y in path) == 0.0
    assert path[0] == (0.0, 46.0)
    assert path[-2] == (1000.0, 0.0)
    assert path[-1] == (1000.0, 46.0)
    texts = [text.text for text in drawn.iter("text")]
    assert "up to 20 %" in texts
    assert "up to 1 in 1 frames" in texts


@pytest.mark.parametrize("novelty", [0.0, 0.5, 0.999, 1.0])
def test_a_rare_moment_is_ten_times_as_rare_for_each_step_up(novelty: float) -> None:
    points = [Point(1, 50.0, 0.0, 0.0, 0.0, 0.9), Point(2, 100.0, 0.0, 0.0, 0.0, novelty)]
    heights = {x: 46 - y for x, y in _path(_drawn([], points), 0)[1:-1]}
    if novelty == 0.999:
        assert heights[1000.0] == pytest.approx(3 * 46 / 3)
        assert _path(_drawn([], points), 0)[1][1] == pytest.approx(46 - 46 / 3, abs=0.1)
    assert all(0.0 <= height <= 46.0 for height in heights.values())


def test_a_name_cannot_become_markup() -> None:
    svg = timeline([Lane("b", "<b>", "grey", {})], POINTS, moments=MOMENTS)
    assert "<b>" not in svg


def test_the_axis_is_labelled() -> None:
    texts = [text.text for text in _drawn([]).iter("text")]
    assert texts[:6] == ["0:00", "0:20", "0:40", "1:00", "1:20", "1:40"]
