import math

import pytest

from stream_ae.optim.loss_ema import UsualLoss


def test_the_mean_follows_the_losses_of_a_scene() -> None:
    usual = UsualLoss()
    assert math.isnan(usual.mean)
    for loss in (1.0, 1.0, 0.0):
        usual.add(loss)
    assert usual.mean == pytest.approx(0.97)
    assert usual.age == 3


def test_what_is_new_begins_anew() -> None:
    usual = UsualLoss()
    for _ in range(20):
        usual.add(1.0)
    assert usual.age == 20
    usual.add(1.9)
    assert usual.age == 21
    usual.add(2.5)
    assert (usual.age, usual.mean) == (1, 2.5)


def test_it_goes_on_from_a_saved_state() -> None:
    usual, other = UsualLoss(), UsualLoss()
    for loss in (3.0, 2.0, 1.0):
        usual.add(loss)
    other.load_state_dict(usual.state_dict())
    for either in (usual, other):
        either.add(1.5)
    assert (usual.mean, usual.age) == (other.mean, other.age)


def test_after_losses_of_zero_any_loss_is_new() -> None:
    usual = UsualLoss()
    for loss in (0.0, 0.0, 0.1):
        usual.add(loss)
    assert (usual.age, usual.mean) == (1, 0.1)
