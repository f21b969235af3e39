import math
import random

import pytest

from stream_ae.optim.step_size import (
    ADAPT,
    CAP,
    DECAY,
    EARLY_FACTOR,
    EARLY_STEPS,
    FIRST,
    GROWTH,
    LEAST,
    LOWEST_CAP,
    YOUNG,
    BoundState,
    OvershootBound,
    new_bound_state,
    parabola_minimum,
)

OLD = BoundState(
    steps=100.0,
    samples=1000.0,
    loss=1.0,
    repeated=0.0,
    cut=0.0,
    alpha=1.0,
    gain=0.0,
    squared_norm=0.0,
    longest=CAP,
    mean_gain=1.0,
    mean_curvature=1e3,
    sharpness=1e3,
    loss_mean=1.0,
    age=100.0,
)
"""What a bound knows after a hundred steps."""


def test_the_minimum_of_a_parabola() -> None:
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


def test_a_step_goes_no_further_than_to_the_minimum_that_was_measured() -> None:
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
    state.update(OLD)
    state["sharpness"] = 1e5
    first, _ = OvershootBound(state.copy()).step_size(1.0, squared_norm=1.0, limit=1.0)
    state["repeated"] = 1.0
    second, active = OvershootBound(state).step_size(1.0, squared_norm=1.0, limit=1.0)
    assert active
    assert second == pytest.approx(parabola_minimum(1.0, curvature=1e5))
    assert second < 0.1 * first


def test_a_sample_steeper_than_the_mean_shortens_the_step() -> None:
    state = new_bound_state()
    bound = OvershootBound(state)
    state.update(OLD)
    mean, _ = OvershootBound(state.copy()).step_size(1.0, squared_norm=1.0, limit=1.0)
    steep, active = bound.step_size(4.0, squared_norm=1.0, limit=1.0)
    assert active
    assert steep == pytest.approx(mean / 4 * 1.09**2, rel=1e-3)  # N has risen by 9 % already


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


def test_a_step_goes_beyond_the_minimum_at_the_start_only() -> None:
    state = new_bound_state()
    bound = OvershootBound(state)
    alphas = []
    for _ in range(EARLY_STEPS + 1):
        bound.observe(1.0, repeated=False)
        alphas.append(bound.step_size(2.0, squared_norm=1.0, limit=math.inf)[0])
        bound.backtrack(1.0 - 2.0 * alphas[-1] + 1e3 * alphas[-1] ** 2)
    assert alphas[-2:] == pytest.approx([EARLY_FACTOR * 1e-3, 1e-3])


def test_the_constants_are_those_that_were_measured() -> None:
    assert (EARLY_STEPS, EARLY_FACTOR) == (40, 1.6)
    assert (GROWTH, FIRST, LEAST, CAP) == (1.6, 2.5e-4, 1e-4, 0.02)
    assert (DECAY, YOUNG) == (0.97, 4)
    assert new_bound_state()["alpha"] == FIRST


@pytest.mark.parametrize(("loss", "is_cut"), [(1.31, True), (1.29, False), (1.0, False)])
def test_a_cut_is_a_loss_of_more_than_1_3_times_the_mean(loss: float, is_cut: bool) -> None:
    state = OLD.copy()
    assert OvershootBound(state).observe(loss, repeated=False) is is_cut
    assert state["cut"] == float(is_cut)
    assert state["loss_mean"] == pytest.approx(1.0 + 0.03 * (loss - 1.0))
    assert (state["age"], state["steps"], state["samples"]) == (101.0, 101.0, 1001.0)


def test_a_loss_of_just_the_threshold_is_no_cut() -> None:
    state = OLD.copy()
    assert not OvershootBound(state).observe(1.3, repeated=False)


def overshot(gain: float, *, alpha: float, rise: float, loss: float = 0.0) -> float:
    """The α that is kept of a step after which the loss was higher by ``rise``."""
    state = OLD.copy()
    state.update({"loss": loss, "alpha": alpha, "gain": gain, "squared_norm": 1.0})
    return OvershootBound(state).backtrack(loss + rise)


def test_a_step_that_is_taken_back_keeps_at_most_its_half_whatever_the_rounding() -> None:
    generator = random.Random(0)
    for _ in range(300):
        gain, alpha = generator.uniform(0.1, 10.0), generator.uniform(1e-4, 1e-2)
        kept = overshot(gain, alpha=alpha, rise=1e-30)  # so little that it is lost in α g·u
        assert kept <= 0.5 * alpha
        assert kept == pytest.approx(0.5 * alpha)


def test_a_step_that_is_taken_back_keeps_the_minimum_of_its_parabola() -> None:
    # L(α) = −2 α + 400 α²: the step of 0.01 ends 0.02 higher, the minimum is at 0.0025
    assert overshot(2.0, alpha=0.01, rise=0.02) == pytest.approx(0.0025)
    assert overshot(-1.0, alpha=0.01, rise=0.02) == 0.0


def test_a_step_after_which_the_loss_is_the_same_is_kept() -> None:
    assert overshot(2.0, alpha=0.01, rise=0.0, loss=1.0) == 0.01


def test_a_probe_measures_the_sharpness_and_leaves_old_means_alone() -> None:
    state = OLD.copy()
    state.update({"alpha": 0.01, "gain": 2.0, "squared_norm": 4.0})
    OvershootBound(state).backtrack(1.0 - 0.01 * 2.0 + 300.0 * 0.01**2)
    assert state["sharpness"] == pytest.approx(300.0 / 4.0)
    assert (state["mean_gain"], state["mean_curvature"], state["samples"]) == (1.0, 1e3, 1000.0)


