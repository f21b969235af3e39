import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream_ae.reports import charts as report_charts
from stream_ae.reports.charts import POINTS, draw_charts
from stream_ae.reports.svg import Curve

ROWS = [
    {
        "step": step,
        "loss/mse": 0.1 / step,
        "loss/copy_last_frame": 0.01,
        "loss/ssim": 0.5,
        "change/ratio": 0.02,
    }
    for step in (50, 100, 150)
]


def _strokes(svg: str, colour: str) -> int:
    return svg.count(f"stroke: var(--{colour})")


def test_curves_that_belong_together_share_a_chart() -> None:
    first, *_ = draw_charts(ROWS)
    assert first.title == "Mean squared error"
    assert first.legend == [("reconstruction", "blue"), ("copy of the last frame", "orange")]
    assert _strokes(first.svg, "blue") == _strokes(first.svg, "orange") == 1
    assert first.svg.index("--orange") < first.svg.index("--blue")  # the network's is on top


def test_a_chart_without_values_is_left_out() -> None:
    titles = [drawn.title for drawn in draw_charts(ROWS)]
    assert titles == ["Mean squared error", "Structural similarity", "Detail loss", "Change"]
    assert draw_charts([]) == []


def test_a_value_that_is_missing_in_some_windows_is_left_out() -> None:
    (drawn,) = draw_charts([{"step": 50, "loss/ssim": 0.5}, {"step": 100}])
    assert drawn.legend == [("SSIM", "blue")]


def test_events_are_marked_where_the_change_is_shown() -> None:
    marked = {
        drawn.title: _strokes(drawn.svg, "red") for drawn in draw_charts(ROWS, marks=[60, 60, 90])
    }
    assert marked.pop("Change") == 2
    assert set(marked.values()) == {0}


def test_every_chart_says_how_to_read_it() -> None:
    assert all(drawn.note.endswith(".") for drawn in draw_charts(ROWS))


@pytest.fixture
def drawn_curves(monkeypatch: pytest.MonkeyPatch) -> list[Curve]:
    curves: list[Curve] = []
    monkeypatch.setattr(report_charts, "chart", lambda _, given, **__: curves.extend(given))
    return curves


@given(count=st.integers(min_value=1, max_value=5 * POINTS))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_long_curve_becomes_means_of_neighbours(drawn_curves: list[Curve], count: int) -> None:
    drawn_curves.clear()
    draw_charts([{"step": step, "loss/ssim": float(step % 7)} for step in range(count)])
    (curve,) = drawn_curves
    size = -(-count // POINTS)
    assert len(curve.points) == -(-count // size) <= POINTS
    assert curve.points[0] == ((size - 1) / 2, sum(step % 7 for step in range(size)) / size)
    assert curve.points == sorted(curve.points)


def test_a_short_curve_keeps_every_point(drawn_curves: list[Curve]) -> None:
    draw_charts([{"step": step, "loss/ssim": 1.0 / (1 + step)} for step in range(POINTS)])
    assert drawn_curves[0].points == [(step, 1.0 / (1 + step)) for step in range(POINTS)]
