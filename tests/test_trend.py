import pytest

from stream_ae.trend import Trend


def test_a_trend_says_whether_a_loss_falls_or_rises():
    trend = Trend()
    assert trend.ratio == 1.0
    for loss in (1.0, 1.0, 1.0):
        trend.add(loss)
    assert trend.ratio == pytest.approx(1.0)
    for _ in range(5):
        trend.add(0.1)
    assert trend.ratio < 0.6
    other = Trend()
    other.load_state_dict(trend.state_dict())
    assert other.ratio == trend.ratio
    for _ in range(5):
        other.add(1.5 * other.slow)
    assert other.ratio > 1.1


def test_what_is_new_begins_anew():
    trend = Trend()
    for _ in range(20):
        trend.add(1.0)
    assert trend.age == 20
    trend.add(2.5)
    assert (trend.age, trend.slow, trend.ratio) == (1, 2.5, 1.0)


def test_a_loss_of_zero_is_no_trend():
    trend = Trend()
    trend.add(0.0)
    assert trend.ratio == 1.0
