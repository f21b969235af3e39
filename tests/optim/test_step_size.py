import math

import pytest

from stream_ae.optim.step_size import (
    CAP,
    EARLY_FACTOR,
    EARLY_STEPS,
    FIRST,
    GROWTH,
    OvershootBound,
    new_bound_state,
    parabola_minimum,
)


def test_the_lowest_point_of_a_parabola() -> None:
    assert parabola_minimum(4.0, curvature=2.0) == 1.0
    assert parabola_minimum(4.0, curvature=0.0) == math.inf
    assert parabola_minimum(-1.0, curvature=2.0) == 0.0
    assert parabola_minimum(4.0, curvature=math.nan) == 0.0


def test_the_first_five_steps_are_probed_then_every_sixteenth() -> None:
    bound = OvershootBound(new_bound_state())
    probed = [step for step in range(1, 97) if bound.observe(1.0, repeated=False)]
    assert probed == [1, 2, 3, 4, 5, 16, 32, 48, 64, 80, 96]


def test_a_jump_of_the_loss_is_probed_at_once() -> None:
    bound = OvershootBound(new_bound_state())
    for _ in range(9):
        bound.observe(1.0, repeated=False)
    assert bound.observe(1.5, repeated=False)
    assert not bound.observe(1.1, repeated=False)


def test_a_step_is_no_longer_than_to_the_lowest_point_that_was_seen() -> None:
    state = new_bound_state()
    bound = OvershootBound(state)
    bound.observe(1.0, repeated=False)
    assert bound.step_size(2.0, squared_norm=1.0, limit=math.inf) == (GROWTH * FIRST, False)
    alpha, curvature = GROWTH * FIRST, 1e4
    kept = bound.backtrack(1.0 - 2.0 * alpha + curvature * alpha**2)
    assert kept == pytest.approx(parabola_minimum(2.0, curvature=curvature))  # it overshot
    state["steps"] = EARLY_STEPS
    bound.observe(1.0, repeated=False)
    shorter, active = bound.step_size(2.0, squared_norm=1.0, limit=math.inf)
    assert shorter == pytest.approx(parabola_minimum(2.0, curvature=curvature))
    assert active


def test_a_step_that_did_not_overshoot_is_kept() -> None:
    bound = OvershootBound(new_bound_state())
    bound.observe(1.0, repeated=False)
    alpha, _ = bound.step_size(2.0, squared_norm=1.0, limit=math.inf)
    assert bound.backtrack(0.9) == alpha


@pytest.mark.parametrize("after", [math.nan, math.inf])
def test_a_step_to_a_loss_that_is_not_finite_is_taken_back_as_a_whole(after: float) -> None:
    state = new_bound_state()
    bound = OvershootBound(state)
    bound.observe(1.0, repeated=False)
    bound.step_size(2.0, squared_norm=1.0, limit=math.inf)
    before = state.copy()
    assert bound.backtrack(after) == 0.0
    assert state == pytest.approx(before | {"alpha": 0.0}, nan_ok=True)
    bound.observe(after, repeated=True)  # nothing was stepped, so nothing is learned
    assert state["sharpness"] == before["sharpness"]


def test_a_sample_seen_again_shows_what_the_step_before_did() -> None:
    state = new_bound_state()
    bound = OvershootBound(state)
    for _ in range(20):
        bound.observe(1.0, repeated=False)
        alpha, _ = bound.step_size(0.1, squared_norm=4.0, limit=1e-3)
    bound.observe(2.0, repeated=False)
    assert state["sharpness"] == 0.0
    bound.step_size(0.1, squared_norm=4.0, limit=1e-3)
    bound.observe(2.0 - 0.1 * alpha + 10.0 * alpha**2, repeated=True)
    assert state["sharpness"] == pytest.approx(10.0 / 4.0, rel=1e-6)


def test_a_second_step_on_a_sample_keeps_to_its_own_line() -> None:
    state = new_bound_state()
    state.update(samples=1000, mean_gain=1.0, mean_curvature=1e3, sharpness=1e5, alpha=1.0)
    first, _ = OvershootBound(state.copy()).step_size(1.0, squared_norm=1.0, limit=1.0)
    state["repeated"] = 1.0
    second, active = OvershootBound(state).step_size(1.0, squared_norm=1.0, limit=1.0)
    assert active
    assert second == pytest.approx(EARLY_FACTOR * parabola_minimum(1.0, curvature=1e5))
    assert second < 0.1 * first


def test_a_grad_steeper_than_usual_shortens_the_step() -> None:
    state = new_bound_state()
    bound = OvershootBound(state)
    state.update(samples=1000, mean_gain=1.0, mean_curvature=1e3, sharpness=1e3, alpha=1.0)
    usual, _ = OvershootBound(state.copy()).step_size(1.0, squared_norm=1.0, limit=1.0)
    steep, active = bound.step_size(4.0, squared_norm=1.0, limit=1.0)
    assert active
    assert steep == pytest.approx(usual / 4 * 1.09**2, rel=1e-3)  # N has risen by 9 % already


def test_no_step_is_longer_than_the_cap() -> None:
    state = new_bound_state()
    state["alpha"] = 1e9
    bound = OvershootBound(state)
    bound.observe(1.0, repeated=False)
    assert bound.step_size(1.0, squared_norm=1.0, limit=math.inf) == (CAP, False)


def test_at_a_cut_what_was_seen_before_is_forgotten() -> None:
    state = new_bound_state()
    bound = OvershootBound(state)
    for _ in range(50):
        bound.observe(1.0, repeated=False)
        alpha, _ = bound.step_size(1.0, squared_norm=1.0, limit=1e-3)
        bound.backtrack(1.0 - alpha + 1e2 * alpha**2)
    assert bound.observe(10.0, repeated=False)
    alpha, _ = bound.step_size(500.0, squared_norm=2.0, limit=1e-3)
    bound.backtrack(10.0 - 500.0 * alpha + 1e4 * alpha**2)
    assert state["mean_gain"] == 500.0
    assert state["mean_curvature"] == pytest.approx(1e4)


def test_past_the_lowest_point_goes_a_step_at_the_start_only() -> None:
    state = new_bound_state()
    bound = OvershootBound(state)
    alphas = []
    for _ in range(EARLY_STEPS + 1):
        bound.observe(1.0, repeated=False)
        alphas.append(bound.step_size(2.0, squared_norm=1.0, limit=math.inf)[0])
        bound.backtrack(1.0 - 2.0 * alphas[-1] + 1e3 * alphas[-1] ** 2)
    assert alphas[-2:] == pytest.approx([EARLY_FACTOR * 1e-3, 1e-3])
