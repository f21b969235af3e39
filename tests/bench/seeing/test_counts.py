import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.bench.seeing.counts import Counts
from stream_ae.bench.seeing.labelled import Truth


def test_only_what_is_scored_counts() -> None:
    mask = np.array([1, 1, 0, 0, 1, 0], bool)
    moving = np.array([1, 0, 1, 0, 1, 1], bool)
    scored = np.array([1, 1, 1, 1, 0, 0], bool)
    counts = Counts.of(mask, Truth(moving, scored))
    assert counts == Counts(hit=1, false=1, missed=1)
    assert (counts.precision, counts.recall, counts.f) == (0.5, 0.5, 0.5)


def test_what_does_not_exist_is_none() -> None:
    nothing = Counts()
    assert (nothing.precision, nothing.recall, nothing.f) == (None, None, None)
    assert Counts(false=3).recall is None
    assert Counts(false=3).precision == 0
    assert Counts(missed=3).precision is None


@given(st.integers(1, 1000), st.integers(0, 1000), st.integers(0, 1000))
def test_f_is_the_harmonic_mean(hit: int, false: int, missed: int) -> None:
    counts = Counts(hit, false, missed)
    assert counts.precision is not None
    assert counts.recall is not None
    harmonic = 2 / (1 / counts.precision + 1 / counts.recall)
    assert counts.f == pytest.approx(harmonic)


def test_frames_are_pooled() -> None:
    assert Counts(1, 2, 3) + Counts(10, 20, 30) == Counts(11, 22, 33)
