import math

import pytest

from stream_ae.optim.loss_ema import LossEMA


def test_the_mean_follows_the_losses_of_a_scene() -> None:
    ema = LossEMA()
    assert math.isnan(ema.mean)
    for loss in (1.0, 1.0, 0.0):
        ema.add(loss)
    assert ema.mean == pytest.approx(0.97)
    assert ema.age == 3


def test_a_loss_of_more_than_twice_the_mean_begins_a_scene() -> None:
    ema = LossEMA()
    for _ in range(20):
        ema.add(1.0)
    assert ema.age == 20
    ema.add(1.9)
    assert ema.age == 21
    ema.add(2.5)
    assert (ema.age, ema.mean) == (1, 2.5)


def test_it_goes_on_from_a_saved_state() -> None:
    ema, other = LossEMA(), LossEMA()
    for loss in (3.0, 2.0, 1.0):
        ema.add(loss)
    other.load_state_dict(ema.state_dict())
    for either in (ema, other):
        either.add(1.5)
    assert (ema.mean, ema.age) == (other.mean, other.age)


def test_after_losses_of_zero_any_loss_is_new() -> None:
    ema = LossEMA()
    for loss in (0.0, 0.0, 0.1):
        ema.add(loss)
    assert (ema.age, ema.mean) == (1, 0.1)


def test_a_loss_of_just_twice_the_mean_is_the_same_scene() -> None:
    ema = LossEMA()
    for loss in (1.0, 2.0):
        ema.add(loss)
    assert ema.age == 2
    ema.add(2.07)  # the mean has risen to 1.03
    assert ema.age == 1


def test_a_scene_may_be_known_to_begin_whatever_the_loss_is() -> None:
    ema = LossEMA()
    for loss, begins in ((1.0, False), (1.0, True), (0.5, False)):
        ema.add(loss, begins=begins)
    assert ema.age == 2
    assert ema.mean == pytest.approx(0.985)
