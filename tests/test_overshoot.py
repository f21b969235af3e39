import math

import pytest

from stream_ae.overshoot import CAP, ETA, FIRST, GROWTH, OvershootBound, lowest, new_numbers


def test_the_lowest_point_of_a_parabola() -> None:
    assert lowest(4.0, curvature=2.0) == 1.0
    assert lowest(4.0, curvature=0.0) == math.inf
    assert lowest(-1.0, curvature=2.0) == 0.0
    assert lowest(4.0, curvature=math.nan) == 0.0


def test_the_first_five_steps_are_probed_then_every_eighth() -> None:
    bound = OvershootBound(new_numbers())
    probed = [step for step in range(1, 33) if bound.follow(1.0)]
    assert probed == [1, 2, 3, 4, 5, 8, 16, 24, 32]


def test_a_jump_of_the_loss_is_probed_at_once() -> None:
    bound = OvershootBound(new_numbers())
    for _ in range(9):
        bound.follow(1.0)
    assert bound.follow(1.5)
    assert not bound.follow(1.1)


def test_a_step_is_no_longer_than_to_the_lowest_point_that_was_seen() -> None:
    bound = OvershootBound(new_numbers())
    bound.follow(1.0)
    assert bound.longest(2.0, length=1.0, free=math.inf) == (GROWTH * FIRST, False)
    bound.learn(1e6, gain=2.0, length=1.0)
    bound.follow(1.0)
    alpha, active = bound.longest(2.0, length=1.0, free=math.inf)
    assert alpha == pytest.approx(ETA * lowest(2.0, curvature=1e6))
    assert active


def test_a_slope_steeper_than_usual_shortens_the_step() -> None:
    numbers = new_numbers()
    bound = OvershootBound(numbers)
    numbers.update(samples=1000, gain=1.0, curvature=1e3, sharpness=1e3, alpha=1.0)
    usual, _ = OvershootBound(dict(numbers)).longest(1.0, length=1.0, free=1.0)
    steep, active = bound.longest(4.0, length=1.0, free=1.0)
    assert active
    assert steep == pytest.approx(usual / 4 * 1.09**2, rel=1e-3)  # N has risen by 9 % already


def test_no_step_is_longer_than_the_cap() -> None:
    bound = OvershootBound(new_numbers())
    bound.remember(1e9)
    bound.follow(1.0)
    assert bound.longest(1.0, length=1.0, free=math.inf) == (CAP, False)


def test_at_a_cut_what_was_seen_before_is_forgotten() -> None:
    numbers = new_numbers()
    bound = OvershootBound(numbers)
    for _ in range(50):
        bound.follow(1.0)
        bound.longest(1.0, length=1.0, free=1.0)
        bound.learn(1.0, gain=1.0, length=1.0)
    bound.follow(10.0)
    bound.longest(500.0, length=1.0, free=1.0)
    bound.learn(100.0, gain=500.0, length=2.0)
    assert (numbers["gain"], numbers["curvature"]) == (500.0, 100.0)


@pytest.mark.parametrize("curvature", [math.nan, math.inf])
def test_a_curvature_that_is_not_finite_teaches_nothing(curvature: float) -> None:
    numbers = new_numbers()
    bound = OvershootBound(numbers)
    bound.follow(1.0)
    before = dict(numbers)
    bound.learn(curvature, gain=1.0, length=1.0)
    assert numbers == pytest.approx(before, nan_ok=True)
