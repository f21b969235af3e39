from stream_ae.optim.cuts_and_probes import (
    BOUND_CUT,
    BOUND_PROBE_EVERY,
    BOUND_PROBED_FIRST,
    REPORT_PROBE_EVERY,
    SCENE_CUT,
)
from stream_ae.optim.loss_ema import LossEMA
from stream_ae.optim.step_size import OvershootBound, new_bound_state


def test_the_thresholds_are_those_that_were_measured() -> None:
    assert (BOUND_CUT, SCENE_CUT) == (1.3, 2.0)
    assert (BOUND_PROBE_EVERY, REPORT_PROBE_EVERY, BOUND_PROBED_FIRST) == (16, 8, 5)


def test_a_loss_between_the_two_is_a_cut_to_the_bound_and_the_same_scene_to_the_learner() -> None:
    state, ema = new_bound_state(), LossEMA()
    bound = OvershootBound(state)
    for _ in range(10):
        bound.observe(1.0, repeated=False)
        ema.add(1.0)
    bound.observe(1.6, repeated=False)
    ema.add(1.6)
    assert state["cut"] == 1.0
    assert ema.age == state["age"] == 11
