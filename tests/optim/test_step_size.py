import math

import pytest

from stream_ae.optim.step_size import (
    CAP,
    FIRST,
    GROWTH,
    PAST,
    STARTING,
    OvershootBound,
    lowest,
    new_numbers,
)


def test_the_lowest_point_of_a_parabola() -> None:
    assert lowest(4.0, curvature=2.0) == 1.0
    assert lowest(4.0, curvature=0.0) == math.inf
    assert lowest(-1.0, curvature=2.0) == 0.0
    assert lowest(4.0, curvature=math.nan) == 0.0


def test_the_first_five_steps_are_probed_then_every_sixteenth() -> None:
    bound = OvershootBound(new_numbers())
    probed = [step for step in range(1, 97) if bound.follow(1.0, again=False)]
    assert probed == [1, 2, 3, 4, 5, 16, 32, 48, 64, 80, 96]


def test_a_jump_of_the_loss_is_probed_at_once() -> None:
    bound = OvershootBound(new_numbers())
    for _ in range(9):
        bound.follow(1.0, again=False)
    assert bound.follow(1.5, again=False)
    assert not bound.follow(1.1, again=False)


def test_a_step_is_no_longer_than_to_the_lowest_point_that_was_seen() -> None:
    numbers = new_numbers()
    bound = OvershootBound(numbers)
    bound.follow(1.0, again=False)
    assert bound.longest(2.0, length=1.0, free=math.inf) == (GROWTH * FIRST, False)
    alpha, curvature = GROWTH * FIRST, 1e4
    kept = bound.look_back(1.0 - 2.0 * alpha + curvature * alpha**2)
    assert kept == pytest.approx(lowest(2.0, curvature=curvature))  # it overshot
    numbers["steps"] = STARTING
    bound.follow(1.0, again=False)
    shorter, active = bound.longest(2.0, length=1.0, free=math.inf)
    assert shorter == pytest.approx(lowest(2.0, curvature=curvature))
    assert active


def test_a_step_that_did_not_overshoot_is_kept() -> None:
    bound = OvershootBound(new_numbers())
    bound.follow(1.0, again=False)
    alpha, _ = bound.longest(2.0, length=1.0, free=math.inf)
    assert bound.look_back(0.9) == alpha


@pytest.mark.parametrize("after", [math.nan, math.inf])
def test_a_step_to_a_loss_that_is_not_finite_is_taken_back_as_a_whole(after: float) -> None:
    numbers = new_numbers()
    bound = OvershootBound(numbers)
    bound.follow(1.0, again=False)
    bound.longest(2.0, length=1.0, free=math.inf)
    before = dict(numbers)
    assert bound.look_back(after) == 0.0
    assert numbers == pytest.approx(before | {"alpha": 0.0}, nan_ok=True)
    bound.follow(after, again=True)  # nothing was stepped, so nothing is learned
    assert numbers["sharpness"] == before["sharpness"]


def test_a_sample_seen_again_shows_what_the_step_before_did() -> None:
    numbers = new_numbers()
    bound = OvershootBound(numbers)
    for _ in range(20):
        bound.follow(1.0, again=False)
        alpha, _ = bound.longest(0.1, length=4.0, free=1e-3)
    bound.follow(2.0, again=False)
    assert numbers["sharpness"] == 0.0
    bound.longest(0.1, length=4.0, free=1e-3)
    bound.follow(2.0 - 0.1 * alpha + 10.0 * alpha**2, again=True)
    assert numbers["sharpness"] == pytest.approx(10.0 / 4.0, rel=1e-6)


def test_a_second_step_on_a_sample_keeps_to_its_own_line() -> None:
    numbers = new_numbers()
    numbers.update(samples=1000, gain=1.0, curvature=1e3, sharpness=1e5, alpha=1.0)
    first, _ = OvershootBound(dict(numbers)).longest(1.0, length=1.0, free=1.0)
    numbers["again"] = 1.0
    second, active = OvershootBound(numbers).longest(1.0, length=1.0, free=1.0)
    assert active
    assert second == pytest.approx(PAST * lowest(1.0, curvature=1e5))
    assert second < 0.1 * first


def test_a_slope_steeper_than_usual_shortens_the_step() -> None:
    numbers = new_numbers()
    bound = OvershootBound(numbers)
    numbers.update(samples=1000, gain=1.0, curvature=1e3, sharpness=1e3, alpha=1.0)
    usual, _ = OvershootBound(dict(numbers)).longest(1.0, length=1.0, free=1.0)
    steep, active = bound.longest(4.0, length=1.0, free=1.0)
    assert active
    assert steep == pytest.approx(usual / 4 * 1.09**2, rel=1e-3)  # N has risen by 9 % already


def test_no_step_is_longer_than_the_cap() -> None:
    numbers = new_numbers()
    numbers["alpha"] = 1e9
    bound = OvershootBound(numbers)
    bound.follow(1.0, again=False)
    assert bound.longest(1.0, length=1.0, free=math.inf) == (CAP, False)


def test_at_a_cut_what_was_seen_before_is_forgotten() -> None:
    numbers = new_numbers()
    bound = OvershootBound(numbers)
    for _ in range(50):
        bound.follow(1.0, again=False)
        alpha, _ = bound.longest(1.0, length=1.0, free=1e-3)
        bound.look_back(1.0 - alpha + 1e2 * alpha**2)
    assert bound.follow(10.0, again=False)
    alpha, _ = bound.longest(500.0, length=2.0, free=1e-3)
    bound.look_back(10.0 - 500.0 * alpha + 1e4 * alpha**2)
    assert numbers["gain"] == 500.0
    assert numbers["curvature"] == pytest.approx(1e4)


def test_past_the_lowest_point_goes_a_step_at_the_start_only() -> None:
    numbers = new_numbers()
    bound = OvershootBound(numbers)
    alphas = []
    for _ in range(STARTING + 1):
        bound.follow(1.0, again=False)
        alphas.append(bound.longest(2.0, length=1.0, free=math.inf)[0])
        bound.look_back(1.0 - 2.0 * alphas[-1] + 1e3 * alphas[-1] ** 2)
    assert alphas[-2:] == pytest.approx([PAST * 1e-3, 1e-3])
