from hypothesis import given
from hypothesis import strategies as st

from stream_ae.fleet.spread import NARROWEST, spread


@given(seconds=st.floats(0.1, 1e5), name=st.text())
def test_an_interval_is_never_longer_than_was_asked_for(seconds: float, name: str) -> None:
    assert NARROWEST * seconds <= spread(seconds, name=name) <= seconds
    assert spread(seconds, name=name) == spread(seconds, name=name)


def test_after_five_intervals_a_fleet_writes_at_any_time() -> None:
    """Of 10,000 cameras that began together no second of ten gets more than 15 % of the states."""
    phases = [5 * spread(10.0, name=f"camera-{n}") % 10.0 for n in range(10_000)]
    counts = [sum(int(phase) == second for phase in phases) for second in range(10)]
    assert max(counts) < 1_500
    assert min(counts) > 500
