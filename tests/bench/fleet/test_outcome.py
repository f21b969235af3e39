import pytest

from stream_ae.bench.fleet.outcome import Tally


def test_outages_are_counted_and_those_that_last_are_away() -> None:
    tally = Tally()
    tally.lost(0, now=10.0, unsaved=4.0)
    tally.lost(1, now=10.0, unsaved=0.0)
    tally.back(0, now=12.0)
    tally.lost(0, now=50.0, unsaved=6.0)
    tally.back(0, now=56.0)
    outcome = tally.outcome(cameras=2, seconds=100.0)
    assert outcome.outages == 2
    assert outcome.availability == pytest.approx(1 - (2 + 6 + 90) / 200)
    assert (outcome.median, outcome.longest) == (4.0, 6.0)
    assert outcome.again == pytest.approx(1e6 * 10 / 200)