def test_a_line_that_curves_down_counts_as_straight() -> None:
    state = OLD.copy()
    state.update({"alpha": 0.01, "gain": 2.0, "squared_norm": 4.0})
    OvershootBound(state).backtrack(0.5)
    assert state["sharpness"] == 0.0


@pytest.mark.parametrize(("steps", "forgets"), [(5.0, True), (6.0, False)])
def test_the_first_five_probes_begin_the_means_again(steps: float, forgets: bool) -> None:
    state = OLD.copy()
    state.update({"steps": steps, "alpha": 0.01, "gain": 2.0, "squared_norm": 4.0})
    OvershootBound(state).backtrack(1.0 - 0.01 * 2.0 + 300.0 * 0.01**2)
    expected = [1.0, 2.0, 300.0] if forgets else [1000.0, 1.0, 1e3]
    found = [state["samples"], state["mean_gain"], state["mean_curvature"]]
    assert found == pytest.approx(expected)


def test_the_means_follow_old_and_young() -> None:
    state = OLD.copy()
    state["sharpness"] = 50.0
    OvershootBound(state).step_size(3.0, squared_norm=4.0, limit=1.0)
    assert state["mean_gain"] == pytest.approx(1.0 + 0.03 * 2.0)
    assert state["mean_curvature"] == pytest.approx(1e3 + 0.03 * (200.0 - 1e3))
    state = OLD.copy()
    state.update({"samples": 5.0, "sharpness": 50.0})
    OvershootBound(state).step_size(3.0, squared_norm=4.0, limit=1.0)
    assert state["mean_gain"] == pytest.approx(1.0 + 4 / 8 * 2.0)
    assert (state["gain"], state["squared_norm"]) == (3.0, 4.0)


def test_a_step_grows_from_the_one_before_and_from_the_least_at_the_lowest() -> None:
    for before, expected in ((1e-3, GROWTH * 1e-3), (0.0, GROWTH * LEAST)):
        state = OLD.copy()
        state.update({"alpha": before, "mean_curvature": 0.0, "sharpness": 0.0})
        alpha, active = OvershootBound(state).step_size(1.0, squared_norm=1.0, limit=1.0)
        assert alpha == pytest.approx(expected)
        assert not active
        assert state["alpha"] == alpha


def test_what_else_limits_a_step_limits_it() -> None:
    state = OLD.copy()
    state["mean_curvature"] = state["sharpness"] = 0.0
    assert OvershootBound(state).step_size(1.0, squared_norm=1.0, limit=1e-3) == (1e-3, False)


@pytest.mark.parametrize(("steps", "factor"), [(40.0, 1.6), (41.0, 1.0)])
def test_the_factor_of_the_start_ends_after_forty_steps(steps: float, factor: float) -> None:
    state = OLD.copy()
    state["steps"] = steps
    alpha, active = OvershootBound(state).step_size(1.0, squared_norm=1.0, limit=1.0)
    assert alpha == pytest.approx(factor * 1.0 / 2e3)
    assert active


def test_a_mean_gain_that_points_uphill_allows_no_step() -> None:
    state = OLD.copy()
    state["mean_gain"] = -5.0
    assert OvershootBound(state).step_size(1.0, squared_norm=1.0, limit=1.0) == (0.0, True)


@pytest.mark.parametrize("alpha", [0.0, 1e-300, 1e-200, 1e-150, 1e-20])
@pytest.mark.parametrize("rise", [1e-3, 1e30])
def test_a_loss_that_is_another_each_time_leaves_finite_numbers(alpha: float, rise: float) -> None:
    state = OLD.copy()
    state.update({"alpha": alpha, "loss": 1.0, "gain": 1.0, "squared_norm": 1e-9, "cut": 1.0})
    bound = OvershootBound(state)
    assert 0.0 <= bound.backtrack(1.0 + rise) <= 0.5 * alpha
    assert 0.0 <= bound.step_size(1.0, squared_norm=1e40, limit=1.0)[0] <= GROWTH * LEAST
    assert all(map(math.isfinite, (state["sharpness"], state["mean_curvature"])))


def test_the_longest_step_follows_the_slope_of_the_next_samples() -> None:
    state = new_bound_state()
    bound = OvershootBound(state)
    state["gain"] = 2.0
    bound.observe(1.0, repeated=False, slope=-1.0)  # half of the last slope, the other way
    assert state["longest"] == pytest.approx(CAP * math.exp(-0.5 * ADAPT))
    bound.observe(1.0, repeated=False, slope=-99.0)
    assert state["longest"] == pytest.approx(CAP * math.exp(-1.5 * ADAPT))
    state["alpha"] = 1.0
    alpha, active = bound.step_size(1.0, squared_norm=1.0, limit=1.0)
    assert (alpha, active) == (state["longest"], False)
    for _ in range(99):
        bound.observe(1.0, repeated=False, slope=-99.0)
    assert state["longest"] == LOWEST_CAP
    for _ in range(99):
        bound.observe(1.0, repeated=False, slope=99.0)
    assert state["longest"] == CAP


def test_a_sample_seen_again_says_nothing_of_the_longest_step() -> None:
    state = new_bound_state()
    bound = OvershootBound(state)
    state["gain"] = 1.0
    bound.observe(1.0, repeated=True, slope=-1.0)
    assert state["longest"] == CAP


def test_a_state_of_before_there_was_a_longest_step_is_taken() -> None:
    state = new_bound_state()
    del state["longest"]  # type: ignore[misc]
    bound = OvershootBound(state)
    state["alpha"] = 1.0
    assert bound.step_size(1.0, squared_norm=1.0, limit=1.0)[0] == CAP
