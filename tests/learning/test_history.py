import pytest
import torch
from torch import Tensor

from stream_ae.learning.history import Past

SHAPE = (1, 3, 12, 16)


def make_past(*frames: Tensor) -> Past:
    past = Past(SHAPE, device=torch.device("cpu"))
    for frame in frames:
        past.add(frame)
    return past


def grey(level: float) -> Tensor:
    return torch.full(SHAPE, level)


def test_at_the_first_frame_nothing_changed_and_there_is_no_guess() -> None:
    past = make_past()
    mask, intensity = past.changes(grey(0.5))
    assert mask.shape == intensity.shape == (12, 16)
    assert mask.dtype == torch.bool
    assert not mask.any()
    assert past.errors(grey(0.5)) == {}


def test_the_two_guesses_are_the_last_frame_and_the_mean_of_all() -> None:
    errors = make_past(grey(0.2), grey(0.6)).errors(grey(0.5))
    assert errors["copy_last_frame"].item() == pytest.approx(0.1**2)
    assert errors["running_mean"].item() == pytest.approx(0.1**2)
    errors = make_past(grey(0.0), grey(0.6)).errors(grey(0.6))
    assert errors["copy_last_frame"].item() == pytest.approx(0.0)
    assert errors["running_mean"].item() == pytest.approx(0.3**2)


def test_changes_are_those_since_the_last_frame() -> None:
    past = make_past(grey(0.9), grey(0.2))
    frame = grey(0.2)
    frame[:, :, :, 8:] = 0.8
    mask, intensity = past.changes(frame)
    assert mask[:, 10:].all()
    assert not mask[:, :5].any()
    assert intensity[:, 10:].min().item() == pytest.approx(0.6, abs=1e-3)


def test_it_goes_on_from_a_saved_state() -> None:
    past, other = make_past(grey(0.2), grey(0.6)), make_past()
    past.changes(grey(0.7))
    other.load_state_dict(past.state_dict())
    assert other.errors(grey(0.3)) == past.errors(grey(0.3))
    for one, same in zip(other.changes(grey(0.65)), past.changes(grey(0.65)), strict=True):
        assert torch.equal(one, same)


def test_without_its_pictures_it_starts_anew() -> None:
    other = make_past()
    other.load_state_dict({**make_past(grey(0.2)).state_dict(), "mean": None, "previous": None})
    assert other.previous is None
    assert other.errors(grey(0.3)) == {}
