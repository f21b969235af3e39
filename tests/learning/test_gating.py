import pytest

from stream_ae.learning.gating import AT_LEAST_EVERY, PAYS, SLACK, STILL, Gate


def settled(mse: float = 0.01) -> Gate:
    """A gate that has seen a still scene on which learning no longer pays."""
    gate = Gate()
    for _ in range(60):
        gate.take(mse, changed=0.0, learned=True)
    return gate


def test_nothing_is_skipped_before_learning_was_seen_not_to_pay() -> None:
    gate = Gate()
    assert not gate.may_skip(changed=0.0)
    for frame in range(60):
        gate.take(0.01 * (1.0 - 2.0 * PAYS) ** frame, changed=0.0, learned=True)
    assert not gate.may_skip(changed=0.0)  # every step still takes one per cent
    assert settled().may_skip(changed=0.0)


def test_a_frame_on_which_something_changed_is_learned() -> None:
    assert settled().may_skip(changed=STILL)
    assert not settled().may_skip(changed=1.1 * STILL)


def test_a_frame_that_is_predicted_worse_is_learned() -> None:
    gate = settled()
    assert gate.skips(SLACK * 0.01)
    assert not gate.skips(1.01 * SLACK * 0.01)


def test_an_error_that_creeps_up_is_not_taken_for_normal() -> None:
    gate, mse = settled(), 0.01
    for _ in range(AT_LEAST_EVERY):
        mse *= 1.005
        if not gate.skips(mse):
            break
        gate.take(mse, changed=0.0, learned=False)
    assert mse < 1.03 * 0.01


def test_one_frame_in_sixteen_is_learned_whatever_it_shows() -> None:
    gate = settled()
    for _ in range(AT_LEAST_EVERY - 1):
        assert gate.may_skip(changed=0.0)
        gate.take(0.01, changed=0.0, learned=False)
    assert not gate.may_skip(changed=0.0)
    gate.take(0.01, changed=0.0, learned=True)
    assert gate.may_skip(changed=0.0)


def test_what_moved_says_nothing_about_whether_learning_pays() -> None:
    gate = settled()
    for _ in range(20):  # a walker comes and is gone: no step took that from the error
        gate.take(0.05, changed=0.1, learned=True)
        gate.take(0.01, changed=0.0, learned=False)
    assert gate.may_skip(changed=0.0)


def test_a_scene_without_any_error_is_skipped() -> None:
    gate = settled(0.0)
    assert gate.may_skip(changed=0.0)
    assert gate.skips(0.0)


@pytest.mark.parametrize("learned", [True, False])
def test_it_goes_on_from_a_saved_state(learned: bool) -> None:
    gate, other = settled(), Gate()
    gate.take(0.02, changed=0.0, learned=learned)
    other.load_state_dict(gate.state_dict())
    for either in (gate, other):
        either.take(0.015, changed=0.0, learned=True)
    assert other.state_dict() == gate.state_dict()
