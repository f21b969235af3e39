import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.learning.running_stats import RecentMean, RunningImage, RunningMean

numbers = st.floats(-1e6, 1e6)


@given(st.lists(numbers, min_size=1))
def test_mean_is_the_mean_of_all(values: list[float]) -> None:
    mean = RunningMean()
    for value in values:
        mean.add(value)
    assert mean.value == pytest.approx(math.fsum(values) / len(values), rel=1e-9, abs=1e-6)


def test_mean_of_nothing_does_not_exist() -> None:
    assert RunningMean().value is None
    assert RecentMean(3).value is None


@given(st.lists(numbers), st.lists(numbers))
def test_mean_goes_on_from_a_saved_state(before: list[float], after: list[float]) -> None:
    whole, first, second = RunningMean(), RunningMean(), RunningMean()
    for value in before:
        whole.add(value)
        first.add(value)
    second.load_state_dict(first.state_dict())
    for value in after:
        whole.add(value)
        second.add(value)
    assert second.value == whole.value


@given(st.lists(st.none() | numbers), st.integers(1, 5))
def test_recent_mean_sees_only_its_window(values: list[float], window: int) -> None:
    recent = RecentMean(window)
    for value in values:
        recent.add(value)
    present = [value for value in values[-window:] if value is not None]
    expected = sum(present) / len(present) if present else None
    assert recent.value == expected


def test_recent_mean_goes_on_from_a_saved_state() -> None:
    first, second = RecentMean(3), RecentMean(3)
    for value in (9.0, 1.0, None, 3.0):
        first.add(value)
    second.load_state_dict(first.state_dict())
    assert second.value == 2.0
    second.add(5.0)  # pushes out the 1.0
    assert second.value == 4.0


def test_running_image_is_the_mean_picture_and_goes_on_from_a_saved_state() -> None:
    frames = torch.rand(7, 1, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    first = RunningImage((1, 3, 4, 4))
    for frame in frames[:4]:
        first.update(frame)
    second = RunningImage((1, 3, 4, 4))
    second.load_state_dict(first.state_dict())
    for frame in frames[4:]:
        second.update(frame)
    torch.testing.assert_close(second.mean, frames.mean(dim=0))
    assert second.count == 7
