from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.detection.novelty.calibration import DELAY, Calibration

scores = st.floats(0, 20)


def after(scores: Iterable[float]) -> Calibration:
    """One that has counted some scores."""
    calibration = Calibration()
    for score in scores:
        calibration.learn(score, step=DELAY)
    calibration.learn(0.0, step=DELAY)  # so that the last of them counts; this one does not yet
    return calibration


@given(before=st.lists(scores, min_size=1, max_size=50), score=scores)
def test_a_rarity_is_never_above_what_a_count_allows(before: list[float], score: float) -> None:
    count = sum(one >= score for one in before)
    rarity = after(before).rarity(score)
    assert 0 <= rarity <= 1 - (1 + count) / (1 + len(before)) + 1e-12


@given(before=st.lists(scores, max_size=50), one=scores, other=scores)
def test_what_is_higher_is_never_less_rare(before: list[float], one: float, other: float) -> None:
    calibration = after(before)
    low, high = sorted((one, other))
    assert calibration.rarity(low) <= calibration.rarity(high)


def test_nothing_is_rare_before_the_first_frame_nor_among_its_like() -> None:
    assert Calibration().rarity(5.0) == 0
    calibration = after([0.0] * 1000)
    assert calibration.rarity(0.0) == 0
    assert calibration.rarity(1.0) == pytest.approx(1 - 1 / 1001)


def test_what_is_lower_counts_by_how_near_it_is() -> None:
    assert after([0.9]).rarity(1.0) == pytest.approx(1 - (1 + 0.9**12) / 2, abs=0.03)
    assert after([0.3]).rarity(1.0) == pytest.approx(0.5, abs=1e-4)


def test_what_happens_is_not_compared_with_itself_for_a_while() -> None:
    calibration = after([0.1] * 999)
    for _ in range(99):
        calibration.learn(2.0, step=0.1)
    assert calibration.rarity(2.0) == pytest.approx(1 - 1 / 1000)
    for _ in range(99):
        calibration.learn(2.0, step=0.1)
    assert calibration.rarity(2.0) == pytest.approx(1 - 99 / 1099, abs=0.01)


def test_on_a_steady_stream_fewer_than_one_frame_in_a_hundred_is_that_rare() -> None:
    rng = np.random.default_rng(0)
    calibration, rare = Calibration(), 0
    for score in rng.lognormal(0, 0.5, 20_000):
        rare += calibration.rarity(score) > 0.99
        calibration.learn(score, step=0.1)
    assert 0.002 < rare / 20_000 < 0.01


def test_the_state_goes_on_bit_for_bit() -> None:
    calibration, twin = Calibration(), Calibration()
    for score in np.geomspace(0.1, 5, 300):
        calibration.learn(score, step=0.1)
    twin.load_state_dict(calibration.state_dict())
    for score in np.geomspace(0.2, 5, 150):
        assert twin.rarity(score) == calibration.rarity(score) > 0
        calibration.learn(2 * score, step=0.1)
        twin.learn(2 * score, step=0.1)
