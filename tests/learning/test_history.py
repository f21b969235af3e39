import pytest
import torch
from torch import Tensor

from stream_ae.learning.history import History

SHAPE = (1, 3, 12, 16)


def make_history(*frames: Tensor) -> History:
    history = History(SHAPE, device=torch.device("cpu"))
    for frame in frames:
        history.add(frame)
    return history


def grey(level: float) -> Tensor:
    return torch.full(SHAPE, level)


def test_at_the_first_frame_nothing_changed_and_there_is_no_baseline() -> None:
    history = make_history()
    mask, intensity = history.changes(grey(0.5))
    assert mask.shape == intensity.shape == (12, 16)
    assert mask.dtype == torch.bool
    assert not mask.any()
    assert history.errors(grey(0.5)) == {}


def test_the_two_baselines_are_the_last_frame_and_the_mean_of_all() -> None:
    errors = make_history(grey(0.2), grey(0.6)).errors(grey(0.5))
    assert errors["copy_last_frame"].item() == pytest.approx(0.1**2)
    assert errors["running_mean"].item() == pytest.approx(0.1**2)
    errors = make_history(grey(0.0), grey(0.6)).errors(grey(0.6))
    assert errors["copy_last_frame"].item() == pytest.approx(0.0)
    assert errors["running_mean"].item() == pytest.approx(0.3**2)


def test_changes_are_those_since_the_last_frame() -> None:
    history = make_history(grey(0.9), grey(0.2))
    frame = grey(0.2)
    frame[:, :, :, 8:] = 0.8
    mask, intensity = history.changes(frame)
    assert mask[:, 10:].all()
    assert not mask[:, :5].any()
    assert intensity[:, 10:].min().item() == pytest.approx(0.6, abs=1e-3)


def test_it_goes_on_from_a_saved_state() -> None:
    history, other = make_history(grey(0.2), grey(0.6)), make_history()
    history.changes(grey(0.7))
    other.load_state_dict(history.state_dict())
    assert other.errors(grey(0.3)) == history.errors(grey(0.3))
    for one, same in zip(other.changes(grey(0.65)), history.changes(grey(0.65)), strict=True):
        assert torch.equal(one, same)


def test_a_scene_begins_where_all_changes_and_so_after_a_saved_state() -> None:
    history, other = make_history(), make_history()
    assert [history.begins_scene(grey(0.2)) for _ in range(20)] == [False] * 20
    other.load_state_dict(history.state_dict())
    assert other.scene_age == history.scene_age == 20
    assert other.begins_scene(grey(0.7))
    assert (other.scene_age, history.scene_age) == (1, 20)
    assert history.begins_scene(grey(0.7))
    assert not history.begins_scene(grey(0.7))


def test_a_state_from_before_there_were_scenes_is_taken() -> None:
    state = make_history(grey(0.2)).state_dict()
    del state["recent"], state["detector"]["scenes"]
    other = make_history()
    other.load_state_dict(state)
    assert not other.begins_scene(grey(0.7))


def test_without_its_pictures_it_starts_again() -> None:
    other = make_history()
    private = dict.fromkeys(("mean", "previous", "recent"))
    other.load_state_dict(make_history(grey(0.2)).state_dict() | private)
    assert other.previous is None
    assert not other.begins_scene(grey(0.7))
    assert other.errors(grey(0.3)) == {}


def test_a_frame_that_is_used_again_stays_the_last_one() -> None:
    frame = grey(0.25)
    history = make_history(frame)
    frame.fill_(0.75)
    assert history.errors(frame)["copy_last_frame"].item() == pytest.approx(0.5**2)
    assert history.changes(frame)[0].all()


def test_what_changed_since_an_earlier_frame_is_told_without_being_noted() -> None:
    history = make_history(grey(0.2), grey(0.2))
    before = history.state_dict()["detector"]["recent"].clone()
    brighter = grey(0.2)
    brighter[..., :8] = 0.6
    assert history.changed_since(grey(0.2), brighter) == pytest.approx(0.5, abs=0.1)
    assert history.changed_since(grey(0.2), grey(0.2)) == 0.0
    assert torch.equal(history.state_dict()["detector"]["recent"], before)
