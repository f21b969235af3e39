import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.detection.novelty.calibration import Calibration

scores = st.floats(0, 20)


@given(before=st.lists(scores, max_size=50), score=scores)
def test_a_rarity_is_never_above_what_a_count_allows(before: list[float], score: float) -> None:
    calibration = Calibration()
    for one in before:
        calibration.learn(one)
    count = sum(one >= score for one in before)
    rarity = calibration.rarity(score)
    assert 0 <= rarity <= 1 - (1 + count) / (1 + len(before)) + 1e-12


@given(before=st.lists(scores, max_size=50), one=scores, other=scores)
def test_what_is_higher_is_never_less_rare(before: list[float], one: float, other: float) -> None:
    calibration = Calibration()
    for score in before:
        calibration.learn(score)
    low, high = sorted((one, other))
    assert calibration.rarity(low) <= calibration.rarity(high)


def test_nothing_is_rare_before_the_first_frame_nor_among_its_like() -> None:
    calibration = Calibration()
    assert calibration.rarity(5.0) == 0
    for _ in range(1000):
        calibration.learn(0.0)
    assert calibration.rarity(0.0) == 0
    assert calibration.rarity(1.0) == pytest.approx(1 - 1 / 1001)


def test_on_a_steady_stream_hardly_one_frame_in_a_hundred_is_that_rare() -> None:
    rng = np.random.default_rng(0)
    calibration, rare = Calibration(), 0
    for score in rng.lognormal(0, 0.5, 20_000):
        rare += calibration.rarity(score) > 0.99
        calibration.learn(score)
    assert 0.004 < rare / 20_000 < 0.01


def test_the_state_goes_on_bit_for_bit() -> None:
    calibration, twin = Calibration(), Calibration()
    for score in (0.1, 0.5, 2.0):
        calibration.learn(score)
    twin.load_state_dict(calibration.state_dict())
    calibration.learn(9.0)
    assert twin.rarity(0.4) == pytest.approx(1 - (1 + 2 + (0.1 / 0.4) ** 16) / 4, abs=1e-3)
    twin.learn(9.0)
    assert twin.rarity(3.0) == calibration.rarity(3.0)
