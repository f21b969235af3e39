from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.learning.payoff import FEWEST, LOST, MOST, PAYS, Payoff


def fed(errors: list[float], *, payoff: Payoff | None = None) -> Payoff:
    """After these errors of still frames in a row, all learned."""
    payoff = payoff or Payoff()
    for before, mse in pairwise([errors[0], *errors]):
        payoff.add(mse, before=before)
    return payoff


def test_a_flat_error_is_spent_after_some_frames() -> None:
    assert not fed([0.01] * (FEWEST - 1)).is_spent(0.01)
    assert fed([0.01] * FEWEST).is_spent(0.01)


def test_while_each_step_takes_much_learning_pays() -> None:
    falling = [0.01 * (1.0 - 2.0 * PAYS) ** frame for frame in range(60)]
    assert not fed(falling).is_spent(falling[-1])


@given(exponent=st.floats(0.1, 0.5), learned=st.integers(100, MOST))
def test_no_more_is_lost_than_the_curve_allows(exponent: float, learned: int) -> None:
    errors = [0.5 * frame**-exponent for frame in range(1, learned + 1)]
    payoff = fed(errors)
    skipped = 0
    while payoff.is_spent(errors[-1]):
        payoff.skip()
        skipped += 1
    # (t / n)^a of the error of a power law that has been seen from its beginning
    assert ((learned + skipped - 1) / learned) ** exponent <= 1.0 + 1.5 * LOST
    assert ((learned + skipped + 1) / learned) ** exponent >= 1.0 + 0.5 * LOST


def test_what_nobody_could_see_is_no_loss() -> None:
    payoff = fed([1e-3 * frame**-0.3 for frame in range(1, 200)])
    for _ in range(200):
        payoff.skip()
    assert not payoff.is_spent(1e-3)
    assert payoff.is_spent(2e-6)


def test_an_error_of_nothing_is_spent() -> None:
    assert fed([0.0] * 60).is_spent(0.0)


@pytest.mark.parametrize("frames", [10, 600])
def test_a_saved_state_goes_on_the_same(frames: int) -> None:
    payoff = fed([0.01 * (frame + 1) ** -0.2 for frame in range(frames)])
    payoff.skip()
    other = Payoff()
    other.load_state_dict(payoff.state_dict())
    assert other.state_dict() == payoff.state_dict()
    assert fed([0.004], payoff=other).state_dict() == fed([0.004], payoff=payoff).state_dict()
